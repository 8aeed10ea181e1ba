"""The fetcher against servers that mean well, and servers that do not."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib
from typing import Any

import pytest

from connectors.http import ANY_TYPE, AddressGuard, guarded_session, user_agent
from labelloop.errors import SourceRefused, SourceUnavailable


def test_a_page_comes_back_whole(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", "<p>Grüße</p>", kind='Text/HTML; Charset="UTF-8"', ETag='"v1"',
                   Last_Modified="Sun, 01 Nov 2026 10:00:00 GMT")  # fmt: skip
    page = make_fetcher().get(url)
    assert (page.status, page.url, page.content.decode()) == (200, url, "<p>Grüße</p>")
    assert (page.content_type, page.charset) == ("text/html", "utf-8")
    assert (page.etag, page.last_modified) == ('"v1"', "Sun, 01 Nov 2026 10:00:00 GMT")
    assert page.fetched_at.tzinfo is None and not page.not_modified


def test_it_says_who_it_is_and_keeps_no_cookies(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", "x", Set_Cookie="id=1; Path=/")
    fetcher = make_fetcher()
    fetcher.get(url)
    fetcher.get(url)
    for _, headers in site.asked:
        assert headers["user-agent"] == "labelloop/test (+ops@example.org)"
        assert "cookie" not in headers and "authorization" not in headers
    assert user_agent("ops@example.org").endswith("(+ops@example.org)")


def test_proxies_of_the_environment_are_not_used(
    site: Any, make_fetcher: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert make_fetcher().get(site.put("/a", "x")).content == b"x"


def test_what_is_not_modified_is_not_sent_again(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", status=304, kind="")
    page = make_fetcher().get(url, etag='"v1"', last_modified="Sun, 01 Nov 2026 10:00:00 GMT")
    assert page.not_modified and page.content == b""
    headers = site.asked[-1][1]
    assert headers["if-none-match"] == '"v1"'
    assert headers["if-modified-since"] == "Sun, 01 Nov 2026 10:00:00 GMT"


def test_a_304_nobody_asked_for_is_no_page(site: Any, make_fetcher: Any) -> None:
    with pytest.raises(SourceRefused, match="HTTP 304"):
        make_fetcher().get(site.put("/a", status=304))


# Redirects


def test_redirects_are_followed_and_the_last_address_is_told(site: Any, make_fetcher: Any) -> None:
    site.put("/1", status=301, Location="/2")
    site.put("/2", status=307, Location=site.url("/3%20ü".encode().decode("latin-1")))
    site.put("/3%20%C3%BC", "here")
    assert make_fetcher().get(site.url("/1")).content == b"here"


def test_redirects_end(site: Any, make_fetcher: Any) -> None:
    url = site.put("/loop", status=302, Location="/loop")
    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(url)
    assert caught.value.reason == "too many redirects"
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.2:{port}/a", "http://[::1]/",
               "http://2130706434/", "http://0x7f000002/", "//127.0.0.3/"],
)  # fmt: skip
@pytest.mark.parametrize("respect_robots", [True, False])
def test_a_redirect_inside_is_refused(
    site: Any, make_fetcher: Any, target: str, respect_robots: bool
) -> None:
    url = site.put("/out", status=302, Location=target.format(port=site.base.rpartition(":")[2]))
    with pytest.raises(SourceRefused) as caught:
        make_fetcher(respect_robots=respect_robots).get(url)
    assert caught.value.reason == "private address"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "gopher://x:70/_"])
def test_a_redirect_to_another_scheme_is_refused(site: Any, make_fetcher: Any, target: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(site.put("/out", status=302, Location=target))
    assert caught.value.reason == "not a web address"


def test_a_redirect_with_a_password_is_refused(site: Any, make_fetcher: Any) -> None:
    target = site.base.replace("http://", "http://ann:hunter2@") + "/x"
    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(site.put("/out", status=302, Location=target))
    assert "hunter2" not in str(caught.value)


def test_a_redirect_to_nowhere_is_an_error(site: Any, make_fetcher: Any) -> None:
    with pytest.raises(SourceRefused, match="HTTP 302"):
        make_fetcher().get(site.put("/out", status=302))


def test_a_name_that_resolves_differently_the_second_time_is_refused(
    site: Any, make_fetcher: Any
) -> None:
    """DNS rebinding: the address that was checked is the one that is connected to."""
    port = int(site.base.rpartition(":")[2])
    addresses = iter(["127.0.0.1", "127.0.0.2", "127.0.0.2"])

    def resolve(*_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses), port))]

    session = guarded_session(AddressGuard(["127.0.0.1"], resolve=resolve))
    site.put("/a", "fine", Connection="close")
    fetcher = make_fetcher(session=session)
    assert fetcher.get(f"http://rebinding.example:{port}/a").content == b"fine"
    assert site.asked[-1][1]["host"] == f"rebinding.example:{port}"
    with pytest.raises(SourceRefused) as caught:
        fetcher.get(f"http://rebinding.example:{port}/a")
    assert caught.value.reason == "private address"
    assert len(site.asked) == 1


def test_without_permission_this_machine_is_not_read(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", "secret")
    with pytest.raises(SourceRefused, match="allow_addresses"):
        make_fetcher(allow_addresses=()).get(url)
    assert not site.asked


# Size and compression

MEGABYTE = 1_000_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress),
     ("deflate", raw_deflate), ("identity", bytes),
     ("gzip", lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:])),
     ("gzip", lambda data: gzip.compress(data) + b"\0\0padding")],
)  # fmt: skip
def test_compressed_pages_are_unpacked(site: Any, make_fetcher: Any, encoding: str, pack: Any) -> None:
    body = b"sunlight and wind " * 20_000
    url = site.put("/a", pack(body), Content_Encoding=encoding)
    assert make_fetcher().get(url).content == body


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_bomb_does_not_go_off(site: Any, make_fetcher: Any, pack: Any) -> None:
    encoding = "gzip" if pack is gzip.compress else "deflate"
    url = site.put("/bomb", pack(bytes(50 * MEGABYTE)), Content_Encoding=encoding)
    with pytest.raises(SourceRefused) as caught:
        make_fetcher(max_bytes=MEGABYTE).get(url)
    assert caught.value.reason == "too large"


def test_a_bomb_is_never_unpacked_in_one_piece(site: Any, make_fetcher: Any) -> None:
    url = site.put("/bomb", gzip.compress(bytes(100 * MEGABYTE)), Content_Encoding="gzip")
    fetcher = make_fetcher(max_bytes=MEGABYTE)
    tracemalloc.start()
    try:
        with pytest.raises(SourceRefused):
            fetcher.get(url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MEGABYTE


def test_brotli_which_nobody_asked_for_is_refused(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", b"\x0b\x02\x80hello\x03", Content_Encoding="br")
    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(url)
    assert caught.value.reason == "unknown compression"
    assert "br" not in site.asked[0][1]["accept-encoding"]


def test_a_bomb_in_a_bomb_is_not_unpacked(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip")
    with pytest.raises(SourceRefused, match="packed as"):
        make_fetcher().get(url)


def test_what_only_claims_to_be_gzip_is_refused(site: Any, make_fetcher: Any) -> None:
    with pytest.raises(SourceRefused, match="not the gzip"):
        make_fetcher().get(site.put("/a", b"<p>plain</p>", Content_Encoding="gzip"))


def test_gzip_that_ends_early_is_cut_off(site: Any, make_fetcher: Any) -> None:
    url = site.put("/a", gzip.compress(b"sun" * 9999)[:-20], Content_Encoding="gzip")
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(url)
    assert caught.value.reason == "cut off"


def test_a_page_that_announces_too_much_is_not_read(site: Any, make_fetcher: Any) -> None:
    def huge(request: Any) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.send_header("Content-Length", "99999999999")
        request.end_headers()

    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(site.behave("/huge", huge))
    assert caught.value.reason == "too large"


def endless(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.send_header("Connection", "close")
    request.end_headers()
    while True:
        request.wfile.write(b"<p>more and more</p>" * 1000)


def endless_chunks(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/html")
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    while True:
        request.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")


@pytest.mark.parametrize("answer", [endless, endless_chunks])
def test_an_endless_stream_ends_at_the_cap(site: Any, make_fetcher: Any, answer: Any) -> None:
    with pytest.raises(SourceRefused) as caught:
        make_fetcher(max_bytes=MEGABYTE).get(site.behave("/endless", answer))
    assert caught.value.reason == "too large"


def test_an_endless_chunk_size_is_no_way_to_fill_the_memory(site: Any, make_fetcher: Any) -> None:
    def answer(request: Any) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        while True:
            request.wfile.write(b"0" * 65536)

    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher(deadline=5).get(site.behave("/a", answer))
    assert caught.value.reason in {"bad answer", "cut off"}


# Time


OPEN_GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\0\xff\xff\0\0"  # what follows is 65,535 bytes as they are


def drip(line: bytes, ended: list[str] | None = None) -> Any:
    """Writes the line, then a byte at a time, each in time for the read time-out; tells its end."""

    def answer(request: Any) -> None:
        request.wfile.write(line)
        for _ in range(200):
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.05)
        if ended is not None:
            ended.append("by itself")

    return answer


@pytest.mark.parametrize(
    "line",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n" + OPEN_GZIP],
    ids=["status", "header", "length", "close", "chunks", "gzip"],
)  # fmt: skip
def test_a_server_that_drips_is_hung_up_on(site: Any, make_fetcher: Any, line: bytes) -> None:
    ended: list[str] = []
    url = site.behave("/drip", drip(line, ended))
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher(deadline=0.3, read_timeout=5).get(url)
    assert caught.value.reason == "too slow" and not ended


def test_a_silent_server_is_given_up(site: Any, make_fetcher: Any) -> None:
    url = site.behave("/silent", lambda request: time.sleep(3))
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher(read_timeout=0.2).get(url)
    assert caught.value.reason == "no answer in time"


def test_the_deadline_covers_all_redirects(site: Any, make_fetcher: Any) -> None:
    def slow(request: Any) -> None:
        time.sleep(0.2)
        request.send_response(302)
        request.send_header("Location", "/slow")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher(deadline=0.5).get(site.behave("/slow", slow))
    assert caught.value.reason == "too slow"


def test_after_a_fault_the_fetcher_still_works(site: Any, make_fetcher: Any) -> None:
    fetcher = make_fetcher(deadline=0.3)
    with pytest.raises(SourceUnavailable):
        fetcher.get(site.behave("/drip", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")))
    assert fetcher.get(site.put("/a", "fine")).content == b"fine"


# Other faults


def test_a_page_cut_in_the_middle_is_told(site: Any, make_fetcher: Any) -> None:
    def answer(request: Any) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"only this")
        request.close_connection = True

    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(site.behave("/cut", answer))
    assert caught.value.reason == "cut off"


def test_chunks_cut_in_the_middle_are_told(site: Any, make_fetcher: Any) -> None:
    def answer(request: Any) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        request.wfile.write(b"400\r\nonly this")
        request.close_connection = True

    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(site.behave("/cut", answer))
    assert caught.value.reason == "cut off"


@pytest.mark.parametrize(
    "head",
    [b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n",
     b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n"],
    ids=["long", "many"],
)  # fmt: skip
def test_huge_headers_are_refused(site: Any, make_fetcher: Any, head: bytes) -> None:
    def answer(request: Any) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + head)

    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(site.behave("/huge", answer))
    assert caught.value.reason == "bad answer"


def test_what_is_not_http_is_told(site: Any, make_fetcher: Any) -> None:
    url = site.behave("/ssh", lambda request: request.wfile.write(b"SSH-2.0-OpenSSH_9\r\n\r\n"))
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(url)
    assert caught.value.reason in {"bad answer", "cut off"}


def test_a_closed_port_is_told(make_fetcher: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(f"http://127.0.0.1:{port}/")
    assert caught.value.reason == "connection refused"


def test_an_unknown_host_is_told(make_fetcher: Any) -> None:
    def resolve(*_: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    session = guarded_session(AddressGuard(resolve=resolve))
    with pytest.raises(SourceUnavailable, match=r"nowhere\.example.*no such host") as caught:
        make_fetcher(session=session).get("http://nowhere.example/")
    assert caught.value.reason == "no such host"


@pytest.mark.parametrize(
    ("kind", "accept", "fine"),
    [("application/pdf", None, False), ("image/png", None, False),
     ("application/octet-stream", None, False),
     ("application/xhtml+xml", None, True), ("text/plain", None, True), ("", None, True),
     ("application/rss+xml", ("application/rss+xml",), True), ("video/mp4", ANY_TYPE, True)],
)  # fmt: skip
def test_only_wanted_types_are_read(
    site: Any, make_fetcher: Any, kind: str, accept: Any, fine: bool
) -> None:
    url = site.put("/a", "x", kind=kind)
    options = {"accept": accept} if accept else {}
    if fine:
        assert make_fetcher().get(url, **options).content == b"x"
        return
    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(url, **options)
    assert caught.value.reason == "content type not wanted"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_lasting_noes(site: Any, make_fetcher: Any, status: int) -> None:
    with pytest.raises(SourceRefused) as caught:
        make_fetcher().get(site.put("/a", status=status))
    assert caught.value.reason == f"HTTP {status}"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_passing_faults(site: Any, make_fetcher: Any, status: int) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(site.put("/a", status=status))
    assert caught.value.reason == f"HTTP {status}"
    assert caught.value.retry_after is None


def test_a_host_that_asks_for_a_pause_gets_it(site: Any, make_fetcher: Any) -> None:
    now = [1000.0]
    fetcher = make_fetcher(clock=lambda: now[0])
    busy, other = site.put("/busy", status=429, Retry_After="120"), site.put("/a", "x")
    with pytest.raises(SourceUnavailable) as caught:
        fetcher.get(busy)
    assert caught.value.retry_after == 120
    now[0] += 100
    with pytest.raises(SourceUnavailable) as caught:
        fetcher.get(other)
    assert caught.value.reason == "host asked for a pause" and caught.value.retry_after == 20
    assert site.paths() == ["/busy"]
    now[0] += 21
    assert fetcher.get(other).content == b"x"


def test_secrets_of_an_address_are_in_no_message(site: Any, make_fetcher: Any) -> None:
    site.put("/a", status=500)
    with pytest.raises(SourceUnavailable) as caught:
        make_fetcher().get(site.url("/a?api_key=s3cret&q=sun"))
    assert "s3cret" not in str(caught.value) and "q=sun" in str(caught.value)
