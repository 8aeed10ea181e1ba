"""Plain text of an article: its sections, and its text out of HTML. Pure.

A section's heading stands in plain text as TextExtracts writes it: ``== History ==`` on a
line of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = re.compile(r"^(={2,6}) ?(.+?) ?\1$", re.MULTILINE)  # of tidy text: single spaces
_BLANK_LINES = re.compile(r"\n\s*\n")

# What is not an article's prose: tables (infoboxes are tables), navigation, references,
# pictures with their captions, edit links, notes to editors.
_LEFT_OUT = (
    "table, style, script, sup.reference, ol.references, .mw-references-wrap, .reflist, .navbox,"
    " .infobox, .toc, .mw-editsection, .hatnote, .noprint, .metadata, .thumb, .gallery, figure,"
    " .mw-empty-elt, .mw-cite-backlink, .error"
)
_BREAK, _GAP = "\ue000", "\ue001"  # of the private use area: where a line, a paragraph ends
_BREAKS = re.compile(f" ?{_BREAK}[ {_BREAK}]*")
_GAPS = re.compile(f"[ {_BREAK}]*{_GAP}[ {_BREAK}{_GAP}]*")
_BLOCKS = ("p", "li", "dd", "dt", "blockquote", "pre", "div", "br")


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of an article under one heading, without the sections below it.

    Attributes:
        path: The headings above it and its own; empty for the introduction.
        text: Its text without heading; may be empty.
    """

    path: tuple[str, ...]
    text: str


def sections(extract: str) -> list[Section]:
    """Split an article's plain text at its headings; the introduction comes first.

    Not the library's own sections: those give the whole text as summary where an article
    has no introduction, and miss a heading that opens the text.
    """
    found: list[Section] = []
    levels: list[tuple[int, str]] = []
    start, extract = 0, tidy(extract)
    for heading in _HEADING.finditer(extract):
        found.append(_section(levels, extract[start : heading.start()]))
        level = len(heading.group(1))
        levels = [above for above in levels if above[0] < level]
        levels.append((level, heading.group(2)))
        start = heading.end()
    found.append(_section(levels, extract[start:]))
    return found


def _section(levels: list[tuple[int, str]], text: str) -> Section:
    return Section(tuple(title for _, title in levels), text.strip())


def introduction(extract: str) -> str:
    """The text before the first heading."""
    return sections(extract)[0].text


def article(extract: str) -> str:
    """The whole text with bare headings, those with nothing below them left out."""
    found = sections(extract)
    kept = [
        "\n".join([*section.path[-1:], *([section.text] if section.text else [])])
        for place, section in enumerate(found)
        if section.text or _has_text_below(found, place)
    ]
    return "\n\n".join(kept).strip()


def _has_text_below(found: list[Section], place: int) -> bool:
    depth = len(found[place].path)
    for section in found[place + 1 :]:
        if len(section.path) <= depth:
            return False
        if section.text:
            return True
    return False


def tidy(text: str) -> str:
    """Strip every line, and leave one empty line between paragraphs."""
    lines = "\n".join(" ".join(line.split()) for line in text.splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip()


def from_html(html: str) -> str:
    """A parsed article's HTML as plain text with ``== headings ==``.

    Tables, infoboxes, references, navigation and pictures are left out.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")
    for element in soup.select(_LEFT_OUT):
        element.decompose()
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        marks = "=" * max(2, int(heading.name[1]))
        title = " ".join(heading.get_text().split())
        heading.replace_with(f"{_GAP}{marks} {title} {marks}{_GAP}" if title else "")
    for block in soup.find_all(_BLOCKS):
        edge = _GAP if block.name == "p" else _BREAK
        block.insert_before(edge)
        block.insert_after(edge)
    flowing = " ".join(soup.get_text().split())  # a line break in HTML is a space
    return tidy(_BREAKS.sub("\n", _GAPS.sub("\n\n", flowing)))
