"""Text out of pages of every kind."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from connectors.web_search.page_text import decoded, is_binary, is_login_page, page_text

URL = "https://example.org/a"


def test_the_article_comes_without_its_surroundings(words: Any) -> None:
    page = page_text(words.article("rooftops").encode(), url=URL)
    assert page is not None and page.found_by == "trafilatura"
    assert "about rooftops" in page.text and "Home" not in page.text and "<p>" not in page.text
    assert page.title == "rooftops"


def test_author_and_date_come_from_the_page(words: Any) -> None:
    head = (
        '<meta name="author" content="Ann Lee">'
        '<meta property="article:published_time" content="2026-03-05">'
    )
    page = page_text(words.article("x").replace("<head>", "<head>" + head).encode(), url=URL)
    assert page is not None and page.author == "Ann Lee"
    assert page.published_at and page.published_at.isoformat() == "2026-03-05T00:00:00"


@pytest.mark.parametrize(
    ("written_in", "server_says", "page_says"),
    [("utf-8", "iso-8859-1", None), ("utf-8", "windows-1251", "shift_jis"),
     ("cp1252", "iso-8859-1", None),
     ("cp1252", None, "windows-1252"), ("cp1252", "no-such-charset", "iso-8859-1"),
     ("cp1252", None, None),
     ("utf-16", None, None), ("utf-8-sig", "ascii", None)],
)  # fmt: skip
def test_a_wrong_charset_does_not_spoil_the_text(
    words: Any, written_in: str, server_says: str | None, page_says: str | None
) -> None:
    text = "Die Größe der Wärmepumpe übersteigt für gewöhnlich die Fläche des Kühlschranks völlig. "
    meta = f'<meta charset="{page_says}">' if page_says else ""
    markup = words.article("Wärme").replace("<article>", f"{meta}<article><p>{text * 3}</p>")
    page = page_text(markup.encode(written_in), url=URL, charset=server_says)
    assert page is not None and text.strip() in page.text


def test_a_declared_charset_is_believed_where_it_fits() -> None:
    assert decoded("Привет".encode("koi8-r"), "koi8-r") == "Привет"
    assert decoded(b"\x93quoted\x94 \xe9", "ISO-8859-1".lower()) == "“quoted” é"


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"{}", b'{"a": 1}', b"<html><body><script>render()</script></body></html>", b"<p>",
     b"\0\0",
     b"<frameset><frame src=x></frameset>", b"<" * 5000,
     b"<div>" * 50_000, "\udcff".encode("utf-8", "surrogatepass")],
)  # fmt: skip
def test_pages_without_text_give_none_or_little(content: bytes) -> None:
    page = page_text(content, url=URL)
    assert page is None or len(page.text) < 50


def test_the_fallback_finds_the_main_element() -> None:
    page = page_text(
        b"<html><body><main role='main'>" + b"<span>word </span>" * 3 + b"</main></body></html>", url=URL
    )
    assert page is not None and "word" in page.text


def test_plain_text_is_taken_as_it_is() -> None:
    page = page_text(b"one\r\ntwo\0 <b>", url=URL, content_type="text/plain")
    assert page is not None and page.text == "one\ntwo  <b>" and page.found_by == "plain"


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 ...", b"PK\x03\x04zip", b"\x89PNG\r\n", b"GIF89a", b"\xff\xd8\xff\xe0", b"text\0more"],
)
def test_binary_files_are_known_by_their_content(content: bytes) -> None:
    assert is_binary(content)


def test_text_is_not_binary() -> None:
    assert not is_binary("Wärme".encode("utf-16"))
    assert not is_binary("Wärme".encode("utf-16-le"), "utf-16-le")
    assert not is_binary("Wärme".encode("cp1252")) and not is_binary(b"")


def test_log_in_pages_are_known() -> None:
    form = b"<form><input name=u><input name=p type='Password'></form>"
    assert is_login_page(form, "Please log in.")
    assert not is_login_page(form, "A long article. " * 100)
    assert not is_login_page(b"<p>short</p>", "short")


def test_nothing_is_logged_about_bad_pages(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        page_text(b"\0\1\2 no html \xff", url=URL)
    assert not caplog.records
