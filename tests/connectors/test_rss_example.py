"""The RSS example: fields of both formats, and feeds that are hostile or broken."""

from __future__ import annotations

import importlib.util
from datetime import datetime
from pathlib import Path

import pytest

from labelloop.errors import SourceError, SourceRefused
from labelloop.records import FetchedDocument

MODULE = Path(__file__).parents[2] / "examples" / "rss-connector" / "labelloop_rss.py"
RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<item><guid>1</guid><title>Solar &amp;amp; wind</title><link>https://example.org/1</link>
<description>short</description>
<content:encoded><![CDATA[<p>Long &amp; <b>bold</b></p>]]></content:encoded></item>
<item><title>Title alone</title><link>https://example.org/2</link><pubDate>soon</pubDate></item>
<item><link>https://example.org/3</link></item>
<!-- a comment --><item><description>four</description><link>javascript:alert(1)</link></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
<id>urn:1</id><title>Entry</title><link rel="self" href="https://example.org/self"/>
<link href="https://example.org/1"/><updated>2026-03-05T12:00:00Z</updated>
<published>2026-03-01T12:00:00-02:00</published>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Text <em>one</em></div></content>
</entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><item><title>T</title><link>https://example.org/1</link>
<description>D</description><dc:date>2026-03-01</dc:date></item></rdf:RDF>"""
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><rss><channel><item><title>&j;</title></item></channel></rss>"
)
PEEK = (
    '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><title>&a;</title></item></rss>'
)


@pytest.fixture(scope="module")
def rss():
    spec = importlib.util.spec_from_file_location("labelloop_rss", MODULE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def entries(rss):
    """The documents of a feed, None for entries without anything to read."""

    def read(feed: str | bytes) -> list[FetchedDocument | None]:
        root = rss.parsed(feed.encode() if isinstance(feed, str) else feed)
        return [rss.document(node) for node in root.iter() if rss.local(node) in {"item", "entry"}]

    return read


def test_rss(entries):
    first, second, third, fourth = entries(RSS)
    assert (first.external_id, first.title, first.text) == ("1", "Solar & wind", "Long & bold")
    assert (second.external_id, second.text) == ("https://example.org/2", "Title alone")
    assert second.published_at is None
    assert third is None
    assert (fourth.external_id, fourth.text, fourth.url) == ("four", "four", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_atom(entries, encoding):
    [entry] = entries(ATOM.encode(encoding))
    assert (entry.external_id, entry.title, entry.text) == ("urn:1", "Entry", "Text one")
    assert (entry.url, entry.published_at) == ("https://example.org/1", datetime(2026, 3, 1, 14))


def test_rss_1(entries):
    [entry] = entries(RDF)
    assert (entry.external_id, entry.text) == ("https://example.org/1", "D")
    assert entry.published_at == datetime(2026, 3, 1)


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (LAUGHS.encode(), "declares XML entities"),
        (LAUGHS.replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"), "declares XML entities"),
        (PEEK.encode(), "declares XML entities"),
        (b'<!DOCTYPE rss SYSTEM "file:///etc/passwd"><html/>', "<html> is no feed"),
        (b"<html><body>a page</body></html>", "<html> is no feed"),
        (b"<rss><item>", "this is not XML"),
        (b"<rss>" + b"<a>" * 100_000, "this is not XML"),
        (b'{"json": true}', "this is not XML"),
        (b"\x00\x01\x02", "this is not XML"),
        (b"", "this is not XML"),
    ],
    ids=range(10),
)
def test_hostile_and_broken_feeds(rss, feed, said):
    with pytest.raises(SourceRefused) as caught:
        rss.parsed(feed)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_private_address_is_refused_unless_it_is_allowed(rss, tmp_path):
    settings = rss.RssSettings(url="http://127.0.0.1:9/feed")
    with pytest.raises(SourceError, match="127"):
        rss.RssConnector(settings, source="s", folder=tmp_path).check()
