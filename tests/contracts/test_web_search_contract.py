"""Web search keeps the contract of every connector."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.testing import ConnectorContract
from connectors.web_search import WebSearchConnector

KEY = "k3y-that-nobody-may-see"
PAGES = 5


class _Handler(BaseHTTPRequestHandler):
    """A search service that speaks as SearXNG and Brave do, and the pages it finds."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # 40 ms per answer otherwise

    def do_GET(self) -> None:
        if "search" in self.path:
            self._answer(self._found(), "application/json")
        elif self.path.startswith("/page/"):
            text = f"Page {self.path} tells of sun and wind, of panels and mills. " * 9
            self._answer(f"<html><body><article><p>{text}</p></article></body></html>", "text/html")
        else:
            self.send_error(404)

    def _found(self) -> str:
        host = self.headers["Host"]
        urls = [f"http://{host}/page/{number}" for number in range(PAGES)]
        found = [{"url": url, "title": url} for url in urls]
        return json.dumps({"results": found, "web": {"results": found}})

    def _answer(self, body: str, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Contract(ConnectorContract):
    connector = WebSearchConnector
    secrets = (KEY,)
    base: ClassVar[str]
    options: ClassVar[dict[str, Any]]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def service(cls) -> Iterator[None]:
        patch = pytest.MonkeyPatch()
        patch.setenv("LABELLOOP_BRAVE_KEY", KEY)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        cls.base = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield
        server.shutdown()
        server.server_close()
        patch.undo()

    def working(self, folder: Path) -> Mapping[str, Any]:
        return {"base_url": self.base, "queries": ["sun", "wind"], "allow_addresses": ["127.0.0.1"],
                "delay": 0, **self.options}  # fmt: skip

    def broken(self, folder: Path) -> Mapping[str, Any]:
        return {**self.working(folder), "base_url": "http://127.0.0.1:1"}


class TestSearxng(_Contract):
    options: ClassVar[dict[str, Any]] = {"provider": "searxng"}


class TestBrave(_Contract):
    options: ClassVar[dict[str, Any]] = {"provider": "brave"}


class TestUrls(_Contract):
    def working(self, folder: Path) -> Mapping[str, Any]:
        (folder / "list.txt").write_text("".join(f"{self.base}/page/{n}\n" for n in range(PAGES)))
        return {"provider": "urls", "urls": "list.txt", "allow_addresses": ["127.0.0.1"], "delay": 0}

    def broken(self, folder: Path) -> Mapping[str, Any]:
        return {"provider": "urls", "urls": "nowhere.txt"}
