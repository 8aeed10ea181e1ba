"""Serper: Google's results, with a key."""

from __future__ import annotations

from typing import Any

from connectors.web_search.providers.base import (
    KeyedProvider,
    ResultPage,
    hits_of,
    results_of,
)
from labelloop.errors import SourceRefused

KEY_VARIABLE = "LABELLOOP_SERPER_KEY"
_RANGES = {"day": "qdr:d", "week": "qdr:w", "month": "qdr:m", "year": "qdr:y"}
_KEY_TROUBLE = {
    "HTTP 400": f"The credits of the key in {KEY_VARIABLE} may be used up, or the query is not accepted",
    "HTTP 401": f"The key in {KEY_VARIABLE} is not accepted",
    "HTTP 403": f"The key in {KEY_VARIABLE} is not accepted",
}


class SerperProvider(KeyedProvider):
    """``POST /search``, as its documentation describes it; never met the live service."""

    name = "serper"

    home = "https://google.serper.dev"
    key_variable = KEY_VARIABLE
    key_header = "X-API-KEY"
    keys_at = "serper.dev"

    def wishes(self, language: str | None, time_range: str | None) -> dict[str, str | None]:
        """In Google's names."""
        return {"hl": language, "tbs": _RANGES.get(time_range or "")}

    def page(self, query: str, number: int, first_rank: int) -> ResultPage:
        """One page of ``organic``; its dates ('3 days ago') are not dates and are left."""
        asked: dict[str, Any] = {"q": query, "page": number, **self._wishes}
        try:
            answer = self._api.post(f"{self._base.removesuffix('/search')}/search", asked)
        except SourceRefused as error:
            remedy = _KEY_TROUBLE.get(error.reason or "", error.remedy)
            raise SourceRefused(error.message, remedy=remedy, reason=error.reason) from None
        return ResultPage(hits_of(results_of(answer, ("organic",), "Serper"), first_rank, url="link"))
