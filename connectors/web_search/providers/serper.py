"""Serper: Google's results, with a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.http import JsonApi
from connectors.web_search.providers.base import (
    PagedProvider,
    ResultPage,
    hits_of,
    key_from,
    results_of,
)
from labelloop.errors import SourceRefused

BASE_URL = "https://google.serper.dev"
KEY_VARIABLE = "LABELLOOP_SERPER_KEY"
_RANGES = {"day": "qdr:d", "week": "qdr:w", "month": "qdr:m", "year": "qdr:y"}
_KEY_TROUBLE = {
    "HTTP 400": f"The credits of the key in {KEY_VARIABLE} may be used up, or the query is not accepted",
    "HTTP 401": f"The key in {KEY_VARIABLE} is not accepted",
    "HTTP 403": f"The key in {KEY_VARIABLE} is not accepted",
}


class SerperProvider(PagedProvider):
    """``POST /search``, as its documentation describes it; never met the live service."""

    name = "serper"

    def __init__(
        self,
        make_api: Callable[[dict[str, str]], JsonApi],
        base_url: str | None = None,
        *,
        language: str | None = None,
        time_range: str | None = None,
    ) -> None:
        self._api = make_api({"X-API-KEY": key_from(KEY_VARIABLE, "serper.dev")})
        self._address = f"{(base_url or BASE_URL).removesuffix('/search')}/search"
        wishes = {"hl": language, "tbs": _RANGES.get(time_range or "")}
        self._wishes = {name: value for name, value in wishes.items() if value}

    def page(self, query: str, number: int, first_rank: int) -> ResultPage:
        """One page of ``organic``; its dates ('3 days ago') are not dates and are left."""
        asked: dict[str, Any] = {"q": query, "page": number, **self._wishes}
        try:
            answer = self._api.post(self._address, asked)
        except SourceRefused as error:
            remedy = _KEY_TROUBLE.get(error.reason or "", error.remedy)
            raise SourceRefused(error.message, remedy=remedy, reason=error.reason) from None
        return ResultPage(hits_of(results_of(answer, ("organic",), "Serper"), first_rank, url="link"))
