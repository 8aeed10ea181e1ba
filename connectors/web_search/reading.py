"""One hit becomes a document, or a reason why not."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from connectors.http import Fetched, Fetcher
from connectors.web_search.canonical import canonical_url
from connectors.web_search.memory import Known, Memory, digest
from connectors.web_search.page_text import (
    PageText,
    has_too_many_elements,
    is_binary,
    is_login_page,
    page_text,
)
from connectors.web_search.providers.base import Hit
from labelloop.errors import SourceRefused, SourceUnavailable
from labelloop.records import FetchedDocument

logger = logging.getLogger(__name__)

ELSEWHERE = "same page as another result"
NOT_DUE = "not due yet"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one hit.

    Attributes:
        document: The new or changed document, if it is one.
        unchanged: It was asked, and is as it was.
        skipped: Why there is nothing of it.
        failed: The page ought to have given a text and did not.
        passing: Another try may help.
    """

    document: FetchedDocument | None = None
    unchanged: bool = False
    skipped: str | None = None
    failed: bool = False
    passing: bool = False


class PageReader:
    """Reads pages that are due, and notes in the memory what came of it.

    Args:
        minutes: Now, in minutes since 1970.
        refresh_minutes: A page is not asked again before.
        shortest: Characters of text that a page must have.
        provider: Named in every document's metadata.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        memory: Memory,
        *,
        minutes: int,
        refresh_minutes: float,
        shortest: int,
        provider: str,
    ) -> None:
        self._fetcher = fetcher
        self._memory = memory
        self._minutes = minutes
        self._refresh_minutes = refresh_minutes
        self._shortest = shortest
        self._provider = provider

    def read(self, hit: Hit, address: str, query: str) -> Outcome:
        """The outcome of a hit whose canonical address this run meets for the first time."""
        known = self._memory.known(address)
        if known and self._minutes - known.minutes < self._refresh_minutes:
            fine = known.refused in {None, ELSEWHERE}
            return Outcome(skipped=known.refused or NOT_DUE, failed=not fine)
        try:
            return self._asked(hit, address, query, known)
        except SourceUnavailable as error:  # not noted: the next run tries again
            logger.info("%s", error)
            return Outcome(skipped=error.reason or "unavailable", failed=True, passing=True)
        except SourceRefused as refusal:
            logger.info("%s", refusal)
            reason = refusal.reason or "refused"
            self._memory.note(address, Known(self._minutes, refused=reason))
            return Outcome(skipped=reason, failed=reason != ELSEWHERE)

    def _asked(self, hit: Hit, address: str, query: str, known: Known | None) -> Outcome:
        before = known or Known(0)
        fetched = self._fetcher.get(address, etag=before.etag, last_modified=before.last_modified)
        if fetched.not_modified:
            same = Known(self._minutes, before.text, before.etag, before.last_modified)
            self._memory.note(address, same)
            return Outcome(unchanged=True)
        final = self._final(fetched.url, address)
        page = self._text(fetched)
        now_known = Known(self._minutes, digest(page.text), fetched.etag, fetched.last_modified)
        for place in {address, final}:
            self._memory.note(place, now_known)
        if now_known.text == before.text:
            return Outcome(unchanged=True)
        return Outcome(_document(page, hit, final, self._metadata(page, hit, query, address, final)))

    def _final(self, url: str, address: str) -> str:
        """Where redirects ended, if no other result of this run is there."""
        try:
            final = canonical_url(url)
        except ValueError:
            return address
        if final != address and not self._memory.first_time(final):
            raise SourceRefused(f"{address} leads to {final}, which is known", reason=ELSEWHERE)
        return final

    def _text(self, fetched: Fetched) -> PageText:
        where = fetched.url
        if is_binary(fetched.content, fetched.charset):
            raise SourceRefused(f"{where} is binary", reason="binary")
        if has_too_many_elements(fetched.content):
            raise SourceRefused(f"{where} has too many elements", reason="too many elements")
        page = page_text(
            fetched.content,
            url=where,
            content_type=fetched.content_type or "text/html",
            charset=fetched.charset,
        )
        if page is None:
            raise SourceRefused(f"{where} has no text", reason="no text found")
        if is_login_page(fetched.content, page.text):
            raise SourceRefused(f"{where} asks for a password", reason="log-in page")
        if len(page.text) < self._shortest:
            raise SourceRefused(f"{where} has {len(page.text)} characters", reason="too little text")
        return page

    def _metadata(
        self, page: PageText, hit: Hit, query: str, address: str, final: str
    ) -> dict[str, Any]:
        date_from = "provider" if hit.published_at else "page, a guess" if page.published_at else None
        told = {
            "provider": self._provider,
            "query": query,
            "rank": hit.rank,
            "author": page.author,
            "date_from": date_from,
            "found_by": page.found_by,
            "redirected_from": address if final != address else None,
        }
        return {name: value for name, value in told.items() if value not in {None, ""}}


def _document(page: PageText, hit: Hit, final: str, metadata: dict[str, Any]) -> FetchedDocument:
    return FetchedDocument(
        external_id=final,
        text=page.text,
        title=page.title or hit.title,
        url=final,
        published_at=hit.published_at or page.published_at,
        metadata=metadata,
    )
