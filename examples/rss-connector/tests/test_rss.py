"""The connector keeps the contract, with a feed of a real server on this machine."""

import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from labelloop_rss import RssConnector, document, parsed

from connectors.testing import ConnectorContract

ITEM = """<item><guid>{0}</guid><title>Title {0}</title><link>https://example.org/{0}</link>
<description>&lt;p&gt;Text &lt;b&gt;{0}&lt;/b&gt;&lt;/p&gt;</description>
<pubDate>Mon, 02 Mar 2026 1{0}:00:00 +0100</pubDate></item>"""
FEED = f"<rss version='2.0'><channel>{''.join(map(ITEM.format, range(5)))}</channel></rss>".encode()


class Feed(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/feed" else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.end_headers()
        self.wfile.write(FEED if self.path == "/feed" else b"")


class TestRss(ConnectorContract):
    connector = RssConnector

    @pytest.fixture(autouse=True)
    def _server(self):
        with ThreadingHTTPServer(("127.0.0.1", 0), Feed) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            self.address = f"http://127.0.0.1:{server.server_port}"
            yield
            server.shutdown()

    def working(self, folder):
        return {"url": f"{self.address}/feed", "allow_addresses": ["127.0.0.1"]}

    def broken(self, folder):
        return {"url": f"{self.address}/gone", "allow_addresses": ["127.0.0.1"]}


def test_the_fields_of_an_entry():
    first = document(next(parsed(FEED).iter("item")))
    assert (first.external_id, first.title, first.text) == ("0", "Title 0", "Text 0")
    assert (first.url, first.published_at) == ("https://example.org/0", datetime(2026, 3, 2, 9))
