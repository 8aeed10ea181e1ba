"""One DuckDB in memory per process, to which a store's file is attached for a transaction at a time.

Starting an instance costs some 10 ms, attaching a file 1 ms. Between transactions the file is
detached: nobody's lock is held, and any other program can open it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb

_SETTINGS = (
    # A checkpoint on every detaching doubles the wait of the next; flows do one at their end.
    "PRAGMA disable_checkpoint_on_shutdown",
    # Every attaching replays the log, 0.4 ms for each answer in it; folding it in costs some 20 ms.
    "SET wal_autocheckpoint = '256KB'",
)
# Extensions would be fetched from a server that is not always there.
_CONFIGURED = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}

_lock = Lock()
_numbers = itertools.count(1)
_running: list[Any] = []  # at most one


@contextmanager
def attached(path: Path) -> Iterator[Any]:
    """A connection whose only database is the file ``path``; detached at the end.

    Raises:
        duckdb.Error: The file cannot be opened.
    """
    name = f"store_{next(_numbers)}"
    connection = _instance().cursor()
    try:
        connection.execute(f"ATTACH {_quoted(path)} AS {name}")
        connection.execute(f"USE {name}")
        yield connection
    except duckdb.FatalException:
        _forget()  # it refuses all further work
        raise
    finally:
        _detach(connection, name)


def _instance() -> Any:
    with _lock:
        if not _running:
            made = duckdb.connect(":memory:", config=_CONFIGURED)
            for setting in _SETTINGS:
                made.execute(setting)
            _running.append(made)
        return _running[0]


def _detach(connection: Any, name: str) -> None:
    """Let go of the file, at any cost: with the whole instance where it does not go otherwise."""
    try:
        connection.execute("USE memory")
        connection.execute(f"DETACH DATABASE IF EXISTS {name}")
    except duckdb.Error:
        _forget()
    finally:
        with contextlib.suppress(duckdb.Error):
            connection.close()


def _forget() -> None:
    """Begin anew with the next transaction; what other threads have open goes on to its end."""
    with _lock:
        _close()


def _close() -> None:
    if _running:
        with contextlib.suppress(duckdb.Error):
            _running.pop().close()


def _before_fork() -> None:
    """A child has none of the threads of an instance; taking that one down would wait for them."""
    _lock.acquire()
    _close()


os.register_at_fork(before=_before_fork, after_in_parent=_lock.release, after_in_child=_lock.release)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
