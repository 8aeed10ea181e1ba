"""The DuckDB file: kills, locks and disks. Nothing acknowledged is lost; what is in the way is named."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest

from labelloop.errors import LabelloopError, StoreLocked, StoreUnwritable
from labelloop.store.database import Store

from .conftest import NOW, SERVER

pytestmark = pytest.mark.skipif(
    bool(SERVER), reason="what a DuckDB file does; this run is on PostgreSQL"
)


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def count(store: Store) -> int:
    with store.transaction() as tx:
        return tx.value("SELECT count(*) FROM annotators")


KILLED = """
import sys, time
from pathlib import Path
from labelloop.store.database import Store
store = Store("duckdb:///store.duckdb", Path(sys.argv[1]))
sql = "INSERT INTO annotators (name, role, last_seen) VALUES ($n, 'x', TIMESTAMP '2026-01-01 00:00:00')"
number = 0
while True:
    number += 1
    with store.transaction() as tx:
        tx.execute(sql, {"n": f"half {number}"})
        whole = {"n": str(number), "o": f"half {number}"}
        tx.execute("UPDATE annotators SET name = $n WHERE name = $o", whole)
    print(number, flush=True)
"""


def test_kill_at_any_moment_loses_nothing_acknowledged(empty):
    acknowledged = 0
    for pause in (0.6, 0.75, 0.9):
        process = child(
            KILLED.replace("number = 0", f"number = {acknowledged + 1000}"), empty.store.folder
        )
        assert process.stdout.readline()  # it is at work
        time.sleep(pause - 0.5)
        process.kill()
        last = [int(line) for line in process.stdout.read().split()] or [acknowledged + 1001]
        process.wait()
        with empty.tx() as tx:
            names = {name for (name,) in tx.rows("SELECT name FROM annotators")}
        assert not any(name.startswith("half") for name in names)
        assert {str(number) for number in last} <= names
        acknowledged = last[-1] + 1


HOLDS_LOCK = """
import sys, time
from pathlib import Path
from labelloop.store.database import Store
with Store("duckdb:///store.duckdb", Path(sys.argv[1])).transaction("a long think") as tx:
    tx.execute("DELETE FROM label_schema")
    print("held", flush=True)
    time.sleep(60)
"""


def test_process_killed_inside_a_transaction_leaves_lock_and_store_free(empty):
    process = child(HOLDS_LOCK, empty.store.folder)
    assert process.stdout.readline() == "held\n"
    assert f"process {process.pid}, a long think" in Path(f"{empty.store.path}.lock").read_text()
    process.kill()
    process.wait()
    with empty.tx() as tx:
        assert tx.value("SELECT count(*) FROM label_schema") == 1


def test_ctrl_c_inside_leaves_the_store_whole(empty):
    # Whoever runs the tests in the background ignores Ctrl-C, and children inherit that.
    heeding = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    caught = f"{heeding}try:\n exec({HOLDS_LOCK!r})\nexcept KeyboardInterrupt:\n print('stopped')"
    process = child(caught, empty.store.folder)
    try:
        assert process.stdout.readline() == "held\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "stopped\n"
    finally:
        process.kill()
    with empty.tx() as tx:
        assert tx.value("SELECT count(*) FROM label_schema") == 1


OUTSIDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read() if len(sys.argv) < 3 else __import__("time").sleep(float(sys.argv[2]))
"""


def test_outside_program_that_holds_the_file_is_named(empty):
    process = child(OUTSIDER, empty.store.path, 60)
    assert process.stdout.readline() == "open\n"
    empty.store.patience = 0.3
    with pytest.raises(StoreLocked, match=rf"process {process.pid} .*0.3 seconds"), empty.tx():
        pass
    process.kill()
    process.wait()
    assert count(empty.store) == 0


def test_outside_program_that_lets_go_is_waited_for(empty):
    process = child(OUTSIDER, empty.store.path, 0.5)
    assert process.stdout.readline() == "open\n"
    assert count(empty.store) == 0
    assert process.wait() == 0


