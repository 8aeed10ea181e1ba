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
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import chromium

from labelloop.loop.clock import now
from labelloop.loop.exporting import export_queue, export_table
from labelloop.loop.extraction import extract
from labelloop.loop.importing import import_verdicts
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument, Pick
from labelloop.review import passwords
from labelloop.setting_sections import SourceSettings
from labelloop.store import accounts, api_tokens, documents, label_schema, predictions, queue, turns

COMMAND = [sys.executable, "-c", "from labelloop.cli import main; main()", "review", "--port", "0"]
LABELS = ("world", "sport", "business", "science")
PEOPLE = ("ada", "ben", "cleo", "dan", "eve")
PASSWORD = "correct horse"  # noqa: S105
AT = datetime(2026, 1, 1)
PROJECT = """name = "speed"
[labels]
world = ""
sport = ""
business = ""
science = ""
"""


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
            say(figures)
            figures |= batches(address, token, 5)
            figures |= weight(address)
            say(figures)
            figures |= people_at_work(workspace, address, given.answers, given.pause, writer=False)
            say(figures)
            figures |= people_at_work(workspace, address, given.answers, given.pause, writer=True)
            figures["memory_mb"] = memory(process.pid)
            read(f"{address}dashboard", token)
            for name in ("learning-curve", "lanes"):
                read(f"{address}plots/{name}.svg", token)
            figures["memory_mb_after_dashboard"] = memory(process.pid)
    print(json.dumps(figures, indent=2))


def say(figures: dict[str, Any]) -> None:
    """Progress: what is known so far."""
    sys.stderr.write(json.dumps(figures) + "\n")


def make_project(folder: Path, count: int) -> Workspace:
    """Documents, all asked, each with a suggestion."""
    folder.mkdir()
    (folder / "labelloop.toml").write_text(PROJECT)
    workspace = open_workspace(folder)
    with workspace.store.transaction("make") as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        turns.begin(tx, now=AT)
        save(tx, "news", 0, count)
        ids = [number for (number,) in tx.rows("SELECT document_id FROM documents ORDER BY document_id")]
        queue.add(
            tx,
            turn=1,
            picks=[Pick(number, "uncertain", 0.5, 0.5) for number in ids],
            suggestions={number: (LABELS[number % 4], 0.7) for number in ids},
            model_id="m0001",
            now=AT,
        )
    return workspace


def save(tx: Any, source: str, begin: int, count: int) -> None:
    """Distinct short texts."""
    found = tuple(
        FetchedDocument(f"{source}-{n}", f"{uuid4().hex} {uuid4().hex} story {n} " + uuid4().hex)
        for n in range(begin, begin + count)
    )
    batch = Batch(found, {})
    documents.save_batch(
        tx,
        source=source,
        connector="files",
        batch=batch,
        audit_share=0.1,
        seed=0,
        known_labels=LABELS,
        now=AT,
    )


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


def make_people(workspace: Workspace) -> str:
    """Accounts, and the token of a program."""
    kept, token = passwords.hash_password(PASSWORD), passwords.new_token()
    with workspace.store.transaction("people") as tx:
        for name in PEOPLE:
            accounts.save(tx, name, "admin", kept, now=now())
        accounts.save(tx, "program", "annotator", kept, now=now())
        api_tokens.add(tx, passwords.hash_token(token), "program", "", now=now())
    return token


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


class Flood:
    """A source that yields 20,000 documents as one batch."""

    def __init__(self) -> None:
        name = uuid4().hex[:6]
        self._batch = Batch(
            tuple(
                FetchedDocument(f"{name}-{n}", f"{uuid4().hex} {uuid4().hex} story {n}", language="en")
                for n in range(20_000)
            ),
            {},
        )

    def batches(self, _cursor: Any) -> Any:
        yield self._batch


def write_batches(folder: str, stop: Any) -> None:
    """What a flow does: keep 20,000 new documents, replace 20,000 predictions; again and again."""
    workspace = open_workspace(folder)
    source = SourceSettings(name="flood", connector="files")
    while not stop.is_set():
        extract(workspace, source, Flood)
        with workspace.store.transaction("predict") as tx:
            predictions.replace(tx, _predicted(20_000), now=now())
        stop.wait(0.25)


def _predicted(count: int) -> predictions.Predictions:
    import numpy as np

    said = np.full((count, len(LABELS)), 0.25, np.float32)
    even = np.full(count, 0.25)
    whole = np.zeros(count, np.int64)
    return predictions.Predictions("m1", LABELS, np.arange(1, count + 1), said, whole, even, even, even)


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


def memory(pid: int) -> int:
    """Resident megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024)


if __name__ == "__main__":
    main()
