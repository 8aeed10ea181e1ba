"""A real web site on this machine, whose every page a test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Serves what ``put`` and ``behave`` say; everything else is 404.

    Attributes:
        base: ``http://127.0.0.1:PORT``.
        asked: Path with query and lower-case headers of every request, in order.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self._answers: dict[str, Answer] = {}
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str) -> str:
        return self.base + path

    def put(
        self,
        path: str,
        body: bytes | str = b"",
        status: int = 200,
        kind: str = "text/html",
        **headers: str,
    ) -> str:
        """A fixed answer; a header's name is written with '_' for '-'. Returns the address."""
        content = body.encode() if isinstance(body, str) else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            if kind:
                request.send_header("Content-Type", kind)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)

        return self.behave(path, answer)

    def behave(self, path: str, answer: Answer) -> str:
        """An answer written by hand. Returns the address."""
        self._answers[path] = answer
        return self.url(path)

    def paths(self) -> list[str]:
        """The paths asked, robots.txt left out."""
        return [path for path, _ in self.asked if path != "/robots.txt"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # 40 ms per answer otherwise

            def do_GET(self) -> None:
                site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                plain = self.path.partition("?")[0]
                found = site._answers.get(self.path) or site._answers.get(plain)
                if found:
                    found(self)
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                site.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up is what most of these tests are about."""


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()
