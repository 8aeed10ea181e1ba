"""What a search provider is: a query in, pages of hits out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.http import JsonApi
from labelloop.errors import SourceMisconfigured, SourceRefused


@dataclass(frozen=True, slots=True)
class Hit:
    """One result.

    Attributes:
        url: As the provider gave it.
        rank: From 1, over all pages of the query, as the provider ordered them.
        published_at: As the provider says, UTC without a zone.
    """

    url: str
    rank: int
    title: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results.

    Attributes:
        last: The provider says that no page follows.
        missing: Search engines behind the provider that did not answer.
    """

    hits: tuple[Hit, ...]
    last: bool = False
    missing: tuple[str, ...] = ()


class SearchProvider(ABC):
    """Where hits come from.

    Attributes:
        name: As in the setting ``provider``.
    """

    name: str

    @abstractmethod
    def pages(self, query: str, most: int) -> Iterator[ResultPage]:
        """At most ``most`` pages of a query, lazily.

        Raises:
            SourceUnavailable: The service cannot be reached, is busy, or its engines are.
            SourceRefused: It says no; reason ``query refused`` where it is about this query only.
        """


class PagedProvider(SearchProvider):
    """A search service that is asked page by page.

    Attributes:
        most_pages: How many pages the service gives for one query.
    """

    most_pages: int = 1000

    @abstractmethod
    def page(self, query: str, number: int, first_rank: int) -> ResultPage:
        """Page ``number`` (from 1) of a query; its first hit has rank ``first_rank``."""

    def pages(self, query: str, most: int) -> Iterator[ResultPage]:
        """The pages of a query, lazily, until one is empty, repeats the one before, or is last."""
        before: set[str] = set()
        rank = 1
        for number in range(1, min(most, self.most_pages) + 1):
            page = self.page(query, number, rank)
            urls = {hit.url for hit in page.hits}
            if urls <= before:  # also where both are empty
                yield ResultPage((), last=True, missing=page.missing)
                return
            yield page
            if page.last:
                return
            before, rank = urls, rank + len(page.hits)


class KeyedProvider(PagedProvider):
    """A search service at one address with a key in a header.

    Attributes:
        home: Its address, where ``base_url`` names no other.
        key_variable: Environment variable of the key.
        key_header: Header that carries it.
        keys_at: Where people get one.
    """

    home: str
    key_variable: str
    key_header: str
    keys_at: str

    def __init__(
        self,
        make_api: Callable[[dict[str, str]], JsonApi],
        base_url: str | None = None,
        *,
        language: str | None = None,
        time_range: str | None = None,
    ) -> None:
        self._api = make_api({self.key_header: key_from(self.key_variable, self.keys_at)})
        self._base = base_url or self.home
        wishes = self.wishes(language, time_range)
        self._wishes = {name: value for name, value in wishes.items() if value}

    @abstractmethod
    def wishes(self, language: str | None, time_range: str | None) -> dict[str, str | None]:
        """Language and time as the service's parameters; None where it has no such thing."""


def key_from(variable: str, where_from: str) -> str:
    """A key from the environment.

    Raises:
        SourceMisconfigured: It is not set, or cannot be a key; the value is never repeated.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise SourceMisconfigured(
            f"the environment variable {variable} is not set",
            remedy=f"Put the key there that you get at {where_from}",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SourceMisconfigured(f"the environment variable {variable} holds no usable key")
    return key


def results_of(answer: Any, path: tuple[str, ...], service: str) -> list[Mapping[str, Any]]:
    """The list of results somewhere in an answer; empty where it is missing.

    Raises:
        SourceRefused: There is something else in its place.
    """
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else ...
        if answer is None:
            return []
    if not isinstance(answer, list):
        raise SourceRefused(
            f"{service} answered JSON without a list {'.'.join(path)!r}",
            remedy="Look whether base_url leads to it",
            reason="unknown answer",
        )
    return [result for result in answer if isinstance(result, dict)]


def hits_of(
    results: list[Mapping[str, Any]], first_rank: int, *, url: str, published: str | None = None
) -> tuple[Hit, ...]:
    """Hits of those results that have an address; ``url`` and ``published`` name their fields."""
    found = [result for result in results if isinstance(result.get(url), str) and result[url]]
    return tuple(
        Hit(result[url], rank, _text(result.get("title")), as_date(result.get(published or "")))
        for rank, result in enumerate(found, start=first_rank)
    )


def _text(value: Any) -> str | None:
    return " ".join(value.split())[:500] or None if isinstance(value, str) else None


def as_date(value: Any) -> datetime | None:
    """A date in ISO 8601 as UTC without a zone; None for anything else ('3 days ago')."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
