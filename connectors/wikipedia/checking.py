"""What a source names, in one line, without reading a page."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.wikipedia import listing
from connectors.wikipedia.client import WikiClient
from connectors.wikipedia.settings import WikipediaSettings
from connectors.wikipedia.site import Site
from labelloop.errors import SourceMisconfigured
from labelloop.records import Rejected


def summary(client: WikiClient, settings: WikipediaSettings, site: Site) -> str:
    """``Wikipedia (MediaWiki 1.45, en): category 'Wind power': 120 pages, 14 subcategories``.

    Raises:
        SourceMisconfigured: A category is unknown, or no page has any of the titles.
        SourceError: See :meth:`WikiClient.query`.
    """
    parts = [*_titles(client, settings), *_categories(client, settings, site)]
    parts += _searches(client, settings)
    return f"{site.name} ({site.software}, {site.language}): {'; '.join(parts)}"


def _titles(client: WikiClient, settings: WikipediaSettings) -> Iterator[str]:
    if not settings.titles:
        return
    found = list(listing.by_title(client, settings.titles))
    absent = [row for row in found if isinstance(row, Rejected)]
    if len(absent) == len(found):
        named = ", ".join(f"{row.place}: {row.reason}" for row in absent[:3])
        raise SourceMisconfigured(
            f"{client.endpoint} has a page for none of {len(absent)} titles ({named})",
            remedy="Check the setting titles; capitals count after the first letter",
        )
    there = _count(len(found) - len(absent), "title", "titles")
    yield there + (f", {len(absent)} not found" if absent else "")


def _categories(client: WikiClient, settings: WikipediaSettings, site: Site) -> Iterator[str]:
    known, unknown = known_categories(client, settings, site)
    if unknown:
        raise unknown_categories(client, site, unknown)
    for title, counts in known.items():
        name = title.partition(":")[2]
        pages = _count(counts.get("pages", 0), "page", "pages")
        below = _count(counts.get("subcats", 0), "subcategory", "subcategories")
        yield f"category {name!r}: {pages}, {below}"


def known_categories(
    client: WikiClient, settings: WikipediaSettings, site: Site
) -> tuple[dict[str, dict[str, int]], list[str]]:
    """The settings' categories; see :func:`listing.known_categories`."""
    titles = [site.category_title(name) for name in settings.categories]
    return listing.known_categories(client, list(dict.fromkeys(titles)))


def unknown_categories(client: WikiClient, site: Site, unknown: list[str]) -> SourceMisconfigured:
    """The error that names categories which the wiki does not have."""
    names = ", ".join(repr(name.partition(":")[2] or name) for name in unknown)
    word = "category" if len(unknown) == 1 else "categories"
    return SourceMisconfigured(
        f"{site.name} ({client.endpoint}) has no {word} {names}",
        remedy="Spelling and capitals count after the first letter: open the category in a browser",
    )


def _searches(client: WikiClient, settings: WikipediaSettings) -> Iterator[str]:
    for words in settings.search:
        answer = client.query(
            action="query",
            list="search",
            srsearch=words,
            srwhat="text",
            srnamespace="|".join(map(str, settings.namespaces)),
            srlimit=1,
            srinfo="totalhits",
            srprop="",
        )
        hits = int(answer.get("query", {}).get("searchinfo", {}).get("totalhits", 0))
        yield f"search {words!r}: {_count(hits, 'page', 'pages')}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
