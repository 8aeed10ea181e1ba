"""One DuckDB in memory per process, to which a store's file is attached for a transaction at a time.

Starting an instance costs some 10 ms, attaching a file 1 ms. Between transactions the file is
detached: nobody's lock is held, and any other program can open it.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, get_ident
from typing import Any

import duckdb

from labelloop.errors import StoreLocked

_settings = [
    # A checkpoint on every detaching doubles the wait of the next; flows do one at their end.
    "PRAGMA disable_checkpoint_on_shutdown",
    # Every attaching replays the log, 0.4 ms for each answer in it; folding it in costs some 20 ms.
    "SET wal_autocheckpoint = '256KB'",
]
# Its allocator keeps what is freed, up to half a gigabyte. Giving it back makes a transaction dearer
# (half again as long for a thousand documents): only for a process that lives for weeks.
_SMALL = "SET allocator_bulk_deallocation_flush_threshold = '100KB'"
# Extensions would be fetched from a server that is not always there.
_CONFIGURED = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}

_FORK_PATIENCE = 5.0  # seconds a fork waits for the transactions of other threads


class Connection:
    """A connection of DuckDB, of use only in the process that made it."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._process = os.getpid()

    def __getattr__(self, name: str) -> Any:
        """What DuckDB's own has.

        Raises:
            duckdb.ConnectionException: In a fork; DuckDB's threads are not there, its locks may be held.
        """
        if not self.usable:
            raise duckdb.ConnectionException(
                f"the transaction belongs to process {self._process}; a fork of it cannot go on with it"
            )
        return getattr(self._real, name)

    @property
    def usable(self) -> bool:
        """Whether this is the process that made it."""
        return os.getpid() == self._process


@dataclass(frozen=True)
class _Use:
    """An attached file: which, by which thread, in which instance."""

    path: str
    thread: int
    instance: Any
    real: Any


_numbers = itertools.count(1)
_gate = Condition()  # guards all below
_running: list[Any] = []  # at most one
_uses: dict[str, _Use] = {}
_forks: set[int] = set()  # threads that wait to fork; no transaction begins meanwhile
_lost: set[str] = set()  # files that were attached when this process was forked


def stay_small() -> None:
    """From now on give back to the machine what a transaction frees; each takes a little longer."""
    with _gate:
        if _SMALL not in _settings:
            _settings.append(_SMALL)
            for instance in _running:
                instance.execute(_SMALL)


@contextmanager
def attached(path: Path) -> Iterator[Any]:
    """A connection whose only database is the file ``path``; detached at the end.

    Raises:
        duckdb.Error: The file cannot be opened.
        StoreLocked: It was open in the parent when this process was forked.
    """
    name = f"store_{next(_numbers)}"
    connection = _begun(name, path)
    try:
        connection.execute(f"ATTACH {_quoted(path)} AS {name}")
        connection.execute(f"USE {name}")
        yield connection
    except duckdb.FatalException:
        _forget(name)  # it refuses all further work
        raise
    finally:
        if connection.usable:
            _detach(connection, name)


def _begun(name: str, path: Path) -> Connection:
    real_path = os.path.realpath(path)
    with _gate:
        _gate.wait_for(lambda: not _forks)
        if real_path in _lost:
            raise StoreLocked(
                f"{path} was open in process {os.getppid()} when this one was forked from it",
                remedy="Fork while no transaction is open, or start the process with 'spawn'",
            )
        instance = _instance()
        real = instance.cursor()
        _uses[name] = _Use(real_path, get_ident(), instance, real)
    return Connection(real)


def _instance() -> Any:
    if not _running:
        made = duckdb.connect(":memory:", config=_CONFIGURED)
        for setting in _settings:
            made.execute(setting)
        _running.append(made)
    return _running[0]


def _detach(connection: Any, name: str) -> None:
    """Let go of the file, at any cost: with the whole instance where it does not go otherwise."""
    try:
        connection.execute("USE memory")
        connection.execute(f"DETACH DATABASE IF EXISTS {name}")
    except duckdb.InterruptException:  # Ctrl-C is not to be lost here
        _forget(name)
        raise
    except duckdb.Error:
        _forget(name)
    finally:
        with contextlib.suppress(duckdb.Error):
            connection.close()
        with _gate:
            _uses.pop(name, None)
            _gate.notify_all()


def _forget(name: str) -> None:
    """Begin anew with the next transaction; what other threads have open goes on to its end.

    Not closed: that would close the connections of those threads. The last of them frees it.
    """
    with _gate:
        used = _uses.get(name)
        if used and used.instance in _running:
            _running.clear()


def _before_fork() -> None:
    """Have nothing open, if that can be had: a child has none of the threads of an instance.

    It cannot even take the instance down, which would wait for them, and to DuckDB in it a file once
    attached stays so. So let others finish, and take it down here. With a transaction still open (this
    very thread's, or a long one) the parent keeps its instance, and the child never touches it.
    """
    _gate.acquire()
    me = get_ident()
    _forks.add(me)
    try:
        _gate.wait_for(lambda: all(use.thread == me for use in _uses.values()), _FORK_PATIENCE)
    finally:
        _forks.discard(me)
    if _running and not _uses:
        with contextlib.suppress(duckdb.Error):
            _running.pop().close()


def _after_in_parent() -> None:
    _gate.notify_all()
    _gate.release()


def _after_in_child() -> None:
    """Begin anew; what is inherited is never freed, for freeing it would wait for ever."""
    global _gate  # noqa: PLW0603  (threads that are gone may wait at the old one)
    for inherited in [*_running, *(part for use in _uses.values() for part in (use.instance, use.real))]:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(inherited))
    _lost.update(use.path for use in _uses.values())
    _running.clear()
    _uses.clear()
    _forks.clear()
    _gate = Condition()


os.register_at_fork(
    before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child
)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
