"""What robots.txt forbids is left alone, and asked for once."""

from __future__ import annotations

from typing import Any

import pytest

from labelloop.errors import SourceRefused, SourceUnavailable


@pytest.fixture
def polite(make_fetcher: Any) -> Any:
    return make_fetcher(respect_robots=True)


def test_forbidden_pages_are_not_asked(site: Any, polite: Any) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private/\nDisallow: /*.cgi$\n", kind="text/plain")
    site.put("/public", "x")
    assert polite.get(site.url("/public")).content == b"x"
    for path in ("/private/a", "/b.cgi"):
        with pytest.raises(SourceRefused) as caught:
            polite.get(site.url(path))
        assert caught.value.reason == "robots.txt forbids"
    assert [path for path, _ in site.asked] == ["/robots.txt", "/public"]


def test_rules_for_us_win_over_rules_for_all(site: Any, polite: Any) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n\nUser-agent: labelloop\nAllow: /\n")
    assert polite.get(site.put("/a", "x")).content == b"x"


def test_rules_that_name_us_forbid(site: Any, polite: Any) -> None:
    site.put("/robots.txt", "User-agent: *\nAllow: /\n\nUser-agent: LabelLoop\nDisallow: /\n")
    with pytest.raises(SourceRefused):
        polite.get(site.put("/a", "x"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_without_rules_permits_all(site: Any, polite: Any, status: int) -> None:
    site.put("/robots.txt", status=status)
    assert polite.get(site.put("/a", "x")).content == b"x"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_whose_rules_cannot_be_read_is_left_alone(site: Any, polite: Any, status: int) -> None:
    site.put("/robots.txt", status=status, Retry_After="7")
    with pytest.raises(SourceUnavailable) as caught:
        polite.get(site.put("/a", "x"))
    assert caught.value.reason == "robots.txt unreadable" and caught.value.retry_after == 7
    assert not site.paths()


def test_rules_reached_by_a_redirect_count(site: Any, polite: Any) -> None:
    site.put("/robots.txt", status=301, Location="/rules")
    site.put("/rules", "User-agent: *\nDisallow: /\n")
    with pytest.raises(SourceRefused):
        polite.get(site.put("/a", "x"))


def test_rules_inside_are_not_read(site: Any, polite: Any) -> None:
    site.put("/robots.txt", status=301, Location="http://127.0.0.2/robots.txt")
    with pytest.raises(SourceRefused) as caught:
        polite.get(site.put("/a", "x"))
    assert caught.value.reason == "private address"


def test_a_redirect_to_a_forbidden_page_is_not_followed(site: Any, polite: Any) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private\n")
    with pytest.raises(SourceRefused) as caught:
        polite.get(site.put("/a", status=302, Location="/private"))
    assert caught.value.reason == "robots.txt forbids"


def test_rules_that_are_a_binary_or_a_page_permit_all(site: Any, polite: Any) -> None:
    site.put("/robots.txt", b"\xff\xfe\x00<html>\x80 not rules", kind="text/html")
    assert polite.get(site.put("/a", "x")).content == b"x"


def test_the_delay_a_site_asks_for_is_kept(site: Any, make_fetcher: Any) -> None:
    slept: list[float] = []
    site.put("/robots.txt", "User-agent: *\nCrawl-delay: 2.5\n")
    fetcher = make_fetcher(respect_robots=True, clock=lambda: 100.0, sleep=slept.append, delay=1.0)
    url = site.put("/a", "x")
    for _ in range(3):
        fetcher.get(url)
    assert slept == [2.5, 2.5]


def test_a_site_that_asks_for_hours_is_left_alone(site: Any, polite: Any) -> None:
    site.put("/robots.txt", "User-agent: *\nRequest-rate: 1/1h\n")
    with pytest.raises(SourceRefused) as caught:
        polite.get(site.put("/a", "x"))
    assert caught.value.reason == "crawl delay too long"
