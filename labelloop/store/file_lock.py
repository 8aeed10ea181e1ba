"""One writer at a time, in the order they came: a blocking lock on a file beside the store."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from labelloop.errors import StoreUnwritable

_lock = Lock()  # held while forking, so that a child knows of every descriptor it has got
_descriptors: set[int] = set()


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file ``path`` while inside; waits for as long as others hold it.

    The kernel lets go of it when the process ends, however it ends.

    Raises:
        StoreUnwritable: The file cannot be made: no such folder, read-only, not allowed.
    """
    try:
        descriptor = _opened(path)
    except OSError as error:
        raise unwritable(path.parent, error.strerror or str(error)) from None
    process = os.getpid()
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _sign(descriptor, what)
        yield
    finally:
        if os.getpid() == process:  # a fork has closed its copy; the number may be another file's
            _close(descriptor)


def unwritable(place: Path, reason: str) -> StoreUnwritable:
    """The error for a store whose disk does not take it."""
    return StoreUnwritable(
        f"the store cannot be written in {place}: {reason}",
        remedy="Make room, or name a folder in 'store' that exists and can be written to",
    )


def _opened(path: Path) -> int:
    """A descriptor of its own for each use, so that threads exclude each other as processes do."""
    with _lock:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        _descriptors.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    with _lock:
        _descriptors.discard(descriptor)
        os.close(descriptor)


def _after_in_child() -> None:
    """Give up the copies: the kernel holds a lock until the last copy is closed.

    Closed, never unlocked, which would take the lock from the parent too.
    """
    for descriptor in _descriptors:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _descriptors.clear()
    _lock.release()


os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_in_child)


def _sign(descriptor: int, what: str) -> None:
    """Leave a note for people; a full disk is not a reason to fail here."""
    note = f"process {os.getpid()}, {what}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, note.encode(), 0)
