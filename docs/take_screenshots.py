"""Take the pictures of the checking page: make screenshots

Makes the example project in a temporary folder, answers some turns of it as two people do who
slip now and then, and photographs the page with Debian's Chromium (needs the package playwright).
"""

from __future__ import annotations

import csv
import random
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from labelloop.loop import checking
from labelloop.loop.documents import send_back
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Item

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "home-energy"
COMMAND = [sys.executable, "-c", "from labelloop.cli import main; main()"]
TURNS = 3


def main() -> None:
    """Make the project, answer, photograph."""
    launched = runpy.run_path(str(ROOT / "benchmarks" / "chromium.py"))["launched"]
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "home-energy"
        make_project(project)
        page = subprocess.Popen(  # noqa: S603
            [*COMMAND, "review", "--port", "0", "--project", str(project)],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            address = re.search(r"http://\S+", page.stdout.readline())[0]
            with launched() as browser:
                photograph(browser, address)
        finally:
            page.terminate()
            page.wait()


def make_project(project: Path) -> None:
    """Some turns of the example, answered with its own answers."""
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("*.duckdb*", "models", ".labelloop"))
    path = project / "labelloop.toml"
    head, first, *others = re.split(r"(?m)^\[\[sources\]\]$", path.read_text())
    rest = others[-1][others[-1].index("[encoder]") :]
    path.write_text(f"{head}[[sources]]{first}\n{rest}")
    subprocess.run(  # noqa: S603
        [*COMMAND, "run", "--project", str(project)],
        check=True,
    )
    workspace = open_workspace(project)
    for turn in range(TURNS):
        answer_all(workspace, random.Random(turn))  # noqa: S311
        learn(workspace)


def answer_all(workspace: Workspace, chance: random.Random) -> None:
    """Ada answers everything, Ben some of it again."""
    with (EXAMPLE / "answers.csv").open(newline="") as file:
        known = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    seen = _answer(workspace, "ada", known, chance)
    for item in chance.sample(seen, min(6, len(seen))):
        send_back(workspace, item.document_id, 1)
    _answer(workspace, "ben", known, chance)


def _answer(workspace: Workspace, who: str, known: dict[str, str], chance: random.Random) -> list[Item]:
    seen: list[Item] = []
    while items := checking.hand_over(workspace, who, count=10).items:
        checking.hand_over(workspace, who, [_given(item, known, chance) for item in items])
        seen += items
    return seen


def _given(item: Item, known: dict[str, str], chance: random.Random) -> checking.Given:
    label = known.get(item.external_id)  # a few texts are about none of the subjects
    if label and chance.random() < 0.06:
        label = chance.choice(sorted(set(known.values())))
    return checking.Given(
        verdict_id=uuid4().hex,
        item_id=item.item_id,
        content_hash=item.content_hash,
        action="label" if label else "skip",
        labels=(label,) if label else (),
        seconds=round(chance.lognormvariate(1.1, 0.5), 2),
    )


def photograph(browser: object, address: str) -> None:
    """The question with a suggestion, and the dashboard."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})  # type: ignore[attr-defined]
    page.goto(address)
    page.wait_for_selector("#desk:not([hidden])")
    for _ in range(12):  # to the first question that is not asked blind
        if page.is_visible("#suggestion"):
            break
        before = page.evaluate("document.body.dataset.item")
        page.wait_for_timeout(300)
        page.keyboard.press("s")
        page.wait_for_function("before => document.body.dataset.item !== before", arg=before)
    page.wait_for_timeout(500)
    page.screenshot(path=ROOT / "docs" / "checking-page.png")
    page.goto(f"{address}dashboard")
    page.wait_for_load_state("networkidle")
    page.screenshot(
        path=ROOT / "docs" / "dashboard.png",
        clip={"x": 0, "y": 0, "width": 1280, "height": 1120},
        full_page=True,
    )


if __name__ == "__main__":
    main()
