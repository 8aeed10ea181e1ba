"""One ``labelloop up`` a project: a second one finds the first."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

STATE = "up.json"


@contextlib.contextmanager
def the_only_one(home: Path) -> Iterator[bool]:
    """Hold the project's lock; yields False where another process has it.

    The system lets go of the lock with the process, however that ends.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        (home / STATE).unlink(missing_ok=True)  # of one that was killed
        try:
            yield True
        finally:
            (home / STATE).unlink(missing_ok=True)


def tell(home: Path, addresses: Mapping[str, str]) -> None:
    """Write down where everything is, for the second one and for other tools."""
    part = home / f"{STATE}.{os.getpid()}"
    part.write_text(json.dumps({"pid": os.getpid(), **addresses}, indent=1), "utf-8")
    part.replace(home / STATE)


def told(home: Path) -> dict[str, str]:
    """What the first one wrote; empty while it is still starting."""
    try:
        found: dict[str, str] = json.loads((home / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found
