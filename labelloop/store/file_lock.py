"""One writer at a time, in the order they came: a blocking lock on a file beside the store."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from labelloop.errors import StoreUnwritable


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file ``path`` while inside; waits for as long as others hold it.

    The kernel lets go of it when the process ends, however it ends.

    Raises:
        StoreUnwritable: The file cannot be made: no such folder, read-only, not allowed.
    """
    try:
        # A descriptor of its own for each use, so that threads exclude each other as processes do.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise unwritable(path.parent, error.strerror or str(error)) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        _sign(descriptor, what)
        yield
    finally:
        os.close(descriptor)


def unwritable(place: Path, reason: str) -> StoreUnwritable:
    """The error for a store whose disk does not take it."""
    return StoreUnwritable(
        f"the store cannot be written in {place}: {reason}",
        remedy="Make room, or name a folder in 'store' that exists and can be written to",
    )


def _sign(descriptor: int, what: str) -> None:
    """Leave a note for people; a full disk is not a reason to fail here."""
    note = f"process {os.getpid()}, {what}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n"
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, note.encode(), 0)
