"""Each fault of a wiki, or of the way to it, is one clear line of the right kind."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.registry import build
from connectors.wikipedia.client import WikiClient
from labelloop.errors import SourceMisconfigured, SourceRefused, SourceUnavailable

HTML = b"<!DOCTYPE html><title>Welcome</title>"


def fault_of(source, asked, kind, **options):
    with pytest.raises(kind) as raised:
        source(asked, titles=["Page"], **options).check()
    assert "\n" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (301, (SourceMisconfigured, "no wiki of that language, or it has moved")),
        (401, (SourceRefused, "refuses to be read")),
        (403, (SourceRefused, "may not accept the setting contact")),
        (404, (SourceMisconfigured, "no MediaWiki answers there")),
        (429, (SourceUnavailable, "asks for fewer requests")),
        (500, (SourceUnavailable, "fails over this request")),
        (503, (SourceUnavailable, "out of order")),
    ],
)
def test_a_status_is_told_by_its_number(serve, reply, source, status, told):
    kind, words = told
    server = serve(reply(HTML, status=status, headers={"Content-Type": "text/html"}))
    line = str(fault_of(source, server, kind))
    assert words in line
    assert str(status) in line
    assert server.api_url in line
    assert len(server.asked) == 1  # the connector itself tries once


def test_a_redirect_names_where_to(serve, reply, source):
    there = "https://incubator.wikimedia.org/wiki/Wp/xx"
    server = serve(reply(b"", status=302, headers={"Location": there}))
    assert there in str(fault_of(source, server, SourceMisconfigured))


def test_retry_after_comes_as_seconds_or_date(serve, reply, source):
    server = serve(reply(b"", status=429, headers={"Retry-After": "17"}))
    assert fault_of(source, server, SourceUnavailable).retry_after == 17
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    server = serve(reply(b"", status=503, headers={"Retry-After": later}))
    assert 240 < fault_of(source, server, SourceUnavailable).retry_after <= 300
    server = serve(reply(b"", status=429, headers={"Retry-After": "soon"}))
    assert fault_of(source, server, SourceUnavailable).retry_after is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ratelimited", SourceUnavailable),
        ("maxlag", SourceUnavailable),
        ("readonly", SourceUnavailable),
        ("internal_api_error_DBQueryError", SourceUnavailable),
        ("cirrussearch-too-busy-error", SourceUnavailable),
        ("readapidenied", SourceRefused),
        ("blocked", SourceRefused),
    ],
)
def test_an_error_inside_a_200_is_told(serve, reply, source, code, kind):
    error = {"error": {"code": code, "info": "Waiting for a database server: 6 seconds lagged."}}
    server = serve(reply(error, headers={"Retry-After": "5"}))
    fault = fault_of(source, server, kind)
    assert code in str(fault)
    if code in ("ratelimited", "maxlag", "readonly"):
        assert fault.retry_after == 5


def test_a_web_page_instead_of_json_is_the_wrong_address(serve, reply, source):
    server = serve(reply(HTML, headers={"Content-Type": "text/html"}))
    assert "web page instead of JSON" in str(fault_of(source, server, SourceMisconfigured))


def test_a_web_page_amid_json_passes(wiki, serve, reply, source):
    wiki.add("Page", "Words.")
    server = serve(lambda asked: reply(HTML) if "pageids" in asked else wiki.answer(asked))
    with pytest.raises(SourceUnavailable, match="web page instead of JSON"):
        list(source(server, titles=["Page"]).batches(None))


def test_json_of_another_kind_of_server_is_told(serve, source):
    assert "not as a MediaWiki does" in str(
        fault_of(source, serve({"status": "ok"}), SourceMisconfigured)
    )


def test_broken_json_passes(serve, reply, source):
    assert "cut off or broken" in str(fault_of(source, serve(reply(b'{"query": {')), SourceUnavailable))


def test_a_stream_cut_in_the_middle_passes(serve, reply, source):
    server = serve(reply({"query": {"general": {}}}, manner="cut"))
    assert "broke off its answer" in str(fault_of(source, server, SourceUnavailable))


def test_an_answer_that_trickles_is_given_up(serve, reply, source):
    server = serve(reply(b" " * 1000, manner="drip"))
    line = str(fault_of(source, server, SourceUnavailable, timeout=0.3))
    assert "did not finish its answer in 0.3 s" in line


def test_an_answer_that_never_begins_is_given_up(source):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/w/api.php"
        line = str(fault_of(source, address, SourceUnavailable, timeout=0.3))
    assert "did not answer within 0.3 s" in line


def test_nobody_listening_is_told(source):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/w/api.php"
    assert "cannot be reached" in str(fault_of(source, address, SourceUnavailable))


def test_a_language_without_a_wiki_is_told(source):
    """The name does not resolve: ``.invalid`` never does, on any network."""
    fault = fault_of(source, "http://{lang}.wiki.invalid/w/api.php", SourceUnavailable, language="xx")
    assert "http://xx.wiki.invalid/w/api.php cannot be reached" in str(fault)
    assert "the language 'xx' has a wiki" in str(fault)


def test_a_flood_is_given_up(serve, reply, source, monkeypatch):
    monkeypatch.setattr("connectors.wikipedia.client.MAX_ANSWER_BYTES", 2**20)
    line = str(fault_of(source, serve(reply(b" " * 2**21)), SourceUnavailable))
    assert "more than 1 MiB" in line


def test_requests_keep_their_distance(wiki, server):
    waits = []
    client = WikiClient(server.api_url, "ops@example.org", delay=60, sleep=waits.append)
    for _ in range(3):
        client.query(action="query", meta="siteinfo")
    client.close()
    assert len(waits) == 2  # none before the first
    assert all(50 < wait <= 60 for wait in waits)


def test_no_contact_names_setting_and_variable(server, source, monkeypatch):
    monkeypatch.delenv("LABELLOOP_CONTACT", raising=False)
    for contact in (None, " "):
        line = str(fault_of(source, server, SourceMisconfigured, contact=contact))
        assert "'wiki' names no contact" in line
        assert "set contact" in line
        assert "LABELLOOP_CONTACT" in line
    assert server.asked == []


@pytest.mark.parametrize("contact", ["me", "ops@example.org\r\nX-Evil: 1", "größe@example.org", "@"])
def test_a_contact_nobody_could_write_to_is_refused(server, source, contact):
    line = str(fault_of(source, server, SourceMisconfigured, contact=contact))
    assert "neither an e-mail address nor a web page" in line
    assert server.asked == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "name at least one of titles, categories or search"),
        ({"titles": ["A", " "]}, "an entry is empty"),
        ({"titles": ["A"], "api_url": "en.wikipedia.org"}, "is not an address"),
        ({"titles": ["A"], "language": "evil.example/"}, "language"),
        ({"titles": ["A"], "unit": "paragraph"}, "unit"),
        ({"titles": ["A"], "limit": 0}, "limit"),
        ({"titles": ["A"], "colour": "red"}, "colour"),
    ],
)
def test_impossible_settings_are_named(tmp_path, options, words):
    with pytest.raises(SourceMisconfigured) as raised:
        build("wikipedia", options, source="wiki", folder=tmp_path)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
