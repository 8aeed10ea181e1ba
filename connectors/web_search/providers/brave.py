"""Brave Search, with a key."""

from __future__ import annotations

from connectors.web_search.providers.base import (
    KeyedProvider,
    ResultPage,
    hits_of,
    results_of,
)
from labelloop.errors import SourceRefused

KEY_VARIABLE = "LABELLOOP_BRAVE_KEY"
_RESULTS = 20  # the most that one page holds
_FRESHNESS = {"day": "pd", "week": "pw", "month": "pm", "year": "py"}
_LANGUAGES = {"ja": "jp", "pt": "pt-pt", "zh": "zh-hans", "no": "nb"}  # its own names


class BraveProvider(KeyedProvider):
    """``GET /res/v1/web/search``, as its documentation describes it; never met the live service."""

    name = "brave"
    most_pages = 10  # offset counts pages, 0 to 9

    home = "https://api.search.brave.com"
    key_variable = KEY_VARIABLE
    key_header = "X-Subscription-Token"
    keys_at = "api.search.brave.com"

    def wishes(self, language: str | None, time_range: str | None) -> dict[str, str | None]:
        """In its own names."""
        return {
            "search_lang": _LANGUAGES.get(language or "", language),
            "freshness": _FRESHNESS.get(time_range or ""),
        }

    def page(self, query: str, number: int, first_rank: int) -> ResultPage:
        """One page of ``web.results``."""
        params: dict[str, str | int] = {"q": query, "count": _RESULTS, "offset": number - 1}
        try:
            answer = self._api.get(f"{self._base}/res/v1/web/search", {**params, **self._wishes})
        except SourceRefused as error:
            raise _explained(error) from None
        hits = hits_of(
            results_of(answer, ("web", "results"), "Brave"), first_rank, url="url", published="page_age"
        )
        said = answer.get("query") if isinstance(answer, dict) else None
        more = said.get("more_results_available", True) if isinstance(said, dict) else True
        return ResultPage(hits, last=not more)


def _explained(error: SourceRefused) -> SourceRefused:
    """Brave answers a wrong key with 401, 403 or 422, and a wrong parameter with 422, too."""
    if error.reason in {"HTTP 401", "HTTP 403"}:
        remedy = f"The key in {KEY_VARIABLE} is not accepted"
    elif error.reason == "HTTP 422":
        remedy = f"The key in {KEY_VARIABLE} is not accepted, or language or time_range is not"
    else:
        return error
    return SourceRefused(error.message, remedy=remedy, reason=error.reason)
