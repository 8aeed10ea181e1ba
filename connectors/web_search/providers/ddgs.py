"""Public search engines without a key, through the package ``ddgs``."""

from __future__ import annotations

from typing import Any

from connectors.http import Pace
from connectors.web_search.providers.base import PagedProvider, ResultPage, hits_of, results_of
from labelloop.errors import MissingExtra, SourceUnavailable

_RANGES = {"day": "d", "week": "w", "month": "m", "year": "y"}
_REGIONS = {
    "ar": "xa-ar", "cs": "cz-cs", "da": "dk-da", "el": "gr-el", "en": "us-en", "et": "ee-et",
    "he": "il-he", "ja": "jp-jp", "ko": "kr-kr", "sl": "sl-sl", "sv": "se-sv", "uk": "ua-uk",
    "vi": "vn-vi", "zh": "cn-zh",
}  # fmt: skip  # elsewhere country and language are written alike: de-de, fr-fr
SILENT = "ddgs (empty or throttled, it does not say which)"


class DdgsProvider(PagedProvider):
    """``DDGS().text()`` of ddgs 9; its results' shape was checked, its engines never met live.

    It opens connections of its own, to the search engines only; pages are read elsewhere.

    Args:
        client: A ``ddgs.DDGS``; tests give their own.
        pace: Spaces the requests.
    """

    name = "ddgs"

    def __init__(
        self,
        *,
        client: Any = None,
        pace: Pace | None = None,
        timeout: int = 10,
        language: str | None = None,
        time_range: str | None = None,
    ) -> None:
        self._client = client or _client(timeout)
        self._pace = pace or Pace(0.0)
        self._region = _REGIONS.get(language or "en", f"{language}-{language}")
        self._time_range = _RANGES.get(time_range or "")

    def page(self, query: str, number: int, first_rank: int) -> ResultPage:
        """One page; an empty first one is named as missing, for throttling looks the same."""
        self._pace.wait(self.name)
        try:
            found = self._client.text(
                query, region=self._region, timelimit=self._time_range, page=number, max_results=20
            )
        except Exception as error:  # noqa: BLE001  # its engines throw what their HTTP library throws
            if "no results" not in str(error).lower():
                raise SourceUnavailable(
                    f"ddgs found nothing for {query!r}: {type(error).__name__}",
                    remedy="Public engines hold back frequent askers: try later, or another provider",
                    reason="search engines did not answer",
                ) from None
            found = []
        hits = hits_of(results_of(found, (), "ddgs"), first_rank, url="href")
        return ResultPage(hits, missing=() if hits or number > 1 else (SILENT,))


def _client(timeout: int) -> Any:
    try:
        from ddgs import DDGS  # type: ignore[import-not-found,unused-ignore]  # optional
    except ImportError:
        raise MissingExtra(
            "the provider 'ddgs' needs the package ddgs, which is not installed",
            remedy="Install it with: pip install 'ddgs>=9'",
        ) from None
    return DDGS(timeout=timeout)
