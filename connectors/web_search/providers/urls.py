"""Addresses that the operator lists: no search at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from connectors.web_search.providers.base import Hit, ResultPage, SearchProvider
from labelloop.errors import SourceMisconfigured

_PER_PAGE = 100


class UrlsProvider(SearchProvider):
    """A list, or a file with one address per line; lines that begin with '#' are remarks.

    The file is read line by line, so it may be of any length.
    """

    name = "urls"

    def __init__(self, urls: list[str] | str, folder: Path) -> None:
        self._urls = urls
        self._folder = folder

    def pages(self, query: str, most: int) -> Iterator[ResultPage]:
        """All addresses, a hundred at a time; there is no query and no most."""
        listed = enumerate(self._listed(), start=1)
        while hits := tuple(Hit(url, rank) for rank, url in islice(listed, _PER_PAGE)):
            yield ResultPage(hits)

    def _listed(self) -> Iterable[str]:
        return self._lines(self._folder / self._urls) if isinstance(self._urls, str) else self._urls

    def _lines(self, path: Path) -> Iterator[str]:
        try:
            with path.open(encoding="utf-8-sig") as lines:
                for line in lines:
                    if line.strip() and not line.lstrip().startswith("#"):
                        yield line.strip()
        except OSError as error:
            raise SourceMisconfigured(
                f"urls: {path} cannot be read: {error.strerror}",
                remedy="Give a list of addresses, or a file that is there",
            ) from None
        except UnicodeDecodeError:
            raise SourceMisconfigured(f"urls: {path} is not UTF-8 text") from None
