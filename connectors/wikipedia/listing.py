"""Which pages a source names, each with its newest revision: one request for up to 500.

Everything streams: of a category of any size, one list of 500 is held at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.wikipedia.client import WikiClient
from connectors.wikipedia.site import CATEGORY_NAMESPACE
from labelloop.records import Rejected

LIST_SIZE = 500
"""Most entries of a list that a wiki gives to callers without special rights."""

TITLES_PER_REQUEST = 50
_ADDRESS_CHARACTERS = 5000  # servers refuse addresses beyond some 8,000 characters
_PROPS = {"prop": "info|pageprops", "ppprop": "disambiguation"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that may be read.

    Attributes:
        revision: Id of its newest revision (``lastrevid``).
        found_by: Which setting named it: ``title``, ``category: X`` or ``search: words``.
    """

    page_id: int
    title: str
    revision: int
    found_by: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A page passed over on purpose."""

    reason: str


Found = Listed | LeftOut | Rejected


def by_title(client: WikiClient, titles: Sequence[str]) -> Iterator[Found]:
    """Pages by title, redirects followed. A title without a page is rejected."""
    askable = [title for title in titles if "|" not in title]  # '|' parts titles in a request
    for title in titles:
        if "|" in title:
            yield _no_page(title, "not a possible title")
    for some in _portions(askable):
        for pages in client.pages(titles="|".join(some), **_PROPS):
            yield from (_named(page) for page in pages)


def by_category(
    client: WikiClient,
    categories: Iterable[str],
    *,
    depth: int,
    namespaces: Sequence[int],
    list_size: int = LIST_SIZE,
) -> Iterator[Found]:
    """Pages of categories and of those below them, nearest first, each category once.

    Args:
        categories: Titles with the prefix ``Category:``.
        depth: Levels below the named ones; categories may contain each other.
    """
    waiting = deque((title, depth) for title in categories)
    met = {title for title, _ in waiting}
    while waiting:
        category, below = waiting.popleft()
        for page in _members(client, category, subcategories=below > 0, list_size=list_size):
            if page.get("ns") == CATEGORY_NAMESPACE:
                if page["title"] not in met:
                    met.add(page["title"])
                    waiting.append((page["title"], below - 1))
                continue
            yield _listed(page, f"category: {category.partition(':')[2]}", namespaces)


def _members(
    client: WikiClient, category: str, *, subcategories: bool, list_size: int
) -> Iterator[dict[str, Any]]:
    kinds = "page|subcat" if subcategories else "page"
    listing = client.pages(
        generator="categorymembers", gcmtitle=category, gcmtype=kinds, gcmlimit=list_size, **_PROPS
    )
    for pages in listing:
        yield from pages


def by_search(
    client: WikiClient, words: str, *, namespaces: Sequence[int], list_size: int = LIST_SIZE
) -> Iterator[Found]:
    """Pages that the wiki's search finds, best first.

    Wikipedia gives no more than the first 10,000.
    """
    listing = client.pages(
        generator="search",
        gsrsearch=words,
        gsrwhat="text",  # the default looks at titles only, on wikis without a search engine
        gsrnamespace="|".join(map(str, namespaces)),
        gsrlimit=list_size,
        **_PROPS,
    )
    for pages in listing:
        for page in sorted(pages, key=lambda page: int(page.get("index", 0))):
            yield _listed(page, f"search: {words}", namespaces)


def known_categories(
    client: WikiClient, titles: Sequence[str]
) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Which categories there are.

    A category without a page of its own is one if something is in it.

    Returns:
        Title and counts (``pages``, ``subcats``) of those there are; titles of the others.
    """
    known: dict[str, dict[str, int]] = {}
    unknown: list[str] = [title for title in titles if "|" in title]
    for some in _portions([title for title in titles if "|" not in title]):
        for pages in client.pages(titles="|".join(some), prop="categoryinfo"):
            for page in pages:
                there = "categoryinfo" in page or "pageid" in page
                if there and page.get("ns") == CATEGORY_NAMESPACE:
                    known[page["title"]] = page.get("categoryinfo", {})
                else:
                    unknown.append(str(page.get("title", "?")))
    return known, unknown


def _portions(titles: Sequence[str]) -> Iterator[list[str]]:
    """At most 50 titles, and not more than an address can hold."""
    portion: list[str] = []
    length = 0
    for title in titles:
        more = len(quote(title)) + 3
        if portion and (len(portion) == TITLES_PER_REQUEST or length + more > _ADDRESS_CHARACTERS):
            yield portion
            portion, length = [], 0
        portion.append(title)
        length += more
    if portion:
        yield portion


def _named(page: dict[str, Any]) -> Found:
    """A page asked for by title: of any namespace, but it must be there."""
    title = str(page.get("title", "?"))
    if "interwiki" in page:
        return _no_page(title, "belongs to another wiki")
    if "invalid" in page:
        return _no_page(title, "not a possible title")
    if "missing" in page or "special" in page:
        return _no_page(title, "no such page")
    return _listed(page, "title", [int(page["ns"])])


def _no_page(title: str, reason: str) -> Rejected:
    return Rejected(place=f"title {title!r}", reason=reason)


def _listed(page: dict[str, Any], found_by: str, namespaces: Sequence[int]) -> Listed | LeftOut:
    if "missing" in page or "pageid" not in page:  # search indexes lag behind deletions
        return LeftOut("deleted page")
    if page["ns"] not in namespaces:
        return LeftOut("other namespace")
    if "disambiguation" in page.get("pageprops", {}):
        return LeftOut("disambiguation page")
    return Listed(int(page["pageid"]), str(page["title"]), int(page.get("lastrevid", 0)), found_by)
