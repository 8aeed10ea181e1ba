"""Several processes at the same queue."""

from __future__ import annotations

import subprocess
import sys

WORKER = """
import sys
from datetime import datetime
from pathlib import Path
from labelloop.records import Verdict
from labelloop.store import answering, leases
from labelloop.store.database import Store
store, who = Store(sys.argv[1], Path(sys.argv[2])), sys.argv[3]
now = datetime(2026, 3, 1, 12)
while True:
    with store.transaction("claim") as tx:
        item = leases.claim(tx, who, now=now)
    if item is None:
        break
    print(item.rank, flush=True)
    with store.transaction("answer") as tx:
        answering.answer(tx, Verdict(f"{who}-{item.item_id}", item.item_id, item.document_id,
                                     item.content_hash, who, "label", ("sun",), False, now))
"""


def test_everybody_gets_different_items_in_rank_order(empty):
    names = [str(number) for number in range(40)]
    empty.save({name: f"text {name}" for name in names})
    empty.queue(*names)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, empty.store.url, str(empty.store.folder), who],
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("ada", "ben", "cyd")
    ]
    taken = [[int(line) for line in worker.communicate(timeout=120)[0].split()] for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    assert all(ranks == sorted(ranks) for ranks in taken)
    assert sorted(rank for ranks in taken for rank in ranks) == list(range(1, 41))
