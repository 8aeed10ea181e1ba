"""The guard, the deadline and the certificate over TLS."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.http import AddressGuard, guarded_session
from labelloop.errors import SourceRefused, SourceUnavailable

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "4" if self.path == "/a" else "400")
        self.end_headers()
        for byte in b"fine" if self.path == "/a" else bytes(400):
            self.wfile.write(bytes([byte]))
            time.sleep(0 if self.path == "/a" else 0.05)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Clients hang up."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key),
         "-out", str(cert), "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1,DNS:site.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[str]:
    key, cert = certificate
    server = _Server(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def trusting(certificate: tuple[Path, Path]) -> Any:
    session = guarded_session(AddressGuard(["127.0.0.1"]))
    session.verify = str(certificate[1])
    return session


def test_a_known_certificate_is_fine(secure: str, make_fetcher: Any, trusting: Any) -> None:
    fetcher = make_fetcher(session=trusting)
    assert [fetcher.get(secure + "/a").content for _ in range(2)] == [b"fine", b"fine"]


def test_an_unknown_certificate_is_named(secure: str, make_fetcher: Any) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(secure + "/a")
    assert caught.value.reason == "bad certificate"


def test_a_drip_over_tls_is_hung_up_on(secure: str, make_fetcher: Any, trusting: Any) -> None:
    fetcher = make_fetcher(session=trusting, deadline=0.4)
    with pytest.raises(SourceUnavailable) as caught:
        fetcher.get(secure + "/drip")
    assert caught.value.reason == "too slow"
    assert fetcher.get(secure + "/a").content == b"fine"  # on a connection of its own


def test_the_guard_stands_before_tls(secure: str, make_fetcher: Any) -> None:
    with pytest.raises(SourceRefused) as caught:
        make_fetcher(allow_addresses=()).get(secure + "/a")
    assert caught.value.reason == "private address"
