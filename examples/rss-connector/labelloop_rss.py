"""The connector ``rss``: entries of RSS and Atom feeds."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bs4 import BeautifulSoup
from lxml import etree
from pydantic import Field

from connectors.base import Checked, Connector, ConnectorSettings
from connectors.http import ANY_TYPE, Fetcher, FetchPolicy, user_agent
from connectors.incremental import new_or_changed
from labelloop.errors import SourceRefused
from labelloop.records import Batch, FetchedDocument, Rejected


class RssSettings(ConnectorSettings):
    """What a source of this connector takes in the project file."""

    url: str = Field(description="Address of an RSS or Atom feed")
    contact: str | None = Field(default=None, description="Your address, told to the feed's operator")
    allow_addresses: tuple[str, ...] = Field(
        default=(), description="Otherwise refused addresses, such as a host of your own network"
    )


class RssConnector(Connector[RssSettings]):
    """Reads one document per entry of a feed, its HTML as plain text."""

    name = "rss"
    Settings = RssSettings

    def check(self) -> Checked:
        entries = sum(isinstance(entry, FetchedDocument) for entry in self._offered())
        return Checked(f"{entries} entries")

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        yield from new_or_changed(self._offered(), cursor, self.batch_size)

    def _offered(self) -> Iterator[FetchedDocument | Rejected]:
        policy = FetchPolicy(
            user_agent=user_agent(self.settings.contact), allow_addresses=self.settings.allow_addresses
        )
        with Fetcher(policy) as fetcher:
            fetched = fetcher.get(self.settings.url, accept=ANY_TYPE)
        entries = [node for node in parsed(fetched.content).iter() if local(node) in {"item", "entry"}]
        for number, entry in enumerate(entries, start=1):
            yield document(entry) or Rejected(f"{fetched.url} entry {number}", "neither text nor title")


def parsed(xml: bytes) -> etree._Element:
    """The root of a feed. Entities, which can blow up or read files, are refused unparsed."""
    if b"<!ENTITY" in xml.replace(b"\0", b""):  # without the zeros of UTF-16
        raise SourceRefused("the feed declares XML entities", remedy="No honest feed needs them")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise SourceRefused(f"this is not XML: {error}", remedy="Give the address of the feed") from None
    if local(root) not in {"rss", "feed", "RDF"}:
        raise SourceRefused(f"<{local(root)}> is no feed", remedy="Give the address of the feed")
    return root


def document(entry: etree._Element) -> FetchedDocument | None:
    """The document of an entry; None when there is nothing to read in it."""
    parts = {local(part): part for part in reversed(entry)}  # of several, the first counts
    title = plain(parts.get("title"))
    bodies = (plain(parts.get(name)) for name in ("encoded", "content", "description", "summary"))
    text = next((body for body in bodies if body), title)
    url = link(entry)
    identity = words(parts.get("guid")) or words(parts.get("id")) or url or text
    if not text or not identity:
        return None
    dates = (words(parts.get(name)) for name in ("published", "pubDate", "date", "updated"))
    when = moment(next(filter(None, dates), ""))
    return FetchedDocument(identity, text, title=title or None, url=url, published_at=when)


def local(node: etree._Element) -> str:
    """A tag without its namespace; comments and the like have none."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def words(node: etree._Element | None) -> str:
    """The text in an element, tags left out."""
    return "" if node is None else "".join(node.itertext()).strip()


def plain(node: etree._Element | None) -> str:
    """The same with the HTML taken off that feeds wrap into text."""
    html = words(node)
    return BeautifulSoup(html, "html.parser").get_text(" ", strip=True) if {"<", "&"} & {*html} else html


def link(entry: etree._Element) -> str | None:
    """Where a person reads the entry: Atom's alternate link, or RSS's."""
    for node in entry:
        if local(node) == "link" and node.get("rel", "alternate") == "alternate":
            url = (node.get("href") or node.text or "").strip()
            if url.startswith(("http://", "https://")):
                return url
    return None


def moment(written: str) -> datetime | None:
    """A date of RSS or Atom in UTC, without a zone; None when it is neither."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = parse(written)
        except ValueError:
            continue
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)
    return None
