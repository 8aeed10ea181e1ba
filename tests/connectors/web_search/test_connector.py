"""Web search end to end, against a site and a search service on this machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.web_search import WebSearchConnector
from labelloop.errors import SourceMisconfigured, SourceRefused, SourceUnavailable

WEEK = 7 * 24 * 3600.0
START = 30_000_000 * 60.0


def read(connector: WebSearchConnector, cursor: Any = None) -> tuple[list[Any], Any]:
    """Batches, and the error they ended in."""
    batches = []
    try:
        for batch in connector.batches(json.loads(json.dumps(cursor))):
            batches.append(batch)  # noqa: PERF402  # a list() would lose them at an error
    except (SourceRefused, SourceUnavailable) as error:
        return batches, error
    return batches, None


def test_pages_become_documents_with_their_provenance(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    urls = pages(3)
    found = [
        {"url": url + "?utm_source=feed#top", "publishedDate": "2026-03-05T10:00:00"} for url in urls
    ]
    site.put("/search", json.dumps({"results": found}))
    batches, error = read(connector())
    documents = words.documents(batches)
    assert error is None and [document.external_id for document in documents] == urls
    first = documents[0]
    assert "about topic 0" in first.text and first.url == urls[0] and first.title == "topic 0"
    assert first.published_at and first.published_at.isoformat() == "2026-03-05T10:00:00"
    assert first.metadata == {
        "provider": "searxng", "query": "sun", "rank": 1, "date_from": "provider",
        "found_by": "trafilatura",
    }  # fmt: skip


def test_the_same_page_found_twice_is_read_once(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    one, two = pages(2)
    site.put("/search?q=sun&format=json&pageno=1", words.results(one, one + "#x", one + "?utm_id=1"))
    site.put("/search?q=wind&format=json&pageno=1", words.results(two, one))
    batches, _ = read(connector(queries=["sun", "wind"]))
    assert [document.external_id for document in words.documents(batches)] == [one, two]
    assert words.skipped(batches) == {"same page as another result": 3}
    assert [path for path in site.paths() if path.startswith("/page")] == ["/page/0", "/page/1"]


def test_redirects_to_one_page_are_one_document(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    (page,) = pages(1)
    short = [site.put(f"/s/{n}", status=302, Location="/page/0") for n in range(2)]
    site.put("/search", words.results(*short, page))
    batches, _ = read(connector())
    (document,) = words.documents(batches)
    assert document.external_id == page and document.metadata["redirected_from"] == short[0]
    assert words.skipped(batches) == {"same page as another result": 2}
    later, _ = read(connector(), batches[-1].cursor)
    assert words.documents(later) == []


# The second run


def test_a_page_is_asked_again_only_when_due(site: Any, connector: Any, pages: Any, words: Any) -> None:
    site.put("/search", words.results(*pages(2)))
    first, _ = read(connector())
    asked = len(site.asked)
    soon, _ = read(connector(now=START + WEEK - 60), first[-1].cursor)
    assert words.documents(soon) == [] and words.skipped(soon) == {"not due yet": 2}
    assert all(path.startswith("/search") for path, _ in site.asked[asked:])


@pytest.mark.parametrize(
    "said",
    [("ETag", '"v1"', "if-none-match"), ("ETag", 'W/"v1"', "if-none-match"),
     ("Last_Modified", "Sun, 01 Nov 2026 10:00:00 GMT", "if-modified-since")],
)  # fmt: skip
def test_a_due_page_is_asked_with_what_its_server_said(
    site: Any, connector: Any, words: Any, said: tuple[str, str, str]
) -> None:
    header, value, sent = said
    url = site.put("/a", words.article("topic"), **{header: value})
    site.put("/search", words.results(url))
    first, _ = read(connector())
    site.put("/a", status=304, kind="")
    later, _ = read(connector(now=START + WEEK), first[-1].cursor)
    assert site.asked[-1][1][sent] == value
    assert words.documents(later) == [] and later[-1].unchanged == 1
    again, _ = read(connector(now=START + WEEK + 60), later[-1].cursor)
    assert words.skipped(again) == {"not due yet": 1}
    read(connector(now=START + 2 * WEEK), again[-1].cursor)
    assert site.asked[-1][1][sent] == value  # still known after a 304, which need not repeat it


def test_a_changed_page_is_the_same_document_with_another_text(
    site: Any, connector: Any, words: Any
) -> None:
    url = site.put("/a", words.article("topic"), ETag='"v1"')
    site.put("/search", words.results(url))
    first, _ = read(connector())
    site.put("/a", words.article("another topic"), ETag='"v2"')
    later, _ = read(connector(now=START + WEEK), first[-1].cursor)
    (before,), (after,) = words.documents(first), words.documents(later)
    assert before.external_id == after.external_id and "another topic" in after.text


def test_a_page_without_validators_and_the_same_text_is_unchanged(
    site: Any, connector: Any, words: Any
) -> None:
    url = site.put("/a", words.article("topic"))
    site.put("/search", words.results(url))
    first, _ = read(connector(refresh_after=0))
    later, _ = read(connector(refresh_after=0), first[-1].cursor)
    assert words.documents(later) == [] and later[-1].unchanged == 1


def test_the_cursor_of_an_older_version_costs_requests_only(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    site.put("/search", words.results(*pages(2)))
    batches, error = read(connector(), {"version": 0, "seen": ["https://a.example/"]})
    assert error is None and len(words.documents(batches)) == 2


# A run that is killed


def test_going_on_after_any_batch_loses_and_doubles_nothing(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    urls = pages(9)
    for number, query in enumerate(("sun", "wind", "rain")):
        site.put(f"/search?q={query}&format=json&pageno=1", words.results(*urls[number * 3 :][:4]))
    make = lambda: connector(queries=["sun", "wind", "rain"])  # noqa: E731
    whole = make()
    whole.batch_size = 2
    batches, _ = read(whole)
    everything = [document.external_id for document in words.documents(batches)]
    assert sorted(everything) == sorted(urls) and len(batches) > 3
    for cut, batch in enumerate(batches, start=1):
        kept = [document.external_id for document in words.documents(batches[:cut])]
        rest, _ = read(make(), batch.cursor)
        assert sorted(kept + [d.external_id for d in words.documents(rest)]) == sorted(urls)


def test_queries_that_are_done_are_not_asked_again_after_a_fault(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    one, two = pages(2)
    site.put("/search?q=sun&format=json&pageno=1", words.results(one))
    site.put("/search?q=wind&format=json&pageno=1", status=503)
    make = lambda now=START: connector(queries=["sun", "wind"], now=now)  # noqa: E731
    first, error = read(make())
    assert isinstance(error, SourceUnavailable) and len(words.documents(first)) == 1
    site.put("/search?q=wind&format=json&pageno=1", words.results(two))
    site.asked.clear()
    second, error = read(make(), first[-1].cursor)
    assert error is None and [d.external_id for d in words.documents(second)] == [two]
    assert not any("q=sun" in path for path in site.paths())
    site.asked.clear()
    read(make(START + 60), second[-1].cursor)  # a round that ended well starts from the beginning
    assert sum("q=sun" in path for path in site.paths()) == 1


def test_batches_come_as_they_fill(site: Any, connector: Any, pages: Any, words: Any) -> None:
    site.put("/search", words.results(*pages(5)))
    made = connector()
    made.batch_size = 2
    batches = made.batches(None)
    assert not site.asked
    assert len(next(batches).documents) == 2
    assert site.paths()[-1] == "/page/1"
    batches.close()


# What does not go well


def test_bad_pages_are_counted_and_do_not_stop_the_good(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    login = "<html><body><p>Please log in to go on.</p><input type=password></body></html>"
    site.put("/robots.txt", "User-agent: *\nDisallow: /forbidden\n")
    bad = [
        site.put("/gone", status=410), site.put("/no", status=403), site.put("/broken", status=500),
        site.put("/busy", status=429), site.put("/forbidden", "x"), site.put("/login", login),
        site.put("/short", "<html><body><article><p>Too short.</p></article></body></html>"),
        site.put("/pdf", b"%PDF-1.7 binary", kind="application/pdf"),
        site.put("/fake", b"%PDF-1.7 \0\1"),
        site.put("/json", '{"a": 1}'), site.put("/away", status=302, Location="http://10.0.0.1/"),
        site.put("/loop", status=302, Location="/loop"), "ftp://example.org/a", "not an address",
        site.put("/maze", "<p>word" * 41_000),
        "http://127.0.0.2/", site.put("/big", words.article("big", times=9000)),
    ]  # fmt: skip
    site.put("/search", words.results(*bad, *pages(1)))
    made = connector(max_bytes=1_000_000)
    batches, error = read(made)
    assert error is None and len(words.documents(batches)) == 1
    assert words.skipped(batches) == {
        "HTTP 410": 1, "HTTP 403": 1, "HTTP 500": 1, "HTTP 429": 1, "robots.txt forbids": 1,
        "log-in page": 1, "too little text": 1, "content type not wanted": 1, "binary": 1,
        "no text found": 1, "private address": 2, "too many redirects": 1, "not a web address": 2,
        "too large": 1, "too many elements": 1,
    }  # fmt: skip
    site.asked.clear()
    later, error = read(connector(max_bytes=1_000_000), batches[-1].cursor)
    assert error is None and words.skipped(later) == {**words.skipped(batches), "not due yet": 1}
    assert sorted(set(site.paths()) - {"/search?q=sun&format=json&pageno=1"}) == ["/broken", "/busy"]


def test_when_no_page_can_be_read_the_source_says_so(site: Any, connector: Any, words: Any) -> None:
    urls = [site.put(f"/{status}", status=status) for status in (403, 404)]
    site.put("/search", words.results(*urls))
    batches, error = read(connector())
    assert isinstance(error, SourceRefused)
    assert str(error) == "source 'web': none of 2 pages could be read: 1 × HTTP 403, 1 × HTTP 404"
    later, error = read(connector(), batches[-1].cursor)
    assert isinstance(error, SourceRefused) and len(later) == 1


def test_when_it_may_pass_another_try_is_worth_it(site: Any, connector: Any, words: Any) -> None:
    site.put("/search", words.results(site.put("/a", status=503), site.put("/b", status=404)))
    _, error = read(connector())
    assert isinstance(error, SourceUnavailable)


def test_a_search_without_results_is_no_error(site: Any, connector: Any, words: Any) -> None:
    site.put("/search", words.results())
    batches, error = read(connector())
    assert error is None and len(batches) == 1 and not batches[0].documents


def test_a_failing_query_does_not_stop_the_others(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    site.put("/search?q=bad&format=json&pageno=1", status=400)
    site.put("/search?q=slow&format=json&pageno=1", status=503, Retry_After="60")
    site.put("/search?q=sun&format=json&pageno=1", words.results(*pages(1)))
    batches, error = read(connector(queries=["bad", "slow", "sun"]))
    assert len(words.documents(batches)) == 1 and words.skipped(batches) == {"query refused": 1}
    assert isinstance(error, SourceUnavailable) and error.retry_after == 60


def test_a_refused_query_is_named_and_does_not_hold_up_the_next_run(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    site.put("/search?q=bad&format=json&pageno=1", status=400)
    site.put("/search?q=sun&format=json&pageno=1", words.results(*pages(1)))
    batches, error = read(connector(queries=["bad", "sun"]))
    assert isinstance(error, SourceRefused) and "'bad'" in str(error)
    site.asked.clear()
    read(connector(queries=["bad", "sun"], now=START + 60), batches[-1].cursor)
    assert len([path for path in site.paths() if path.startswith("/search")]) == 2


def test_a_service_that_fails_three_times_is_left_in_peace(site: Any, connector: Any) -> None:
    site.put("/search", status=503, Retry_After="60")
    batches, error = read(connector(queries=[f"q{n}" for n in range(20)]))
    assert isinstance(error, SourceUnavailable) and error.retry_after == 60
    assert len(site.asked) == 3 and len(batches) == 1


def test_a_lasting_no_is_not_asked_twice(site: Any, connector: Any) -> None:
    site.put("/search", status=403, body="<html>")
    _, error = read(connector(queries=["a", "b"]))
    assert isinstance(error, SourceRefused) and "settings.yml" in str(error)
    assert len(site.asked) == 1


def test_missing_engines_are_counted(site: Any, connector: Any, pages: Any, words: Any) -> None:
    site.put("/search", words.results(*pages(1), unresponsive_engines=[["dead", "timeout"]]))
    batches, error = read(connector())
    assert error is None and words.skipped(batches) == {"search engine without an answer: dead": 1}


def test_nobody_there(connector: Any) -> None:
    with pytest.raises(SourceUnavailable, match="connection refused"):
        list(connector(base_url="http://127.0.0.1:1").batches(None))


# Settings at work


def test_the_site_restriction_is_asked_and_kept(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    site.put("/search", words.results(*pages(1), "https://elsewhere.example/"))
    batches, _ = read(connector(site="127.0.0.1"))
    assert "q=sun+site%3A127.0.0.1" in site.asked[0][0]
    assert len(words.documents(batches)) == 1 and words.skipped(batches) == {"outside the site": 1}


def test_the_limit_counts_known_pages_too(site: Any, connector: Any, pages: Any, words: Any) -> None:
    site.put("/search", words.results(*pages(9)))
    first, _ = read(connector(limit=4))
    assert len(words.documents(first)) == 4
    second, _ = read(connector(limit=4), first[-1].cursor)
    assert words.documents(second) == []


def test_result_pages_are_read_as_far_as_wanted(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    urls = pages(4)
    for number in range(4):
        site.put(f"/search?q=sun&format=json&pageno={number + 1}", words.results(urls[number]))
    batches, _ = read(connector(pages=3))
    assert [document.metadata["rank"] for document in words.documents(batches)] == [1, 2, 3]


def test_forbidden_pages_of_ones_own_site_can_be_read(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /\n")
    site.put("/search", words.results(*pages(1)))
    assert isinstance(read(connector())[1], SourceRefused)
    batches, _ = read(connector(respect_robots=False))
    assert len(words.documents(batches)) == 1


def test_the_contact_is_told_to_every_site(site: Any, connector: Any, pages: Any, words: Any) -> None:
    site.put("/search", words.results(*pages(1)))
    read(connector(contact="ops@example.org"))
    assert len(site.asked) == 3
    assert all("(+ops@example.org)" in headers["user-agent"] for _, headers in site.asked)


def test_addresses_without_a_search(site: Any, connector: Any, pages: Any, words: Any) -> None:
    batches, error = read(connector(provider="urls", urls=pages(3)))
    assert error is None and len(words.documents(batches)) == 3
    assert "query" not in words.documents(batches)[0].metadata


# check


def test_check_says_what_is_there_and_stores_nothing(
    site: Any, connector: Any, pages: Any, words: Any
) -> None:
    site.put("/search", words.results(site.put("/no", status=404), *pages(1)))
    summary = connector().check().summary
    assert summary.startswith("2 results for 'sun' from searxng; read 'topic 0', ")
    assert connector(provider="urls", urls=pages(1)).check().summary.startswith("1 addresses; read")


def test_check_of_an_empty_search(site: Any, connector: Any, words: Any) -> None:
    site.put("/search", words.results())
    assert connector().check().summary == "no results for 'sun' from searxng"


def test_check_fails_where_no_page_can_be_read(site: Any, connector: Any, words: Any) -> None:
    site.put("/search", words.results("http://10.0.0.1/"))
    with pytest.raises(SourceRefused, match="private address"):
        connector().check()


def test_a_missing_key_fails_at_use_and_not_before(
    connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABELLOOP_BRAVE_KEY", raising=False)
    made = connector(provider="brave", queries=["sun"])
    for use in (made.check, lambda: list(made.batches(None))):
        with pytest.raises(SourceMisconfigured, match="LABELLOOP_BRAVE_KEY"):
            use()
