"""What Prefect costs: a turn through a local server against the same functions called plainly.

``python benchmarks/orchestration.py ../shared/data/agnews.csv [--documents 1000] [--sources 20]``

Start-up of the server and of the first flow in a process is told apart: it is paid once. The
encoder is loaded before anything is timed. Two turns: one that reads, encodes and asks; one that
trains, re-scores and asks. Then one extraction run over many sources, with every line of the
server's log that says its database was locked.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = """name = "bench"
[labels]
{labels}
{sources}
[query]
batch_size = 100
"""
SOURCE = '[[sources]]\nname = "s{n}"\nconnector = "files"\npath = "s{n}.csv"\nid = "id"\n'


def make(folder: Path, rows: list[dict[str, str]], sources: int) -> Path:
    """A project of ``rows`` spread over so many sources; answers are not in its files."""
    folder.mkdir()
    for n in range(sources):
        with (folder / f"s{n}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["id", "text"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows[n::sources])
    labels = "\n".join(f'{label} = ""' for label in sorted({row["label"] for row in rows}))
    listed = "".join(SOURCE.format(n=n) for n in range(sources))
    (folder / "labelloop.toml").write_text(PROJECT.format(labels=labels, sources=listed), "utf-8")
    return folder


def answer(folder: Path, truth: dict[str, str]) -> None:
    """The known answers to all that is asked."""
    from uuid import uuid4

    from labelloop.loop.answering import Desk
    from labelloop.loop.workspace import open_workspace

    desk = Desk(open_workspace(folder), "known")
    while (item := desk.next()) is not None:
        desk.label(item, truth[item.external_id], 1.0, verdict_id=uuid4().hex)


def plain_turn(folder: Path) -> None:
    """The stages of flows/active_learning.py, called one after the other."""
    from connectors.registry import build
    from labelloop.loop import asking, database, extraction, fine_tuning, generation, training, turn
    from labelloop.loop.readiness import readiness
    from labelloop.loop.workspace import open_workspace

    workspace = open_workspace(folder)
    turn.begin(workspace)
    for source in workspace.project.settings.sources:
        connector = build(source.connector, source.options, source=source.name, folder=folder)
        extraction.extract(workspace, source, lambda connector=connector: connector)
    extraction.link_near_duplicates(workspace)
    generation.encode_pool(workspace)
    generation.predict_pool(workspace)
    learn_first = database.answers_wait(workspace)
    if not learn_first:
        asking.ask(workspace, manual=not readiness(workspace).useful)
    database.freeze_dataset(workspace)
    promoted = training.train_if_possible(workspace).promoted
    promoted = fine_tuning.fine_tune_if_possible(workspace).promoted or promoted
    if promoted:
        generation.encode_pool(workspace)
        generation.predict_pool(workspace)
    if promoted or learn_first:
        asking.ask(workspace, manual=not readiness(workspace).useful)
    turn.finish(workspace)


def flow_turn(folder: Path) -> None:
    """The flow as 'labelloop run' runs it, in this process, every run and artifact told to the server.

    A deployed turn's process ends up to a second later, when its heartbeat has slept out; its run
    is said to be completed before that.
    """
    from flows.local import run_flow

    run_flow("active_learning", project=str(folder))


@contextmanager
def server(home: Path) -> Iterator[Path]:
    """A local Prefect server on a free port; its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ |= {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",  # as labelloop up has it
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "labelloop",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
    words = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    log = home / "server.log"
    began = time.perf_counter()
    environment = {k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"}
    with (
        log.open("w") as out,
        subprocess.Popen(words, stdout=out, stderr=out, env=environment) as process,
    ):
        try:
            while not _healthy(f"http://127.0.0.1:{port}/api/health"):
                time.sleep(0.1)
            print(f"server on a fresh database ready after {time.perf_counter() - began:.1f} s")
            yield log
        finally:
            _say_all_logs()
            process.terminate()


def _say_all_logs() -> None:
    """Lines that still wait for the server would find it gone, and complain."""
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own server)
            return bool(answer.status == 200)
    except OSError:
        return False


def timed(what: str, call: Callable[[], Any]) -> float:
    """Seconds of one call, printed."""
    began = time.perf_counter()
    call()
    seconds = time.perf_counter() - began
    print(f"{what:<44} {seconds:8.2f} s", flush=True)
    return seconds


def compare(root: Path, rows: list[dict[str, str]]) -> None:
    """Two turns of the same project, plainly and as flows."""
    truth = {row["id"]: row["label"] for row in rows}
    plain, flown = make(root / "plain", rows, 1), make(root / "flown", rows, 1)
    sums = [0.0, 0.0]
    for turn in ("first turn (reads, encodes, asks)", "second turn (trains, re-scores, asks)"):
        without = timed(f"{turn}, plainly", lambda: plain_turn(plain))
        through = timed(f"{turn}, as flow", lambda: flow_turn(flown))
        print(f"  overhead {through - without:.2f} s, ratio {through / without:.3f}", flush=True)
        sums = [sums[0] + without, sums[1] + through]
        answer(plain, truth)
        answer(flown, truth)
    print(f"both turns: {sums[0]:.2f} s plainly, {sums[1]:.2f} s as flows, {sums[1] / sums[0]:.3f}")


def many_sources(root: Path, rows: list[dict[str, str]], sources: int, log: Path) -> None:
    """One extraction run over many sources; what the server's database made of it."""
    from flows.data_extraction import data_extraction

    folder = make(root / "many", rows, sources)
    timed(f"{sources} sources in one extraction run", lambda: data_extraction(str(folder)))
    locked = log.read_text("utf-8", errors="replace").count("database is locked")
    print(f"  'database is locked' in the server's log: {locked}")


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("data", type=Path, help="CSV with id, text, label")
    words.add_argument("--documents", type=int, default=1000)
    words.add_argument("--sources", type=int, default=20)
    given = words.parse_args()
    with given.data.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    random.Random(0).shuffle(rows)  # noqa: S311  (a sample, no secret)
    rows = rows[: given.documents]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        (root / "prefect").mkdir()
        with server(root / "prefect") as log:
            warm = make(root / "warm", rows[:50], 1)
            timed("encoder loaded, fifty documents, plainly", lambda: plain_turn(warm))
            timed("first flow of the process (start-up)", lambda: flow_turn(warm))
            compare(root, rows)
            many_sources(root, rows, given.sources, log)


if __name__ == "__main__":
    main()
