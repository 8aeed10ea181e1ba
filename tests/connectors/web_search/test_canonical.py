"""One spelling per address, and never one for two pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.web_search.canonical import canonical_url, is_within


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("http://example.org./a", "http://example.org/a"),
        ("https://ann:pw@example.org/a", "https://example.org/a"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://example.org/%7Eann/%2fx", "https://example.org/~ann/%2Fx"),
        ("https://example.org/ü?q=ö", "https://example.org/%C3%BC?q=%C3%B6"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org/a?utm_source=x&id=7&UTM_Medium=y&fbclid=z", "https://example.org/a?id=7"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?b=2&a=1"),
        (" https://example.org/a \n", "https://example.org/a"),
        ("https://example.org/?gclid=1", "https://example.org/"),
    ],
)
def test_spellings(written: str, canonical: str) -> None:
    assert canonical_url(written) == canonical
    assert canonical_url(canonical) == canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [("http://example.org/a", "https://example.org/a"),
     ("https://example.org/a", "https://example.org/A"),
     ("https://example.org/a", "https://example.org/a/"),
     ("https://example.org/a", "https://www.example.org/a"),
     ("https://example.org/a?id=1", "https://example.org/a?id=2"),
     ("https://example.org/a?source=1", "https://example.org/a"),
     ("https://example.org/a?x=%26b", "https://example.org/a?x=&b")],
)  # fmt: skip
def test_what_may_be_two_pages_stays_two(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "written", ["", "example.org", "ftp://example.org/", "mailto:a@b", "http://", "http://[::1", "//x/y",
                "http://example.org:99999/", "https://example.org/" + "a" * 3000, "http://a b/", "http://%zz/"],
)  # fmt: skip
def test_what_is_no_address(written: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        canonical_url(written)


@given(st.text(max_size=60))
def test_any_text_gives_an_address_or_a_value_error(text: str) -> None:
    try:
        once = canonical_url("https://example.org/" + text)
    except ValueError:
        return
    assert canonical_url(once) == once
    once.encode("ascii")


def test_a_site_and_what_is_below_it() -> None:
    assert is_within("https://example.org/a", "example.org")
    assert is_within("https://shop.example.org/a", "Example.org")
    assert not is_within("https://notexample.org/a", "example.org")
    assert not is_within("https://example.org.evil.example/", "example.org")


def test_escapes_are_capitals_beside_yt_dlp_too() -> None:
    import yt_dlp.networking._requests  # noqa: F401 - it patches urllib3 when loaded

    assert canonical_url("https://example.org/a%2fb%c3%bc") == "https://example.org/a%2Fb%C3%BC"