def test_between_transactions_any_program_can_open_the_file(empty):
    assert count(empty.store) == 0
    process = child("import sys, duckdb\nduckdb.connect(sys.argv[1])\nprint('open')", empty.store.path)
    assert process.communicate(timeout=60)[0] == "open\n"
    assert process.returncode == 0


def test_forked_children_use_the_store_and_end(empty):
    assert count(empty.store) == 0
    for work in (lambda: count(empty.store), lambda: None):
        code = 1
        if not (forked := os.fork()):
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert count(empty.store) == 0


def test_two_stores_are_open_at_once_in_threads(empty, tmp_path):
    other = Store("duckdb:///other's.duckdb", tmp_path)
    with empty.tx() as tx, ThreadPoolExecutor(1) as thread:
        assert thread.submit(count, other).result(30) == 0
        assert tx.value("SELECT count(*) FROM label_schema") == 1


def test_missing_folder_and_a_file_in_its_place_are_named(tmp_path):
    (tmp_path / "file").write_text("")
    for place in ("nowhere", "file"):
        store = Store(f"duckdb:///{place}/s.duckdb", tmp_path)
        with pytest.raises(StoreUnwritable, match=place), store.transaction():
            pass


def test_file_that_is_no_store_is_named_and_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look at " * 500)
    before = path.read_bytes()
    with (
        pytest.raises(LabelloopError, match=r"notes\.txt"),
        Store("duckdb:///notes.txt", tmp_path).transaction(),
    ):
        pass
    assert path.read_bytes() == before


@contextlib.contextmanager
def small_disk(folder: Path, size: str):
    """A real small file system, to fill it or to make it read-only."""
    folder.mkdir()
    made = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if not made or made.returncode:
        pytest.skip("making a small disk needs root and the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_is_named_and_nothing_is_corrupted(tmp_path):
    with small_disk(tmp_path / "disk", "24m") as folder:
        store = Store("duckdb:///s.duckdb", folder)
        stored = 0
        with pytest.raises(StoreUnwritable, match="the store cannot be written in"):
            for stored in range(100):
                rows = pa.table(
                    {
                        "document_id": pa.array([stored] * 4, pa.int64()),
                        "content_hash": [f"{stored}-{place}" for place in range(4)],
                        "revision": pa.array([1] * 4, pa.int64()),
                        "text": [os.urandom(300_000).hex() for _ in range(4)],
                        "fetched_at": [NOW] * 4,
                    }
                )
                with store.transaction() as tx:
                    tx.insert("revisions", rows)
        assert stored > 1
        subprocess.run(["mount", "-o", "remount,size=200m", str(folder)], check=True)
        with store.transaction() as tx:  # all that was acknowledged is there, and nothing by half
            found = tx.rows("SELECT document_id, count(*), min(length(text)) FROM revisions GROUP BY 1")
        assert sorted(found) == [(number, 4, 600_000) for number in range(stored)]


def test_read_only_disk_is_named(tmp_path):
    with small_disk(tmp_path / "disk", "24m") as folder:
        store = Store("duckdb:///s.duckdb", folder)
        assert count(store) == 0
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(StoreUnwritable, match=r"(?i)read-only"), store.transaction():
            pass
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        assert count(store) == 0


SMALL = """
from pathlib import Path
from labelloop.store.database import Store
store = Store("duckdb:///labelloop.duckdb", Path.cwd())
kept = "SELECT current_setting('allocator_bulk_deallocation_flush_threshold')"
for _ in range(2):
    with store.transaction() as tx:
        print(tx.value(kept))
    store.stay_small()
    store.stay_small()
"""


def test_only_a_process_that_is_told_to_stays_small(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SMALL], cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True
    )
    own, small = said.stdout.split("\n")[:2]
    assert small == "97.6 KiB"
    assert own != small
