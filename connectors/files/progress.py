"""The cursor of the files connector: for each file, how far it was read.

::

    {"version": 1, "settings": "9f…", "files": {"a.csv": {"size": 10, "modified": 17…,
     "content": "3c…", "documents": 2}, "b.csv": {…, "rows": 500}}}

``rows`` stands only with a file of which that many rows were read so far. ``modified`` is 0
where the time of change cannot tell a later change from an earlier one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from connectors.files.settings import FilesSettings

VERSION = 1
FRESH_NS = 2_000_000_000
"""A file changed less than this before it was read may change again within the clock's tick
(FAT counts in 2 s), so that its time of change proves nothing."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when it was read: size in bytes, time of change in ns, hash."""

    size: int
    modified: int
    content: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a file was read.

    Attributes:
        stamp: What the file was then.
        documents: Documents made of it so far.
        rows: Rows read so far, blank and rejected ones too; None when it was read to its end.
    """

    stamp: Stamp
    documents: int
    rows: int | None = None


def stamp_of(path: Path) -> Stamp:
    """Size, time of change and hash of a file, read in pieces.

    Raises:
        OSError: It cannot be read.
    """
    found = path.stat()
    digest = blake2b(digest_size=16)
    with path.open("rb", buffering=0) as handle:
        piece = bytearray(1 << 20)
        while size := handle.readinto(piece):
            digest.update(memoryview(piece)[:size])
    fresh = time.time_ns() - found.st_mtime_ns < FRESH_NS
    return Stamp(found.st_size, 0 if fresh else found.st_mtime_ns, digest.hexdigest())


class Progress:
    """How far each file was read, from one cursor to the next."""

    def __init__(self, cursor: Mapping[str, Any] | None, settings: FilesSettings) -> None:
        self._settings = blake2b(settings.model_dump_json().encode(), digest_size=8).hexdigest()
        # As they are written, each made once: with 100,000 files a cursor is made 200 times.
        self._files = _entries(cursor, self._settings)

    def of(self, name: str) -> Reading | None:
        """How far a file was read; None for a new one."""
        entry = self._files.get(name)
        return None if entry is None else _reading(entry)

    def note(self, name: str, reading: Reading) -> None:
        """Remember how far a file was read."""
        rows = {} if reading.rows is None else {"rows": reading.rows}
        self._files[name] = {**asdict(reading.stamp), "documents": reading.documents, **rows}

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget files that are there no more."""
        there = set(names)
        self._files = {name: entry for name, entry in self._files.items() if name in there}

    def cursor(self) -> dict[str, Any]:
        """The cursor that goes on from here."""
        return {"version": VERSION, "settings": self._settings, "files": dict(self._files)}


def _entries(cursor: Mapping[str, Any] | None, settings: str) -> dict[str, dict[str, Any]]:
    """What a cursor says; nothing when it is not ours, older, or of other settings.

    Everything is then read again, and the store finds what is unchanged.
    """
    cursor = cursor or {}
    if cursor.get("version") != VERSION or cursor.get("settings") != settings:
        return {}
    try:
        entries = {str(name): dict(entry) for name, entry in cursor["files"].items()}
        for entry in entries.values():
            _reading(entry)
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
    return entries


def _reading(entry: Mapping[str, Any]) -> Reading:
    stamp = Stamp(int(entry["size"]), int(entry["modified"]), str(entry["content"]))
    rows = entry.get("rows")
    return Reading(stamp, int(entry["documents"]), None if rows is None else int(rows))
