"""Take the picture of a finished run in the Prefect UI: python docs/take_prefect_screenshot.py

Makes the example project in a temporary folder, answers some turns, starts 'labelloop up', waits for
its first turn, and photographs the run and its training page with Debian's Chromium (needs the
package playwright); both in one picture.
"""

from __future__ import annotations

import csv
import io
import json
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "home-energy"
OUT = Path(__file__).with_name("prefect-run.png")
TURNS = 3


def main() -> None:
    """Make the project, bring it up, photograph, stop."""
    with tempfile.TemporaryDirectory() as temporary:
        project = make_project(Path(temporary) / "home-energy")
        command = [sys.executable, "-c", "from labelloop.cli import main; main()", "up"]
        words = [*command, "--project", str(project), "--port", "0", "--page-port", "0"]
        up = subprocess.Popen(words)  # noqa: S603  (our own command)
        try:
            state = project / ".labelloop" / "up.json"
            base = json.loads(wait(lambda: state.exists() and state.read_text()))["prefect"]
            turn = wait(lambda: completed(base))
            photograph(base, turn)
        finally:
            up.send_signal(signal.SIGINT)
            up.wait()


def make_project(folder: Path) -> Path:
    """Some turns of the example, answered with its own answers; the last ones not learned from yet."""
    from labelloop.loop import extraction
    from labelloop.loop.turn import learn
    from labelloop.loop.workspace import open_workspace

    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.duckdb*", "models", ".labelloop"))
    path = folder / "labelloop.toml"
    first, rest = path.read_text("utf-8").split("# The next three need the network.", 1)
    path.write_text(first + "[encoder]" + rest.split("[encoder]", 1)[1], "utf-8")
    workspace = open_workspace(folder)
    from connectors.registry import build
    from labelloop.loop import asking, generation

    [source] = workspace.project.settings.sources
    made = build(source.connector, source.options, source=source.name, folder=folder)
    extraction.extract(workspace, source, lambda: made)
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    for turn in range(TURNS):
        answer(workspace)
        if turn < TURNS - 1:
            learn(workspace)
    return folder


def answer(workspace: Any) -> None:
    """Answer all that is asked."""
    from labelloop.loop.answering import Desk

    with (EXAMPLE / "answers.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    desk = Desk(workspace, "ada")
    while (item := desk.next()) is not None:
        if label := truth.get(item.external_id):
            desk.label(item, label, 4.0, verdict_id=uuid4().hex)
        else:
            desk.skip(item, 2.0, verdict_id=uuid4().hex)


def wait(what: Any) -> Any:
    """What it gives once it gives something."""
    for _ in range(600):
        if found := what():
            return found
        time.sleep(0.5)
    raise SystemExit("it did not come")


def post(base: str, path: str, body: object) -> Any:
    """One call of Prefect's API."""
    request = urllib.request.Request(f"{base}/api{path}", data=json.dumps(body).encode())  # noqa: S310
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answered:  # noqa: S310  (our own server)
        return json.load(answered)


def completed(base: str) -> str | None:
    """The id of the finished turn."""
    wanted = {
        "flows": {"name": {"any_": ["Active Learning"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    runs = post(base, "/flow_runs/filter", wanted)
    return runs[0]["id"] if runs else None


def photograph(base: str, turn: str) -> None:
    """The run's page over the page of its training, as one palette PNG."""
    from PIL import Image

    artifacts = post(base, "/artifacts/filter", {})
    [training] = [a["id"] for a in artifacts if a["key"] == "home-energy-training"]
    launched = runpy.run_path(str(ROOT / "benchmarks" / "chromium.py"))["launched"]
    with launched() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1250})
        shots = []
        for path in (f"/runs/flow-run/{turn}", f"/artifacts/artifact/{training}"):
            page.goto(base + path)
            page.wait_for_timeout(9000)
            shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    run, trained = shots[0].crop((0, 0, 1280, 500)), shots[1].crop((250, 60, 1000, 790))
    whole = Image.new("RGB", (1280, 500 + trained.height), trained.getpixel((2, 2)))
    whole.paste(run, (0, 0))
    whole.paste(trained, (250, 500))
    whole.quantize(128).save(OUT, optimize=True)
    sys.stdout.write(f"{OUT}: {OUT.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
