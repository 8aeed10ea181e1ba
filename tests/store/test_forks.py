"""Forks beside and inside transactions, and faults beside them: the parent's go on, no child hangs."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from labelloop.errors import StoreLocked
from labelloop.store import duckdb_instance
from labelloop.store.database import Store
from labelloop.store.file_lock import held

from .conftest import SERVER

pytestmark = [
    pytest.mark.skipif(bool(SERVER), reason="what a DuckDB file does; this run is on PostgreSQL"),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
ADD = "INSERT INTO annotators (name, role, last_seen) VALUES ($n, 'x', TIMESTAMP '2026-01-01 00:00:00')"
HANGS = 60  # seconds after which something waits for ever


def names(store: Store) -> list[str]:
    with store.transaction() as tx:
        return [name for (name,) in tx.rows("SELECT name FROM annotators ORDER BY name")]


def forked(work: Callable[[], object]) -> int:
    """A child that does the work, and is ended by a signal where it hangs: its process number."""
    if number := os.fork():
        return number
    code = 1
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(HANGS)
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def outcome(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


@contextmanager
def in_a_thread(work: Callable[[threading.Event, threading.Event], object]) -> Iterator[None]:
    """Work beside the body, which begins when the first event is set; faults of it are raised."""
    ready, end = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work, ready, end)
        future.add_done_callback(lambda _: ready.set())
        assert ready.wait(HANGS)
        try:
            yield
        finally:
            end.set()
            future.result(HANGS)


def test_fork_leaves_a_long_transaction_of_another_thread_alone(empty, monkeypatch):
    monkeypatch.setattr(duckdb_instance, "_FORK_PATIENCE", 0.1)

    def long(ready, end):
        with empty.tx() as tx:
            tx.execute(ADD, {"n": "before"})
            ready.set()
            end.wait(HANGS)
            tx.execute(ADD, {"n": "after"})

    def told() -> None:
        with pytest.raises(StoreLocked, match="forked"), empty.tx():
            pass

    with in_a_thread(long):
        child = forked(told)  # waits for the lock, too, till the thread is done
    assert outcome(child) == 0
    assert names(empty.store) == ["after", "before"]


def test_fork_waits_for_a_short_transaction_of_another_thread(empty):
    def short(ready, end):
        with empty.tx() as tx:
            tx.execute(ADD, {"n": "one"})
            ready.set()
            end.wait(0.3)
            tx.execute(ADD, {"n": "two"})

    def used() -> None:
        assert names(empty.store) == ["one", "two"]

    with in_a_thread(short):
        assert outcome(forked(used)) == 0


def test_forks_beside_busy_threads_all_use_the_store(empty):
    assert names(empty.store) == []

    def busy(ready, end):
        while not end.is_set():
            names(empty.store)
            ready.set()

    with in_a_thread(busy), in_a_thread(busy):
        assert [outcome(forked(lambda: names(empty.store))) for _ in range(5)] == [0] * 5


def test_transaction_goes_on_after_a_fork_inside_it_but_not_in_the_child(empty):
    def refused() -> None:
        with pytest.raises(duckdb.ConnectionException, match=f"belongs to process {parent}"):
            tx.execute(ADD, {"n": "child"})

    parent = os.getpid()
    with empty.tx() as tx:
        tx.execute(ADD, {"n": "before"})
        assert outcome(forked(refused)) == 0
        tx.execute(ADD, {"n": "after"})
    assert names(empty.store) == ["after", "before"]


LEAVES = """
import os, signal, sys
from pathlib import Path
from labelloop.errors import StoreError
from labelloop.store.database import Store
store = Store("duckdb:///store.duckdb", Path(sys.argv[1]))
sql = sys.argv[2]
number = None
try:
    with store.transaction() as tx:
        tx.execute(sql, {"n": "before"})
        number = os.fork()
        if number:
            tx.execute(sql, {"n": "after"})
        else:
            signal.alarm(60)
except StoreError as error:
    sys.exit(0 if number == 0 and "a fork of it cannot go on" in str(error) else 5)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) if number else 6)
"""


def test_child_that_leaves_its_parents_transaction_stores_nothing_and_ends(empty):
    done = subprocess.run(
        [sys.executable, "-c", LEAVES, str(empty.store.folder), ADD],
        capture_output=True,
        timeout=2 * HANGS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert names(empty.store) == ["after", "before"]


def test_child_neither_keeps_nor_breaks_the_lock_it_inherits(tmp_path):
    path = tmp_path / "lock"

    def hold(ready, end):
        with held(path, "parent"):
            ready.set()
            end.wait(HANGS)

    def still_held() -> None:
        with path.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def waited_for() -> None:
        with held(path, "child"):
            pass

    with in_a_thread(hold):
        assert outcome(forked(still_held)) == 0
        still_held()  # though a child has come and gone
        child = forked(waited_for)
    assert outcome(child) == 0


LIMITED = """
import resource, signal, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from labelloop.errors import StoreUnwritable
from labelloop.store.database import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
one, other = (Store(f"duckdb:///{name}.duckdb", Path(sys.argv[1])) for name in ("store", "other"))
sql, none = sys.argv[2], resource.RLIM_INFINITY
def add(name):
    with other.transaction() as tx:
        tx.execute(sql, {"n": name})
add("stored")
try:
    with one.transaction() as tx, ThreadPoolExecutor(1) as thread:
        tx.execute(sql, {"n": "before"})
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, none))
        try:
            thread.submit(add, "too much").result()
        except StoreUnwritable as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (none, none))
        tx.execute(sql, {"n": "after"})
finally:
    resource.setrlimit(resource.RLIMIT_FSIZE, (none, none))
add("again")
"""


def test_file_size_limit_is_named_and_other_threads_go_on(empty):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(empty.store.folder), ADD],
        capture_output=True,
        text=True,
        timeout=2 * HANGS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "file too large" in done.stdout
    assert names(empty.store) == ["after", "before"]
    assert names(Store("duckdb:///other.duckdb", Path(empty.store.folder))) == ["again", "stored"]
