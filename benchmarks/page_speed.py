"""How fast the checking page is: python benchmarks/page_speed.py

Five people answer in five sessions of one browser, alone and beside a process that does what a
flow does: keeps batches of 20,000 documents of a source and replaces 20,000 predictions.
Measured: key press to next question on the screen, answer to acknowledgement, items given to two
people, rank order, page weight, start, memory, import and export of 7,600, answers in batches over
the API. Needs Debian's Chromium and playwright.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import chromium
from page_memory import children, memory
from page_project import PASSWORD, PEOPLE, make_people, make_project
from page_writer import write_batches

from labelloop.loop.exporting import export_queue, export_table
from labelloop.loop.importing import import_verdicts
from labelloop.loop.workspace import Workspace

COMMAND = [sys.executable, "-c", "from labelloop.cli import main; main()", "review", "--port", "0"]


def main() -> None:
    """Measure everything and print it as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--answers", type=int, default=25, help="per person")
    options.add_argument("--pause", type=float, default=2.0, help="seconds a person thinks, about")
    options.add_argument("--documents", type=int, default=7600)
    given = options.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_project(Path(folder) / "one", given.documents)
        figures |= files_in_and_out(workspace)
        workspace = make_project(Path(folder) / "two", given.documents)
        token = make_people(workspace)
        with page_of(workspace) as (address, process, started):
            figures["start_seconds"] = round(started, 2)
            figures["memory_mb"] = {"at the start": memory(process.pid)}
            figures |= weight(address)
            say(figures)
            figures |= people_at_work(workspace, address, given.answers, given.pause, writer=False)
            say(figures)
            figures |= people_at_work(workspace, address, given.answers, given.pause, writer=True)
            figures["memory_mb"]["after answers of five people"] = memory(process.pid)
            figures |= batches(address, token, 5)
            figures["memory_mb"]["after batches over the API"] = memory(process.pid)
            look_at_the_dashboard(address, token)
            figures["memory_mb"]["after the dashboard"] = memory(process.pid)
            figures["memory_mb"]["beside it, till it is idle"] = sum(map(memory, children(process.pid)))
            figures["load"] = [round(one, 1) for one in os.getloadavg()]
    print(json.dumps(figures, indent=2))


def say(figures: dict[str, Any]) -> None:
    """Progress: what is known so far."""
    sys.stderr.write(json.dumps(figures) + "\n")


def files_in_and_out(workspace: Workspace) -> dict[str, Any]:
    """Import of all answers from a file, export of all labels."""
    sheet = workspace.project.folder / "open.csv"
    count = export_queue(workspace, sheet)
    lines = sheet.read_text().splitlines()
    sheet.write_text("\n".join([lines[0], *(line + "sport" for line in lines[1:])]) + "\n")
    began = time.perf_counter()
    taken = import_verdicts(workspace, sheet, "ada").taken
    imported = time.perf_counter() - began
    began = time.perf_counter()
    exported = export_table(workspace, "labels", workspace.project.folder / "labels.jsonl", None)
    assert count == taken == exported
    return {
        "rows": count,
        "import_seconds": round(imported, 2),
        "export_seconds": round(time.perf_counter() - began, 2),
    }


@contextmanager
def page_of(workspace: Workspace) -> Iterator[tuple[str, subprocess.Popen[str], float]]:
    """The page as its own process; seconds from its start to the first page."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, "--project", str(workspace.project.folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    address = re.search(r"http://\S+", process.stdout.readline())[0]
    urlopen(f"{address}login").read()  # noqa: S310
    try:
        yield address, process, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def read(address: str, token: str, body: Any = None) -> bytes:
    """An answer to a program."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    return urlopen(Request(address, data, headers)).read()  # noqa: S310


def batches(address: str, token: str, rounds: int) -> dict[str, Any]:
    """Answers of a program, 100 at a time; claiming is not counted."""
    spent, given = 0.0, 0
    for _ in range(rounds):
        items: list[dict[str, Any]] = []
        while len(items) < 100:
            wanted = {"count": 10, "holding": [one["item_id"] for one in items]}
            items += json.loads(read(f"{address}api/next", token, wanted))["items"]
        verdicts = [
            {
                "verdict_id": uuid4().hex,
                "item_id": one["item_id"],
                "content_hash": one["content_hash"],
                "labels": ["sport"],
            }
            for one in items
        ]
        began = time.perf_counter()
        answer = json.loads(read(f"{address}api/verdicts", token, {"verdicts": verdicts}))
        spent += time.perf_counter() - began
        assert all(one["outcome"] == "stored" for one in answer["received"])
        given += len(verdicts)
    return {"batched_answers_per_second": round(given / spent)}


def look_at_the_dashboard(address: str, token: str) -> None:
    """With its plots, as a browser loads them, and the status."""
    for path in ("dashboard", "plots/learning-curve.svg", "plots/lanes.svg", "api/status"):
        read(f"{address}{path}", token)


