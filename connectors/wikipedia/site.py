"""What a wiki says about itself: its id, language, licence and words for 'Category'."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.wikipedia.client import WikiClient
from labelloop.errors import SourceMisconfigured

CATEGORY_NAMESPACE = 14


@dataclass(frozen=True, slots=True)
class Site:
    """One wiki.

    Attributes:
        wiki_id: Its own name for itself (``enwiki``); begins every document's id.
        name: ``Wikipedia``.
        software: ``MediaWiki 1.45.0``.
        language: Language code of its content.
        licence: Name and address of its texts' licence, None where it names none.
        category_words: What 'Category' is called there, in small letters, aliases among them.
    """

    wiki_id: str
    name: str
    software: str
    language: str
    licence: str | None
    licence_url: str | None
    category_words: frozenset[str]

    def category_title(self, written: str) -> str:
        """A category's title with the prefix that every wiki knows, whatever was written."""
        prefix, colon, rest = written.partition(":")
        named = rest if colon and prefix.strip().casefold() in self.category_words else written
        return f"Category:{named.strip()}"


def ask_site(client: WikiClient) -> Site:
    """Ask a wiki about itself, in one request.

    Raises:
        SourceMisconfigured: What answers there speaks JSON, but is no MediaWiki.
        SourceError: See :meth:`WikiClient.query`.
    """
    props = "general|rightsinfo|namespaces|namespacealiases"
    answer = client.query(action="query", meta="siteinfo", siprop=props).get("query", {})
    if "general" not in answer:
        raise SourceMisconfigured(
            f"{client.endpoint} answers JSON, but not as a MediaWiki does",
            remedy="Check the setting api_url",
        )
    general, rights = answer["general"], answer.get("rightsinfo", {})
    return Site(
        wiki_id=str(general.get("wikiid") or general.get("servername") or "wiki"),
        name=str(general.get("sitename", "")),
        software=str(general.get("generator", "MediaWiki")),
        language=str(general.get("lang", "")),
        licence=rights.get("text") or None,
        licence_url=rights.get("url") or None,
        category_words=_category_words(answer),
    )


def _category_words(answer: dict[str, object]) -> frozenset[str]:
    spaces, aliases = answer.get("namespaces", {}), answer.get("namespacealiases", [])
    rows = [*spaces.values()] if isinstance(spaces, dict) else []
    rows += aliases if isinstance(aliases, list) else []
    words = {"category"}
    for row in rows:
        if row.get("id") == CATEGORY_NAMESPACE:
            words |= {row.get("*", "category"), row.get("canonical", "category")}
    return frozenset(word.casefold() for word in words)
