"""One page as documents: whole, its introduction, or section by section. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.wikipedia import text
from connectors.wikipedia.reading import PageText
from connectors.wikipedia.settings import Unit
from connectors.wikipedia.site import Site
from labelloop.records import FetchedDocument


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of a page that becomes a document; ``path`` is None but for sections."""

    mark: str
    text: str
    path: tuple[str, ...] | None = None


def documents(page: PageText, site: Site, unit: Unit, found_by: str) -> list[FetchedDocument]:
    """The documents of one page; none if it holds no text (only templates, only tables).

    Ids hold the wiki and the page's number, for sections the headings too, never the
    revision: ``enwiki:736``, ``enwiki:736#History/Early years``. A repeated heading gets
    ``~2``. They outlive edits and a move of the page to another title.
    """
    if unit == "section":
        parts = _sections(page.extract)
    else:
        whole = text.article if unit == "article" else text.introduction
        parts = iter([_Part("", whole(page.extract))])
    return [_document(page, site, part, found_by) for part in parts if part.text]


def _sections(extract: str) -> Iterator[_Part]:
    times: Counter[str] = Counter()
    for section in text.sections(extract):
        place = "/".join(section.path)
        times[place] += 1
        again = f"~{times[place]}" if times[place] > 1 else ""
        yield _Part(f"#{place}{again}", section.text, section.path)


def _document(page: PageText, site: Site, part: _Part, found_by: str) -> FetchedDocument:
    return FetchedDocument(
        external_id=f"{site.wiki_id}:{page.page_id}{part.mark}",
        text=part.text,
        title=" › ".join((page.title, *(part.path or ()))),
        url=_permanent_url(page, part.path or ()),
        language=_iso_639_1(page.language or site.language),
        published_at=page.timestamp,
        revision=str(page.revision),
        metadata=_metadata(page, site, found_by)
        | ({} if part.path is None else {"heading_path": list(part.path)}),
    )


def _metadata(page: PageText, site: Site, found_by: str) -> dict[str, Any]:
    return {
        "wiki": site.wiki_id,
        "page_id": page.page_id,
        "page_title": page.title,
        "page_url": page.url,
        "revision": page.revision,
        "timestamp": f"{page.timestamp.isoformat()}Z" if page.timestamp else None,
        "licence": site.licence,
        "licence_url": site.licence_url,
        "found_by": found_by,
    }


def _permanent_url(page: PageText, path: tuple[str, ...]) -> str | None:
    """The address that goes on showing this revision, at the section's heading."""
    if page.url is None:
        return None
    joint = "&" if "?" in page.url else "?"
    anchor = "#" + quote(path[-1].replace(" ", "_")) if path else ""
    return f"{page.url}{joint}oldid={page.revision}{anchor}"


def _iso_639_1(code: str) -> str | None:
    """``en`` of ``en-gb``; None for languages that have no two-letter code."""
    first = code.partition("-")[0].lower()
    return first if len(first) == 2 else None
