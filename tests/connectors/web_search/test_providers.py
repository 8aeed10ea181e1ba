"""Each provider, by answers that were recorded or that its documentation shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.http import JsonApi
from connectors.web_search.providers.base import as_date
from connectors.web_search.providers.brave import BraveProvider
from connectors.web_search.providers.ddgs import DdgsProvider
from connectors.web_search.providers.searxng import SearxngProvider
from connectors.web_search.providers.serper import SerperProvider
from connectors.web_search.providers.urls import UrlsProvider
from labelloop.errors import MissingExtra, SourceMisconfigured, SourceRefused, SourceUnavailable

RECORDED = Path(__file__).parents[4] / "shared" / "recorded" / "searx"
KEY = "k3y-that-nobody-may-see"


def api(headers: dict[str, str] | None = None) -> JsonApi:
    return JsonApi(user_agent="labelloop/test", headers=headers, deadline=5.0)


def searxng(site: Any, **wishes: str) -> SearxngProvider:
    return SearxngProvider(api(), site.base, **wishes)


# SearXNG


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers beside the repository")
@pytest.mark.parametrize(("kind", "most"), [("searx11", 3), ("searxng2026", 2)])
def test_recorded_pages_of_searxng(site: Any, kind: str, most: int) -> None:
    for number in range(1, most + 1):
        recorded = (RECORDED / f"{kind}_early_p{number}.json").read_bytes()
        site.put(f"/search?q=early&format=json&pageno={number}", recorded, kind="application/json")
    site.put(f"/search?q=early&format=json&pageno={most + 1}", '{"results": []}')
    pages = list(searxng(site).pages("early", 10))
    hits = [hit for page in pages for hit in page.hits]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1)) and len(hits) > most
    assert all(hit.url.startswith("http://127.0.0.1:18080/wiki/") and hit.title for hit in hits)
    if kind == "searxng2026":
        assert hits[0].published_at == datetime(2026, 11, 22, 12, 26, 12)
    assert len(site.asked) == most + 1


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers beside the repository")
@pytest.mark.parametrize("name", ["searx11_unresponsive.json", "searxng2026_unresponsive.json"])
def test_recorded_unresponsive_engines_are_no_emptiness(site: Any, name: str) -> None:
    site.put("/search", (RECORDED / name).read_bytes(), kind="application/json")
    with pytest.raises(SourceUnavailable, match="dead did not answer"):
        list(searxng(site).pages("x", 3))


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers beside the repository")
def test_recorded_partial_answer_names_what_is_missing(site: Any) -> None:
    site.put("/search", (RECORDED / "searxng2026_partial.json").read_bytes(), kind="application/json")
    page = next(searxng(site).pages("early", 1))
    assert page.hits and page.missing == ("dead",)


@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers beside the repository")
def test_recorded_400_is_about_the_query(site: Any) -> None:
    site.put("/search", (RECORDED / "searx11_error_400.json").read_bytes(), status=400)
    with pytest.raises(SourceRefused) as caught:
        list(searxng(site).pages("x", 1))
    assert caught.value.reason == "query refused"


def test_an_empty_answer_is_emptiness(site: Any, words: Any) -> None:
    site.put("/search", words.results())
    pages = list(searxng(site).pages("x", 5))
    assert [page.hits for page in pages] == [()] and len(site.asked) == 1


def test_wishes_travel(site: Any, words: Any) -> None:
    site.put("/search", words.results())
    list(searxng(site, language="de", time_range="week").pages("Wärme & Licht", 1))
    assert site.asked[0][0] == (
        "/search?q=W%C3%A4rme+%26+Licht&format=json&pageno=1&language=de&time_range=week"
    )


def test_an_engine_that_repeats_its_page_is_not_asked_for_ever(site: Any, words: Any) -> None:
    site.put("/search", words.results("https://a.example/", "https://b.example/"))
    pages = list(searxng(site).pages("x", 50))
    assert len(site.asked) == 2 and [len(page.hits) for page in pages] == [2, 0]


@pytest.mark.parametrize(
    "answer", [{"status": 403, "body": "<html>Forbidden"}, {"body": "<!doctype html>"}]
)
def test_json_switched_off_is_explained(site: Any, answer: dict[str, Any]) -> None:
    site.put("/search", **answer)
    with pytest.raises(SourceRefused, match=r"'json' under search: formats:.*settings\.yml"):
        list(searxng(site).pages("x", 1))


@pytest.mark.parametrize("body", ['{"results": "none"}', "[]", '"x"', '{"results": {"a": 1}}'])
def test_an_answer_of_another_shape_is_refused(site: Any, body: str) -> None:
    site.put("/search", body)
    with pytest.raises(SourceRefused) as caught:
        list(searxng(site).pages("x", 1))
    assert caught.value.reason == "unknown answer"


def test_results_without_an_address_are_passed_over(site: Any) -> None:
    listed: list[Any] = [
        {"title": "no url"},
        {"url": 7},
        "text",
        None,
        {"url": ""},
        {"url": "https://a.example/"},
    ]
    site.put("/search", json.dumps({"results": listed, "unresponsive_engines": [7, [], None]}))
    page = next(searxng(site).pages("x", 1))
    assert [hit.url for hit in page.hits] == ["https://a.example/"]


def test_the_limiter_is_named(site: Any) -> None:
    site.put("/search", status=429, Retry_After="30")
    with pytest.raises(SourceUnavailable, match="limiter") as caught:
        list(searxng(site).pages("x", 1))
    assert caught.value.retry_after == 30


# Brave and Serper, by their documentation


BRAVE = {
    "type": "search",
    "query": {"original": "sun", "more_results_available": True},
    "web": {
        "type": "search",
        "results": [
            {"title": "One", "url": "https://a.example/", "page_age": "2026-03-05T10:00:00"},
            {"title": "Two", "url": "https://b.example/", "age": "3 days ago"},
        ],
    },
}  # fmt: skip
SERPER = {
    "searchParameters": {"q": "sun", "type": "search"},
    "organic": [
        {
            "title": "One",
            "link": "https://a.example/",
            "snippet": "s",
            "position": 1,
            "date": "3 days ago",
        },
        {"title": "Two", "link": "https://b.example/", "position": 2},
    ],
}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELLOOP_BRAVE_KEY", KEY)
    monkeypatch.setenv("LABELLOOP_SERPER_KEY", KEY)


@pytest.mark.usefixtures("keys")
def test_brave(site: Any) -> None:
    site.put("/res/v1/web/search?q=sun&count=20&offset=0&search_lang=jp&freshness=pm", json.dumps(BRAVE))
    last = {
        "query": {"more_results_available": False},
        "web": {"results": [{"url": "https://c.example/"}]},
    }
    site.put("/res/v1/web/search?q=sun&count=20&offset=1&search_lang=jp&freshness=pm", json.dumps(last))
    provider = BraveProvider(api, site.base, language="ja", time_range="month")
    hits = [hit for page in provider.pages("sun", 9) for hit in page.hits]
    assert [(hit.rank, hit.url) for hit in hits] == [
        (1, "https://a.example/"), (2, "https://b.example/"), (3, "https://c.example/")]  # fmt: skip
    assert hits[0].published_at == datetime(2026, 3, 5, 10) and hits[1].published_at is None
    assert len(site.asked) == 2 and site.asked[0][1]["x-subscription-token"] == KEY


@pytest.mark.usefixtures("keys")
def test_brave_gives_ten_pages_and_no_more(site: Any) -> None:
    def page(request: Any) -> None:
        number = request.path.rpartition("offset=")[2]
        body = json.dumps({"web": {"results": [{"url": f"https://a.example/{number}"}]}}).encode()
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    site.behave("/res/v1/web/search", page)
    assert len(list(BraveProvider(api, site.base).pages("sun", 100))) == 10


@pytest.mark.usefixtures("keys")
def test_brave_without_results_has_no_web(site: Any) -> None:
    site.put("/res/v1/web/search", '{"type": "search", "query": {"original": "x"}}')
    assert [page.hits for page in BraveProvider(api, site.base).pages("x", 3)] == [()]


@pytest.mark.usefixtures("keys")
def test_serper(site: Any) -> None:
    site.put("/search", json.dumps(SERPER))
    hits = next(SerperProvider(api, site.base, language="en", time_range="day").pages("sun", 1)).hits
    assert [(hit.rank, hit.url, hit.title) for hit in hits] == [
        (1, "https://a.example/", "One"), (2, "https://b.example/", "Two")]  # fmt: skip
    assert json.loads(site.bodies[0]) == {"q": "sun", "page": 1, "hl": "en", "tbs": "qdr:d"}
    assert site.asked[0][1]["x-api-key"] == KEY


PAID: list[tuple[Callable[..., Any], str, str]] = [
    (BraveProvider, "/res/v1/web/search", "LABELLOOP_BRAVE_KEY"),
    (SerperProvider, "/search", "LABELLOOP_SERPER_KEY"),
]


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(("make", "path", "variable"), PAID)
@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_named_and_not_printed(
    site: Any, make: Any, path: str, variable: str, status: int
) -> None:
    site.put(path, status=status, body=json.dumps({"message": f"bad key {KEY}"}))
    with pytest.raises(SourceRefused, match=variable) as caught:
        list(make(api, site.base).pages("sun", 1))
    assert KEY not in str(caught.value) and caught.value.reason == f"HTTP {status}"


@pytest.mark.usefixtures("keys")
def test_brave_answers_422_to_wrong_keys_too(site: Any) -> None:
    site.put("/res/v1/web/search", status=422, body='{"error": {"code": "SUBSCRIPTION_TOKEN_INVALID"}}')
    with pytest.raises(SourceRefused, match="LABELLOOP_BRAVE_KEY"):
        list(BraveProvider(api, site.base).pages("sun", 1))


@pytest.mark.parametrize("paid", PAID)
@pytest.mark.parametrize("value", [None, "", "  ", "schlüssel", "two words", "line\nbreak"])
def test_a_missing_or_impossible_key_is_named(
    site: Any, monkeypatch: pytest.MonkeyPatch, paid: tuple[Any, str, str], value: str | None
) -> None:
    make, _, variable = paid
    monkeypatch.delenv(variable, raising=False)
    if value is not None:
        monkeypatch.setenv(variable, value)
    with pytest.raises(SourceMisconfigured, match=variable) as caught:
        make(api, site.base)
    assert not (value or "").strip() or (value or "") not in str(caught.value)
    assert not site.asked


@pytest.mark.usefixtures("keys")
def test_serper_without_credits_is_explained(site: Any) -> None:
    site.put("/search", status=400, body='{"message": "Not enough credits", "statusCode": 400}')
    with pytest.raises(SourceRefused, match="credits"):
        list(SerperProvider(api, site.base).pages("sun", 1))


# ddgs


class FakeDDGS:
    """Answers as ``ddgs.DDGS().text`` does."""

    def __init__(self, *pages: Any) -> None:
        self.pages = pages
        self.asked: list[dict[str, Any]] = []

    def text(self, query: str, **options: Any) -> list[dict[str, Any]]:
        self.asked.append({"query": query, **options})
        page = self.pages[options["page"] - 1]
        if isinstance(page, Exception):
            raise page
        return list(page)


def test_ddgs() -> None:
    client = FakeDDGS(
        [{"title": "One", "href": "https://a.example/", "body": "b"}], Exception("No results found.")
    )
    provider = DdgsProvider(client=client, language="de", time_range="week")
    pages = list(provider.pages("Sonne", 5))
    assert [hit.url for page in pages for hit in page.hits] == ["https://a.example/"]
    asked = {"query": "Sonne", "region": "de-de", "timelimit": "w", "page": 1, "max_results": 20}
    assert client.asked[0] == asked
    assert [page.missing for page in pages] == [(), ()]


def test_ddgs_empty_may_be_throttled_and_says_so() -> None:
    page = next(DdgsProvider(client=FakeDDGS(Exception("No results found."))).pages("x", 1))
    assert not page.hits and "throttled" in page.missing[0]


def test_ddgs_fault_is_passing() -> None:
    with pytest.raises(SourceUnavailable, match="TimeoutError"):
        list(DdgsProvider(client=FakeDDGS(TimeoutError("timed out"))).pages("x", 1))


def test_ddgs_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ddgs", None)
    with pytest.raises(MissingExtra, match="pip install"):
        DdgsProvider()


def test_the_real_ddgs_takes_what_we_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package itself, with one engine that answers without a network."""
    pytest.importorskip("ddgs", reason="the optional package ddgs is not installed")
    from ddgs import ddgs as module
    from ddgs.results import TextResult

    class Offline:
        name = provider = "offline"
        priority = 1

        def __init__(self, **_: Any) -> None:
            """As engines are made."""

        def search(self, query: str, **options: Any) -> list[Any]:
            asked.append({"query": query, **options})
            return (
                [TextResult(title="One", href="https://a.example/", body="sun")]
                if options["page"] == 1
                else []
            )

    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(module, "ENGINES", {"text": {"offline": Offline}})
    pages = list(DdgsProvider(language="en", time_range="year").pages("sun", 3))
    assert [hit.url for page in pages for hit in page.hits] == ["https://a.example/"]
    assert asked[0]["region"] == "us-en" and asked[0]["timelimit"] == "y" and asked[0]["page"] == 1


