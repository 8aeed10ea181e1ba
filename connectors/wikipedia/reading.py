"""Reads pages: their text, revision, time and address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.wikipedia import text
from connectors.wikipedia.client import WikiClient
from connectors.wikipedia.faults import PageGone
from connectors.wikipedia.listing import TITLES_PER_REQUEST, Listed
from connectors.wikipedia.settings import Unit

INTRODUCTIONS_PER_REQUEST = 20  # TextExtracts gives whole articles one at a time only

_ABOUT = {"inprop": "url", "rvprop": "ids|timestamp"}


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as read.

    Attributes:
        revision: Id of the revision read; may be newer than the one listed.
        timestamp: When that revision was saved, UTC without a zone.
        url: The page's address, whatever revision it shows.
        extract: Plain text with ``== headings ==``.
    """

    page_id: int
    title: str
    revision: int
    timestamp: datetime | None
    url: str | None
    language: str
    extract: str


class Reader:
    """Reads through the extension TextExtracts, or where the wiki lacks it by parsing HTML.

    TextExtracts is tried first; the first page without an extract settles it for this reader.
    """

    def __init__(self, client: WikiClient, unit: Unit) -> None:
        self._client = client
        self._introductions = unit == "introduction"
        self._parses = False

    @property
    def portion(self) -> int:
        """How many pages one call of :meth:`read` should be given."""
        if self._parses:
            return TITLES_PER_REQUEST
        return INTRODUCTIONS_PER_REQUEST if self._introductions else 1

    def read(self, listed: Sequence[Listed]) -> list[PageText]:
        """The pages that are still there, in no certain order.

        Raises:
            SourceError: See :meth:`WikiClient.query`.
        """
        if not self._parses:
            pages = self._there(listed, prop="extracts|info|revisions", **self._extract_params())
            if all("extract" in page for page in pages):
                return [_page_text(page, page["extract"]) for page in pages]
            self._parses = True
        pages = self._there(listed, prop="info|revisions")
        return [page for about in pages if (page := self._parsed(about)) is not None]

    def _there(self, listed: Sequence[Listed], **params: Any) -> list[dict[str, Any]]:
        numbers = "|".join(str(page.page_id) for page in listed)
        lists = self._client.pages(pageids=numbers, **params, **_ABOUT)
        return [page for pages in lists for page in pages if "missing" not in page]

    def _extract_params(self) -> dict[str, Any]:
        params: dict[str, Any] = {"explaintext": 1, "exsectionformat": "wiki", "exlimit": 1}
        if self._introductions:
            params |= {"exintro": 1, "exlimit": INTRODUCTIONS_PER_REQUEST}
        return params

    def _parsed(self, about: dict[str, Any]) -> PageText | None:
        """The page by way of its HTML; None if it went away meanwhile."""
        only = {"section": 0} if self._introductions else {}
        try:
            answer = self._client.query(
                action="parse",
                pageid=about["pageid"],
                prop="text|revid",
                disabletoc=1,
                disableeditsection=1,
                disablelimitreport=1,
                **only,
            )["parse"]
        except PageGone:
            return None
        revision = int(answer.get("revid") or about["lastrevid"])
        return _page_text({**about, "lastrevid": revision}, text.from_html(answer["text"]["*"]))


def _page_text(page: dict[str, Any], extract: str) -> PageText:
    revisions = page.get("revisions") or [{}]
    return PageText(
        page_id=int(page["pageid"]),
        title=str(page["title"]),
        revision=int(page["lastrevid"]),
        timestamp=_moment(revisions[0].get("timestamp")),
        url=page.get("canonicalurl") or page.get("fullurl"),
        language=str(page.get("pagelanguage", "")),
        extract=extract,
    )


def _moment(written: str | None) -> datetime | None:
    """``2026-03-25T15:46:00Z`` as UTC without a zone."""
    return datetime.fromisoformat(written).replace(tzinfo=None) if written else None
