"""SearXNG, or searx: a metasearch server of one's own."""

from __future__ import annotations

from typing import Any

from connectors.http import JsonApi
from connectors.web_search.providers.base import PagedProvider, ResultPage, hits_of, results_of
from labelloop.errors import SourceRefused, SourceUnavailable

_NO_JSON = "Add 'json' under search: formats: in its settings.yml, and look whether base_url is right"


class SearxngProvider(PagedProvider):
    """``GET /search?format=json``; seen live in searx 1.1 and SearXNG of August 2026."""

    name = "searxng"

    def __init__(
        self, api: JsonApi, base_url: str, *, language: str | None = None, time_range: str | None = None
    ) -> None:
        self._api = api
        self._address = f"{base_url.removesuffix('/search')}/search"
        wishes = {"language": language, "time_range": time_range}
        self._wishes = {name: value for name, value in wishes.items() if value}

    def page(self, query: str, number: int, first_rank: int) -> ResultPage:
        """Raises SourceUnavailable where nothing was found and engines did not answer."""
        answer = self._answer({"q": query, "format": "json", "pageno": number, **self._wishes})
        hits = hits_of(
            results_of(answer, ("results",), "SearXNG"), first_rank, url="url", published="publishedDate"
        )
        missing = _unresponsive(answer)
        if not hits and missing and number == 1:
            raise SourceUnavailable(
                f"SearXNG found nothing for {query!r}, as {', '.join(missing)} did not answer it",
                reason="search engines did not answer",
            )
        return ResultPage(hits, missing=missing)

    def _answer(self, params: dict[str, str | int]) -> Any:
        try:
            return self._api.get(self._address, params)
        except SourceUnavailable as error:
            if error.reason == "HTTP 429":
                error.remedy = "Its limiter holds this machine back: exempt it, or raise delay"
            raise
        except SourceRefused as error:
            if error.reason == "HTTP 400":
                raise SourceRefused(
                    f"{error.message} to the query {params['q']!r}", reason="query refused"
                ) from None
            if error.reason in {"HTTP 403", "HTML", "not JSON"}:
                raise SourceRefused(error.message, remedy=_NO_JSON, reason=error.reason) from None
            raise


def _unresponsive(answer: Any) -> tuple[str, ...]:
    """Names of the engines that failed; the answer lists pairs of name and fault."""
    listed = answer.get("unresponsive_engines") if isinstance(answer, dict) else None
    return tuple(str(entry[0]) for entry in listed or [] if isinstance(entry, list) and entry)