# urls


def test_a_list_of_addresses(tmp_path: Path) -> None:
    urls = [f"https://a.example/{n}" for n in range(250)]
    pages = list(UrlsProvider(urls, tmp_path).pages("", 1))
    assert [len(page.hits) for page in pages] == [100, 100, 50]
    assert pages[2].hits[-1].rank == 250


def test_a_file_of_addresses(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(
        "\ufeff# remark\nhttps://a.example/\n\n  https://b.example/  \n", "utf-8"
    )
    pages = list(UrlsProvider("list.txt", tmp_path).pages("", 1))
    assert [hit.url for hit in pages[0].hits] == ["https://a.example/", "https://b.example/"]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceMisconfigured, match=r"nowhere\.txt"):
        list(UrlsProvider("nowhere.txt", tmp_path).pages("", 1))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.bin").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SourceMisconfigured, match="not UTF-8"):
        list(UrlsProvider("list.bin", tmp_path).pages("", 1))


@pytest.mark.parametrize(
    ("written", "read"),
    [("2026-03-05", datetime(2026, 3, 5)), ("2026-03-05T10:00:00+02:00", datetime(2026, 3, 5, 8)),
     ("2026-03-05T10:00:00Z", datetime(2026, 3, 5, 10)), ("3 days ago", None), (None, None),
     (7, None), ("", None)],
)  # fmt: skip
def test_dates(written: Any, read: datetime | None) -> None:
    assert as_date(written) == read
