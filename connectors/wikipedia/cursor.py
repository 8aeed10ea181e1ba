"""Where a source goes on: the revision at which each page was last read.

As JSON, 50,000 pages would be 1.2 MB of ``"id": revision`` pairs, saved with every batch.
Packed, they take about a third. There is no place in a list to be remembered: listing
again is cheap (500 pages a request), and pages at a known revision are passed over.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from array import array
from collections.abc import Mapping
from typing import Any

VERSION = 2


class Known:
    """Revisions by page id, of one wiki read in one unit.

    Attributes:
        scope: Names the wiki and the unit; page ids mean nothing elsewhere.
        revisions: Revision by page id; negative where that revision had no text.
    """

    def __init__(self, scope: str, revisions: dict[int, int] | None = None) -> None:
        self.scope = scope
        self.revisions = {} if revisions is None else revisions

    def is_current(self, page_id: int, revision: int) -> bool:
        """True if this revision of the page has been read."""
        read = self.revisions.get(page_id)
        return read is not None and abs(read) == revision

    def has_text(self, page_id: int) -> bool:
        """False if the page was read and found without text."""
        return self.revisions.get(page_id, 0) > 0

    def remember(self, page_id: int, revision: int, *, text: bool) -> None:
        """Note that a revision has been read, and whether it had text."""
        self.revisions[page_id] = revision if text else -revision

    def cursor(self) -> dict[str, Any]:
        """The JSON object to save with the documents read so far."""
        return {"version": VERSION, "scope": self.scope, "pages": _pack(self.revisions)}

    @classmethod
    def from_cursor(cls, cursor: Mapping[str, Any] | None, scope: str) -> Known:
        """Read a saved cursor.

        Version 1 held ``{"pages": {"id": revision}}`` in plain JSON. A cursor of another wiki
        or unit, of a later version, or one that cannot be read is passed over: everything is
        read again, and the store sees by content what it has already.
        """
        if cursor is None or cursor.get("scope", scope) != scope:
            return cls(scope)
        pages, version = cursor.get("pages"), cursor.get("version", 1)
        try:
            if version == 1 and isinstance(pages, Mapping):
                return cls(scope, {int(page): int(revision) for page, revision in pages.items()})
            if version == VERSION and isinstance(pages, str):
                return cls(scope, _unpack(pages))
        except (ValueError, TypeError, binascii.Error, zlib.error):
            pass
        return cls(scope)


def _pack(revisions: Mapping[int, int]) -> str:
    """Page ids as differences, then revisions, each as 8 bytes sorted into planes, deflated.

    Planes put the many zero bytes side by side; without them the text is 30 % longer.
    """
    pages = sorted(revisions)
    steps = array("q", (page - before for before, page in zip([0, *pages], pages, strict=False)))
    values = array("q", (revisions[page] for page in pages))
    planes = b"".join(column.tobytes()[byte::8] for column in (steps, values) for byte in range(8))
    return base64.b64encode(zlib.compress(planes, 6)).decode("ascii")


def _unpack(text: str) -> dict[int, int]:
    planes = zlib.decompress(base64.b64decode(text, validate=True))
    count, rest = divmod(len(planes), 16)
    if rest:
        raise ValueError("not a whole number of pages")
    half = 8 * count
    pages, page = [], 0
    for step in _column(planes[:half], count):
        page += step
        pages.append(page)
    return dict(zip(pages, _column(planes[half:], count), strict=True))


def _column(planes: bytes, count: int) -> array[int]:
    rows = bytearray(len(planes))
    for byte in range(8):
        rows[byte::8] = planes[byte * count : (byte + 1) * count]
    column = array("q")
    column.frombytes(bytes(rows))
    return column