def weight(address: str) -> dict[str, Any]:
    """Bytes and requests of the first page, as sent."""
    sizes: list[int] = []
    with chromium.launched() as browser:
        page = log_in(browser, address, "ada", sizes)
        page.wait_for_load_state("networkidle")
    return {"first_page_bytes": sum(sizes), "first_page_requests": len(sizes)}


def log_in(browser: Any, address: str, name: str, sizes: list[int] | None = None) -> Any:
    """A person at their first question."""
    page = browser.new_context().new_page()
    page.goto(f"{address}login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("#desk:not([hidden])")
    if sizes is not None:
        cold = browser.new_context(storage_state=page.context.storage_state()).new_page()
        cold.on("requestfinished", lambda one: sizes.append(_size(one)))
        cold.goto(address)
        cold.wait_for_selector("#desk:not([hidden])")
        return cold
    return page


def _size(request: Any) -> int:
    found = request.sizes()
    return int(found["responseBodySize"] + found["responseHeadersSize"])


TIMED = """() => {
  window.toNext = []; window.acknowledged = [];
  const asked = window.fetch;
  window.fetch = async (path, options) => {
    const began = performance.now();
    const answer = await asked(path, options);
    const given = path === "/api/verdicts" && JSON.parse(options.body).verdicts.length;
    if (given) window.acknowledged.push(performance.now() - began);
    return answer;
  };
  window.addEventListener("keydown", () => {  // before the page hears of it
    const before = document.body.dataset.item, began = performance.now();
    const look = () => {
      const changed = document.body.dataset.item !== before && !document.getElementById("desk").hidden;
      // the frame after the change is the one a person sees
      if (changed) requestAnimationFrame(() => window.toNext.push(performance.now() - began));
      else if (performance.now() - began < 20000) requestAnimationFrame(look);
    };
    look();
  }, { capture: true });
}"""


def people_at_work(
    workspace: Workspace, address: str, answers: int, pause: float, *, writer: bool
) -> dict[str, Any]:
    """Five people in five sessions of one browser, taking turns; with or without the writer."""
    context = get_context("spawn")
    stop = context.Event()
    writing = context.Process(target=write_batches, args=(str(workspace.project.folder), stop))
    with workspace.store.transaction("count") as tx:
        last = tx.value("SELECT coalesce(max(sequence), 0) FROM verdicts")
    if writer:
        writing.start()
    try:
        found = work(address, answers, pause)
    finally:
        stop.set()
        if writer:
            writing.join()
    key = "beside_a_writer" if writer else "alone"
    return {f"five_people_{key}": found | fairness(workspace, last)}


def work(address: str, answers: int, pause: float) -> dict[str, Any]:
    """Look, press one key, look; each person about every ``pause`` seconds."""
    import random

    chance = random.Random(0)  # noqa: S311
    with chromium.launched() as browser:
        pages = [log_in(browser, address, name) for name in PEOPLE]
        for page in pages:
            page.evaluate(TIMED)
        for number in range(answers):
            for page in pages:
                page.wait_for_selector("#desk:not([hidden])")
                page.bring_to_front()  # tabs behind others draw no frames
                page.keyboard.press("Enter" if number % 4 else "2")
                page.wait_for_timeout(1000 * pause / len(pages) * chance.uniform(0.5, 1.5))
        pages[0].wait_for_timeout(3000)
        to_next = [one for page in pages for one in page.evaluate("() => window.toNext")]
        kept = [one for page in pages for one in page.evaluate("() => window.acknowledged")]
    return {"key_to_next_ms": spread(to_next), "acknowledged_ms": spread(kept)}


def fairness(workspace: Workspace, last: int) -> dict[str, Any]:
    """Answers kept, items answered by two people, and pairs out of rank order within a person."""
    with workspace.store.transaction("count") as tx:
        rows = tx.rows(
            "SELECT v.annotator, q.item_id, q.rank FROM verdicts AS v JOIN checking_queue AS q"
            " ON q.item_id = v.item_id WHERE v.sequence > $last ORDER BY v.sequence",
            {"last": last},
        )
    ranks: dict[str, list[int]] = {}
    for annotator, _, rank in rows:
        ranks.setdefault(annotator, []).append(rank)
    return {
        "answers": len(rows),
        "items_to_two_people": len(rows) - len({item for _, item, _ in rows}),
        "answers_out_of_rank_order": sum(
            later < earlier for one in ranks.values() for earlier, later in itertools.pairwise(one)
        ),
    }


def spread(values: list[float]) -> dict[str, float]:
    """Middle, 95th of 100, largest, and how many."""
    cuts = statistics.quantiles(values, n=100)
    return {
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "max": round(max(values), 1),
        "n": len(values),
    }


if __name__ == "__main__":
    main()
