"""Decoded lines of a file, with the place where the current record began."""

from __future__ import annotations

import codecs
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from connectors.files.records import EXCERPT, Fault, excerpt
from labelloop.errors import SourceMisconfigured

CHUNK = 1 << 20


class RecordTooLongError(Exception):
    """The record that is being read has more bytes than the limit."""


@contextmanager
def open_text(path: Path, shown: str, encoding: str) -> Iterator[tuple[BinaryIO, str]]:
    """A seekable handle on bytes whose lines end in ``b"\\n"``, and their encoding.

    A byte order mark is passed over. UTF-16 and UTF-32 are copied into a temporary file
    as UTF-8 first, for their line ends are not single bytes.

    Raises:
        SourceMisconfigured: UTF-16 or UTF-32 that cannot be decoded.
    """
    with path.open("rb") as handle:
        if encoding.startswith(("utf-16", "utf-32")):
            with tempfile.TemporaryFile() as copy:
                _to_utf8(handle, cast(BinaryIO, copy), shown, encoding)
                yield cast(BinaryIO, copy), "utf-8"
            return
        if encoding == "utf-8" and handle.peek(3)[:3] == codecs.BOM_UTF8:
            handle.seek(3)
        yield handle, encoding


def _to_utf8(source: BinaryIO, target: BinaryIO, shown: str, encoding: str) -> None:
    text = io.TextIOWrapper(source, encoding=encoding, newline="")
    try:
        while chunk := text.read(CHUNK):
            target.write(chunk.encode("utf-8"))
    except UnicodeError as error:
        raise SourceMisconfigured(
            f"{shown}: bytes that are not {encoding}: {error}", remedy="Set the encoding it is really in"
        ) from None
    finally:
        text.detach()
    target.seek(3 if _has_mark(target) else 0)


def _has_mark(handle: BinaryIO) -> bool:
    handle.seek(0)
    return handle.read(3) == codecs.BOM_UTF8


class Lines:
    """Iterator over the lines of a file that can go back to the beginning of a record.

    Keeps no line itself: going back seeks.

    Attributes:
        first: Number, from 1, of the line where the current record begins.
        number: Number of the last line that was read.
    """

    def __init__(self, handle: BinaryIO, encoding: str, record_bytes: int, errors: str) -> None:
        self._handle = handle
        self._readline = handle.readline
        self._encoding = encoding
        self._errors = errors
        self._most = self._room = record_bytes
        self._start = handle.tell()
        self.number = 0
        self.first = 1

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        raw = self._readline(self._room)
        if not raw:
            raise StopIteration
        self.number += 1
        self._room -= len(raw)
        if self._room <= 0:
            raise RecordTooLongError
        return raw.decode(self._encoding, self._errors)

    def begin_record(self) -> None:
        """The next line begins a record."""
        self._start += self._most - self._room
        self._room = self._most
        self.first = self.number + 1

    @property
    def record_lines(self) -> int:
        """Lines read of the current record so far."""
        return self.number - self.first + 1

    def fault(self, reason: str) -> Fault:
        """A fault of the current record, with its beginning."""
        raw = self._raw(min(self._most - self._room, EXCERPT * 4))
        text = raw.decode(self._encoding, "replace").rstrip("\r\n")
        return Fault(reason, excerpt(text))

    def has_odd(self, mark: bytes) -> bool:
        """Whether a byte stands in the current record an odd number of times."""
        return self._raw(self._most - self._room).count(mark) % 2 == 1

    def _raw(self, size: int) -> bytes:
        here = self._handle.tell()
        self._handle.seek(self._start)
        raw = self._handle.read(size)
        self._handle.seek(here)
        return raw

    def back_to_second_line(self) -> None:
        """Forget the current record but for its first line, which stays read."""
        self._handle.seek(self._start)
        while (part := self._readline(CHUNK)) and not part.endswith(b"\n"):
            pass
        self._continue_here(self.first)

    def pass_over_record(self, quote: bytes | None) -> None:
        """Go on after a record that is too long, without holding it in memory.

        It ends at the first line end with an even number of quotes before it. When there
        is none up to the end of the file, a quote was never closed, and only the first
        line is passed over.
        """
        self._handle.seek(self._start)
        quotes, lines = 0, 0
        while part := self._readline(CHUNK):
            quotes += part.count(quote) if quote else 0
            if part.endswith(b"\n"):
                lines += 1
                if quotes % 2 == 0:
                    break
        if quotes % 2:
            self.back_to_second_line()
        else:
            self._continue_here(self.first + max(lines, 1) - 1)

    def _continue_here(self, number: int) -> None:
        self.number = number
        self._start = self._handle.tell()
        self._room = self._most
