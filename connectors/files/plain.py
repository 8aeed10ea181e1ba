"""Reads .txt and .md: one document a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.files.finding import FoundFile
from connectors.files.head import MAGIC, UTF16_MARKS, other_encoding
from connectors.files.records import Fault, Record, excerpt
from connectors.files.settings import FilesSettings

_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")


def plain_rows(file: FoundFile, settings: FilesSettings) -> Iterator[Record]:
    """The single row of a text file; its title is the first heading of Markdown.

    What is not text in the encoding is a fault of this document, not of its folder.
    """
    # UTF-32 takes four bytes a character; the mark comes on top.
    if file.path.stat().st_size > 4 * settings.max_characters + 4:
        yield 1, Fault(f"text over {settings.max_characters:,} characters", _beginning(file))
        return
    raw = file.path.read_bytes()
    try:
        text = raw.decode(settings.encoding).removeprefix("\ufeff")
    except UnicodeError:
        yield 1, Fault(_why(raw, settings.encoding), excerpt(raw[:2000].decode("utf-8", "replace")))
        return
    title = first_heading(text) if file.ending == ".md" else None
    yield 1, (text, None, title, None, None)


def _beginning(file: FoundFile) -> str:
    with file.path.open("rb") as handle:
        return excerpt(handle.read(2000).decode("utf-8", "replace"))


def _why(raw: bytes, encoding: str) -> str:
    for magic, kind in MAGIC.items():
        if raw.startswith(magic):
            return f"{kind}, not text"
    if raw.startswith(UTF16_MARKS):
        return 'in UTF-16: Set encoding = "utf-16"'
    return f"bytes that are not {encoding}: {other_encoding(encoding)}"


def first_heading(markdown: str) -> str | None:
    """The first heading of a Markdown text, '# so' or underlined; not one in a code block."""
    before = ""
    fence: str | None = None
    for line in _without_front_matter(markdown.splitlines()):
        mark = _FENCE.match(line)
        if fence is not None:
            fence = None if mark and mark[1] == fence else fence
            continue
        if mark:
            fence = mark[1]
        elif heading := _ATX.match(line):
            return heading[1].strip()
        elif before.strip() and _UNDERLINE.match(line):
            return before.strip()
        before = line
    return None


def _without_front_matter(lines: list[str]) -> list[str]:
    """Lines without a leading block between '---' lines."""
    if lines and lines[0].rstrip() == "---":
        for number, line in enumerate(lines[1:], start=1):
            if line.rstrip() in {"---", "..."}:
                return lines[number + 1 :]
    return lines
