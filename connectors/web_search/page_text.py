"""The readable text of a page: trafilatura first, the article or main element otherwise.

Bytes go in, for the charset that a server names is often wrong. A page says nothing reliable
about its language, and its dates are guesses unless they stand in its metadata.
"""

from __future__ import annotations

import codecs
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

_BINARY_STARTS = (b"%PDF", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"Rar!")
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{1,40})", re.I)
_WEB_NAMES = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252"}  # as browsers read them
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_PASSWORD_FIELD = re.compile(rb"<input[^>]{0,300}?type\s*=\s*[\"']?password", re.I)
_LOGIN_PAGE_LENGTH = 1000
"""A page with a password field and less text than this is there to log in, not to be read."""

MOST_ELEMENTS = 40_000
"""Opening tags of a page. trafilatura's time grows with their square: 30,000 took up to 6 s,
5 MB of nothing but ``<p>`` more than a minute, and no deadline reaches into it."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says.

    Attributes:
        published_at: From the page's own metadata; a guess all the same.
        found_by: ``trafilatura``, ``article`` (the fallback) or ``plain``.
    """

    text: str
    title: str | None
    author: str | None
    published_at: datetime | None
    found_by: Literal["trafilatura", "article", "plain"]


def is_binary(content: bytes, charset: str | None = None) -> bool:
    """Whether the bytes are no text at all, whatever their content type says."""
    if content.startswith(_BINARY_STARTS):
        return True
    wide = content.startswith(_BOMS) or (charset or "").startswith(("utf-16", "utf-32"))
    return b"\0" in content[:4096] and not wide


def has_too_many_elements(content: bytes) -> bool:
    """Whether reading the page would take longer than any page is worth."""
    return content.count(b"<") - content.count(b"</") > MOST_ELEMENTS


def is_login_page(content: bytes, text: str) -> bool:
    """Whether the page asks for a password and says little else."""
    return len(text) < _LOGIN_PAGE_LENGTH and _PASSWORD_FIELD.search(content) is not None


def page_text(
    content: bytes, *, url: str, content_type: str = "text/html", charset: str | None = None
) -> PageText | None:
    """The text of a page, None where there is none (scripts only, JSON, frames).

    Args:
        content: The page's bytes.
        url: Where it is, for relative links.
        content_type: As the server says.
        charset: As the server says; believed only where the bytes are not UTF-8.
    """
    markup = decoded(content, charset)
    if content_type == "text/plain":
        text = markup if isinstance(markup, str) else markup.decode("utf-8", "replace")
        text = _clean(text)
        return PageText(text, None, None, None, "plain") if text else None
    return _by_trafilatura(markup, url) or _by_article(markup)


def decoded(content: bytes, charset: str | None) -> str | bytes:
    """Text where the encoding is certain or declared and fits; else the bytes, to be guessed.

    In the order: byte order mark, UTF-8, the server's charset, the page's own.
    """
    if content.startswith(_BOMS[1:]):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    meta = _META_CHARSET.search(content[:4096])
    for name in (charset, meta and meta[1].decode("ascii").lower()):
        try:
            return content.decode(_WEB_NAMES.get(name or "", name or "utf-8"))
        except (LookupError, UnicodeError, ValueError):
            continue
    return content


def _by_trafilatura(markup: str | bytes, url: str) -> PageText | None:
    try:
        found = _extractor()(
            markup,
            url=url,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except Exception:  # strangers' markup, through lxml and a dozen heuristics
        logging.getLogger(__name__).debug("trafilatura gave up on %s", url, exc_info=True)
        return None
    text = _clean(found.text or "") if found else ""
    if not text:
        return None
    return PageText(text, _short(found.title), _short(found.author), _date(found.date), "trafilatura")


@cache
def _extractor() -> Any:
    """trafilatura, imported on first use (0.5 s), and told to keep its complaints to itself."""
    from trafilatura import bare_extraction

    for name in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return bare_extraction


def _by_article(markup: str | bytes) -> PageText | None:
    from bs4 import BeautifulSoup

    try:
        soup = BeautifulSoup(markup, "lxml")
        for tag in soup(["script", "style", "noscript", "template", "nav", "header", "footer", "form"]):
            tag.decompose()
        place = soup.find("article") or soup.find("main") or soup.find(role="main")
        text = _clean(place.get_text("\n", strip=True)) if place else ""
        title = _short(soup.title.get_text()) if soup.title else None
    except (RecursionError, ValueError, AssertionError):  # nested a thousand deep, or broken markup
        return None
    return PageText(text, title, None, None, "article") if text else None


def _clean(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be stored
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _short(value: str | None) -> str | None:
    return " ".join(_clean(value or "").split())[:500] or None


def _date(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value or "")
    except ValueError:
        return None
