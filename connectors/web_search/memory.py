"""What is remembered of pages between runs, small enough to be saved with every batch.

The whole cursor is saved with each batch, so one page may cost little: a 64-bit digest of its
canonical address, and one short string: minutes since 1970 when it was last read, a digest of
its text, and the ETag or date that lets the server say 'not modified'. That is some 60 bytes
in the cursor and 240 in memory. Two pages among 100,000 get the same digest with a probability
of 3 in 10 thousand million; the second would then not be read.

At most ``PAGES_KEPT`` pages are remembered, the longest unread forgotten first; a forgotten
page that turns up again is read again, and the store sees that its text is the same. Batches
grow with what is remembered (``batch_size``), so that saving stays a small part of the work.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

VERSION = 1
PAGES_KEPT = 50_000
ROUND_MINUTES = 12 * 60
"""How long an unfinished round is gone on with, before all queries are asked anew."""

_LONGEST_VALIDATOR = 120


def digest(text: str) -> str:
    """11 characters that stand for a text or an address."""
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=8).digest())[:11].decode()


@lru_cache(maxsize=64)
def _name(address: str) -> str:
    """A page's digest; the same object for all uses of one page, which saves 60 bytes a page."""
    return digest(address)


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of one page.

    Attributes:
        minutes: Since 1970, when it was last asked.
        text: Digest of its text; empty where it gave none.
        etag: What the server called this version.
        last_modified: When the server said it changed.
        refused: Why it gave none.
    """

    minutes: int
    text: str = ""
    etag: str | None = None
    last_modified: str | None = None
    refused: str | None = None

    def packed(self) -> str:
        """``minutes digest eETAG``, ``minutes digest mDATE`` or ``minutes - REASON``."""
        if self.refused:
            return f"{self.minutes} - {self.refused}"
        validator = f"e{self.etag}" if self.etag else f"m{self.last_modified or ''}"
        return f"{self.minutes} {self.text} {validator if len(validator) <= _LONGEST_VALIDATOR else 'm'}"


def unpacked(written: str) -> Known:
    """Raises ValueError where it is not what ``packed`` writes."""
    minutes, text, rest = written.split(" ", 2)
    if text == "-":
        return Known(int(minutes), refused=rest)
    if rest.startswith("e"):
        return Known(int(minutes), text, etag=rest[1:])
    return Known(int(minutes), text, last_modified=rest[1:] or None)


class Memory:
    """Pages of earlier runs, and the queries that an unfinished run has done.

    Args:
        cursor: As saved; one of another version counts as none, which costs requests and
            loses nothing.
        key: Digest of the settings that make the queries; others start a new round.
        minutes: Now, in minutes since 1970.
    """

    def __init__(self, cursor: Mapping[str, Any] | None, *, key: str, minutes: int) -> None:
        saved = cursor if cursor and cursor.get("version") == VERSION else {}
        self._pages: dict[str, str] = _strings(saved.get("pages"))
        self._met: set[str] = set()
        self._key = key
        self._started, self.done = _round(saved.get("round"), key, minutes)

    def __len__(self) -> int:
        return len(self._pages)

    def first_time(self, address: str) -> bool:
        """Whether this run meets the canonical address for the first time; notes that it did."""
        name = _name(address)
        if name in self._met:
            return False
        self._met.add(name)
        return True

    def known(self, address: str) -> Known | None:
        """What an earlier run noted of the address."""
        written = self._pages.get(_name(address))
        try:
            return unpacked(written) if written else None
        except ValueError:
            return None  # somebody edited the cursor: the page is read again

    def note(self, address: str, known: Known) -> None:
        """Remember a page as the latest read."""
        name = _name(address)
        self._pages.pop(name, None)
        self._pages[name] = known.packed()
        if len(self._pages) > PAGES_KEPT * 1.1:  # now and then, as each time would be slow
            self._pages = dict(list(self._pages.items())[-PAGES_KEPT:])

    def cursor(self, *, finished: bool) -> dict[str, Any]:
        """What to save; ``finished`` closes the round, the next run asks all queries again."""
        unfinished = {"started": self._started, "key": self._key, "done": sorted(self.done)}
        return {
            "version": VERSION,
            "round": None if finished or not self.done else unfinished,
            "pages": dict(self._pages),
        }


def _round(saved: Any, key: str, minutes: int) -> tuple[int, set[int]]:
    """Start and queries done of an unfinished round with the same settings, else a new one."""
    if not isinstance(saved, dict) or saved.get("key") != key:
        return minutes, set()
    started, done = saved.get("started"), saved.get("done")
    if not isinstance(started, int) or not isinstance(done, list) or minutes - started > ROUND_MINUTES:
        return minutes, set()
    return started, {number for number in done if isinstance(number, int)}


def _strings(saved: Any) -> dict[str, str]:
    pairs = saved.items() if isinstance(saved, dict) else ()
    return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}
