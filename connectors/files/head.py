"""Looks at the first megabyte of a file, and refuses what is no text in the given encoding."""

from __future__ import annotations

from typing import BinaryIO

from labelloop.errors import SourceMisconfigured

HEAD_BYTES = 1 << 20

MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "gzip-compressed",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\0": "an SQLite database",
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x7fELF": "a program",
}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13, 27})  # tab, line ends, form feed, escape are text


def read_head(handle: BinaryIO) -> bytes:
    """The first megabyte from where the handle stands, whole lines only; the handle stays there."""
    start = handle.tell()
    head = handle.read(HEAD_BYTES)
    handle.seek(start)
    if len(head) < HEAD_BYTES or b"\n" not in head:
        return head
    return head[: head.rindex(b"\n") + 1]


def refuse_binary(shown: str, head: bytes) -> None:
    """Refuse what is empty, binary, or text in UTF-16 without saying so.

    Raises:
        SourceMisconfigured: Naming the file, what it is, and what to do.
    """
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise SourceMisconfigured(f"{shown} is empty", remedy="Fill it, or take it out of 'path'")
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            raise SourceMisconfigured(
                f"{shown} is {kind}, not text", remedy="Convert it to CSV in UTF-8"
            )
    if head.startswith(UTF16_MARKS):
        raise SourceMisconfigured(f"{shown} is in UTF-16", remedy='Set encoding = "utf-16"')
    first = head[:65536]
    controls = len(first) - len(first.translate(None, CONTROLS))
    # A stray NUL, or some in a short file, are bad rows; a twentieth of all bytes is no text.
    if controls > max(len(first) * 0.05, 16):
        raise SourceMisconfigured(
            f"{shown} is binary: {controls} of its first {len(first)} bytes are control characters",
            remedy="Convert it to CSV in UTF-8",
        )


def refuse_old_line_ends(shown: str, head: bytes) -> None:
    """Refuse lines that end in a carriage return alone: they would be one line.

    Raises:
        SourceMisconfigured: Naming the file and the remedy.
    """
    if b"\n" not in head and head.rstrip(b"\r").count(b"\r") > 0:
        raise SourceMisconfigured(
            f"{shown}: its lines end in a carriage return alone", remedy="Save it with \\n line ends"
        )


def refuse_encoding(shown: str, head: bytes, encoding: str, *, names_columns: bool) -> None:
    """Refuse a file that as a whole is not in the encoding; single bad rows may pass.

    It is refused when its first line names the columns and cannot be decoded, or when no
    line of the first megabyte shows that the encoding is right, by more than ASCII that
    can be decoded, while at least one in a hundred shows that it is wrong.

    Raises:
        SourceMisconfigured: Naming the first line that cannot be decoded, and another encoding.
    """
    lines = head.splitlines()
    beyond_ascii = [number for number, line in enumerate(lines) if not line.isascii()]
    wrong = [number for number in beyond_ascii if not _decodes(lines[number], encoding)]
    if not wrong:
        return
    throughout = len(wrong) == len(beyond_ascii) and len(wrong) * 100 >= len(lines)
    if throughout or (names_columns and wrong[0] == 0):
        raise SourceMisconfigured(
            f"{shown} line {wrong[0] + 1}: bytes that are not {encoding}",
            remedy=other_encoding(encoding),
        )


def other_encoding(encoding: str) -> str:
    """What to try when bytes are not in the encoding that was set."""
    return 'Set encoding = "latin-1"' if encoding == "utf-8" else "Set the encoding it is really in"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def estimated_rows(head: bytes, size: int) -> int:
    """About how many lines a file of ``size`` bytes has, judged by its head."""
    lines = head.count(b"\n") + (0 if head.endswith(b"\n") else 1)
    return lines if size <= len(head) + 3 else round(lines * size / len(head))
