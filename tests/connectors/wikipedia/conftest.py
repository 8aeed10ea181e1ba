"""A small wiki that speaks MediaWiki's API over HTTP, and a server for ill-behaved answers.

Shapes (names, nesting, continuation) are those of MediaWiki 1.39, which the tests marked
``mediawiki`` ask themselves.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.base import Connector
from connectors.registry import build

Params = dict[str, str]


@dataclass
class Reply:
    """One HTTP answer. ``manner``: '' for whole, 'cut' in the middle, 'drip' byte by byte."""

    body: bytes | Mapping[str, Any]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: str = ""

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server:
    """Answers every request by ``answer(params)`` and keeps what was asked."""

    def __init__(self, answer: Callable[[Params], Reply | Mapping[str, Any]]) -> None:
        self.answer = answer
        self.asked: list[Params] = []
        self.agents: set[str] = set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self.api_url = f"http://127.0.0.1:{self._http.server_port}/w/api.php"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
                server.asked.append(params)
                server.agents.add(self.headers.get("User-Agent", ""))
                given = server.answer(params)
                reply = given if isinstance(given, Reply) else Reply(given)
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                for name, value in (headers | {"Content-Length": str(len(reply.content))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self._send(reply)

            def _send(self, reply: Reply) -> None:
                if reply.manner == "cut":
                    self.wfile.write(reply.content[: len(reply.content) // 2])
                elif reply.manner == "drip":
                    for byte in reply.content:
                        try:
                            self.wfile.write(bytes([byte]))
                        except OSError:
                            return
                        time.sleep(0.05)
                else:
                    self.wfile.write(reply.content)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@dataclass
class Page:
    """A page of the small wiki; ``text`` is plain with ``== headings ==``."""

    page_id: int
    title: str
    text: str = ""
    ns: int = 0
    revision: int = 0
    categories: tuple[str, ...] = ()
    disambiguation: bool = False
    redirect: str | None = None
    gone: bool = False


class SmallWiki:
    """Pages in memory, asked as a MediaWiki is asked."""

    def __init__(self) -> None:
        self.pages: dict[int, Page] = {}
        self.has_extracts = True
        self.list_size = 500
        self._revision = 1000

    def add(self, title: str, text: str = "", **about: Any) -> Page:
        page = Page(len(self.pages) + 1, title, text, **about)
        self.pages[page.page_id] = page
        self.edit(page, text)
        return page

    def edit(self, page: Page, text: str) -> None:
        self._revision += 1
        page.text, page.revision = text, self._revision

    def answer(self, asked: Params) -> Reply | Mapping[str, Any]:
        if asked["action"] == "parse":
            return self._parse(self.pages[int(asked["pageid"])])
        if asked.get("meta") == "siteinfo":
            return {"batchcomplete": "", "query": self._site()}
        if asked.get("list") == "search":
            hits = len(self._found(asked["srsearch"]))
            return {"batchcomplete": "", "query": {"searchinfo": {"totalhits": hits}}}
        if "generator" in asked:
            return self._generated(asked)
        if "titles" in asked:
            return self._titles(asked)
        return self._query([self.pages.get(int(n)) for n in asked["pageids"].split("|")], asked)

    def _generated(self, asked: Params) -> Mapping[str, Any]:
        if asked["generator"] == "categorymembers":
            return self._listed(self._members(asked), asked, "gcm", "gcmcontinue")
        return self._listed(self._found(asked["gsrsearch"]), asked, "gsr", "gsroffset")

    def _site(self) -> dict[str, Any]:
        general = {
            "wikiid": "smallwiki",
            "sitename": "Small",
            "lang": "en-gb",
            "generator": "MediaWiki 1.39",
        }
        spaces = {"14": {"id": 14, "canonical": "Category", "*": "Kategorie"}}
        rights = {"url": "https://creativecommons.org/licenses/by-sa/4.0/", "text": "CC BY-SA 4.0"}
        return {"general": general, "rightsinfo": rights, "namespaces": spaces, "namespacealiases": []}

    def _members(self, asked: Params) -> list[Page]:
        name = asked["gcmtitle"].partition(":")[2]
        subcategories = "subcat" in asked["gcmtype"]
        return [
            page
            for page in self.pages.values()
            if name in page.categories and (page.ns != 14 or subcategories)
        ]

    def _found(self, words: str) -> list[Page]:
        return sorted(
            (page for page in self.pages.values() if words in page.text), key=lambda page: page.title
        )

    def _listed(self, pages: list[Page], asked: Params, prefix: str, key: str) -> dict[str, Any]:
        start, size = int(asked.get(key, 0)), min(self.list_size, int(asked[f"{prefix}limit"]))
        some = pages[start : start + size]
        if not some:
            return {"batchcomplete": ""}
        answer = self._query(some, asked, first_index=start + 1 if prefix == "gsr" else None)
        if start + size < len(pages):
            answer["continue"] = {key: start + size, "continue": f"{key}||"}
        return answer

    def _titles(self, asked: Params) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for number, title in enumerate(asked["titles"].split("|"), 1):
            page = self._by_title(title)
            if page is None:
                ns = 14 if title.startswith("Category:") else 0
                entries[str(-number)] = {"ns": ns, "title": title, "missing": ""}
            else:
                entries[str(page.page_id)] = self._about(page, asked)
        return {"batchcomplete": "", "query": {"pages": entries}}

    def _by_title(self, title: str) -> Page | None:
        page = next((page for page in self.pages.values() if page.title == title), None)
        return self._by_title(page.redirect) if page and page.redirect else page

    def _query(
        self, pages: list[Page | None], asked: Params, first_index: int | None = None
    ) -> dict[str, Any]:
        entries = {}
        for number, page in enumerate(pages):
            if page is None or page.gone:
                entries[str(number)] = {"pageid": number, "missing": ""}
                continue
            entries[str(page.page_id)] = self._about(page, asked)
            if first_index is not None:
                entries[str(page.page_id)]["index"] = first_index + number
        by_id = dict(sorted(entries.items(), key=lambda entry: int(entry[0])))  # as MediaWiki does
        return {"batchcomplete": "", "query": {"pages": by_id}}

    def _about(self, page: Page, asked: Params) -> dict[str, Any]:
        entry: dict[str, Any] = {"pageid": page.page_id, "ns": page.ns, "title": page.title}
        props = asked.get("prop", "").split("|")
        if "info" in props:
            entry |= {"lastrevid": page.revision, "pagelanguage": "en"}
        if asked.get("inprop") == "url":
            entry["canonicalurl"] = f"https://small.example/wiki/{page.title.replace(' ', '_')}"
        if "pageprops" in props and page.disambiguation:
            entry["pageprops"] = {"disambiguation": ""}
        if "revisions" in props:
            entry["revisions"] = [{"revid": page.revision, "timestamp": "2026-03-25T15:46:00Z"}]
        if "categoryinfo" in props and page.ns == 14:
            entry["categoryinfo"] = {"pages": 1, "subcats": 0}
        if "extracts" in props and self.has_extracts:
            whole = "\n\n\n== " in page.text and "exintro" in asked
            entry["extract"] = page.text.partition("\n\n\n== ")[0] if whole else page.text
        return entry

    def _parse(self, page: Page) -> Mapping[str, Any]:
        if page.gone:
            return {
                "error": {"code": "nosuchpageid", "info": f"There is no page with ID {page.page_id}."}
            }
        html = f'<table class="infobox"><tr><td>x</td></tr></table><p>{page.text}</p>'
        return {"parse": {"pageid": page.page_id, "revid": page.revision, "text": {"*": html}}}


@pytest.fixture(autouse=True)
def _no_proxy_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,.invalid")


@pytest.fixture
def wiki() -> SmallWiki:
    return SmallWiki()


@pytest.fixture
def server(wiki: SmallWiki) -> Iterator[Server]:
    """The small wiki, served."""
    served = Server(wiki.answer)
    yield served
    served.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Any], Server]]:
    """Serve answers of one's own: a reply, or a function of the parameters."""
    served: list[Server] = []

    def start(answer: Any) -> Server:
        served.append(Server(answer if callable(answer) else lambda _: answer))
        return served[-1]

    yield start
    for one in served:
        one.close()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Connector[Any]]:
    """A source asking a server or an address; its settings by name."""

    def make(asked: Server | str, **options: Any) -> Connector[Any]:
        address = asked if isinstance(asked, str) else asked.api_url
        settings = {"contact": "ops@example.org", "delay": 0, "api_url": address} | options
        return build("wikipedia", settings, source="wiki", folder=tmp_path)

    return make
