"""The cursor of the files connector: for each file, how far it was read.

::

    {"version": 1, "settings": "9f…", "files": {"a.csv": "10 17… 3c… 2", "b.csv": "90 17… 8e… 400 500"}}

An entry is size in bytes, time of change in ns, hash, documents, and, only while a file was
read in part, the rows read so far. The time is 0 where it cannot tell a later change from an
earlier one. Entries are strings, for a folder of 100,000 texts has 100,000 of them in each of
200 cursors, and nested objects took JSON 0.25 s a cursor.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    digest = blake2b(digest_size=8)
    with path.open("rb", buffering=0) as handle:
        piece = bytearray(
            min(found.st_size + 1, 1 << 20)
        )  # a megabyte for each of many small files costs
        while size := handle.readinto(piece):
            digest.update(memoryview(piece)[:size])
    fresh = time.time_ns() - found.st_mtime_ns < FRESH_NS
    return Stamp(found.st_size, 0 if fresh else found.st_mtime_ns, digest.hexdigest())


class Progress:
    """How far each file was read, from one cursor to the next."""

    def __init__(self, cursor: Mapping[str, Any] | None, settings: FilesSettings) -> None:
        self._settings = blake2b(settings.model_dump_json().encode(), digest_size=8).hexdigest()
        self._files = _entries(cursor, self._settings)

    def of(self, name: str) -> Reading | None:
        """How far a file was read; None for a new one."""
        entry = self._files.get(name)
        return None if entry is None else _reading(entry)

    def note(self, name: str, reading: Reading) -> None:
        """Remember how far a file was read."""
        stamp = reading.stamp
        entry = f"{stamp.size} {stamp.modified} {stamp.content} {reading.documents}"
        self._files[name] = entry if reading.rows is None else f"{entry} {reading.rows}"

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget files that are there no more."""
        there = set(names)
        self._files = {name: entry for name, entry in self._files.items() if name in there}

    def cursor(self) -> dict[str, Any]:
        """The cursor that goes on from here."""
        return {"version": VERSION, "settings": self._settings, "files": dict(self._files)}


def _entries(cursor: Mapping[str, Any] | None, settings: str) -> dict[str, str]:
    """What a cursor says; nothing when it is not ours, older, or of other settings.

    Everything is then read again, and the store finds what is unchanged.
    """
    cursor = cursor or {}
    if cursor.get("version") != VERSION or cursor.get("settings") != settings:
        return {}
    files = cursor.get("files")
    if not isinstance(files, Mapping) or not all(isinstance(entry, str) for entry in files.values()):
        return {}
    return dict(files)


def _reading(entry: str) -> Reading | None:
    """An entry as it was written; None when nobody can have written it."""
    try:
        size, modified, content, documents, *rows = entry.split(" ")
        stamp = Stamp(int(size), int(modified), content)
        return Reading(stamp, int(documents), int(rows[0]) if rows else None)
    except ValueError:
        return None
