"""Answers recorded from Wikipedia and from a MediaWiki 1.39, played back over HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[4] / "shared" / "recorded"
SITE = {"wikiid": "enwiki", "sitename": "Wikipedia", "lang": "en", "generator": "MediaWiki 1.45"}


def recorded(name):
    path = RECORDED / name
    if not path.exists():
        pytest.skip(f"the recorded answer ../shared/recorded/{name} is not there")
    return json.loads(path.read_text(encoding="utf-8"))


def play(pages):
    """Answers for pages as recorded; the site's own description is made up."""

    def answer(asked):
        if asked.get("meta") == "siteinfo":
            return {"batchcomplete": "", "query": {"general": SITE}}
        if "pageids" in asked:
            return {"batchcomplete": "", "query": {"pages": {asked["pageids"]: pages[asked["pageids"]]}}}
        return {"batchcomplete": "", "query": {"pages": pages}}

    return answer


def loopback_pages():
    names = ["Astronomy_topic_1", "Star_science", "Edited_page", "Mercury", "Nope", "Stub"]
    answers = [recorded(f"mediawiki_loopback/{name}.json") for name in names]
    return {number: page for answer in answers for number, page in answer["query"]["pages"].items()}


def test_a_mediawiki_as_recorded(serve, source):
    server = serve(play(loopback_pages()))
    titles = ["Astronomy topic 1", "Star science", "Edited page", "Mercury", "Nope", "Stub"]
    (batch,) = source(server, titles=titles).batches(None)
    found = {document.title: document for document in batch.documents}
    assert found.keys() == {"Astronomy topic 1", "Edited page"}
    edited = found["Edited page"]
    assert edited.text == "Second, corrected text of the edited page."
    assert (edited.external_id, edited.revision) == ("enwiki:30", "31")
    assert edited.url == "http://127.0.0.1:18080/wiki/Edited_page?oldid=31"
    assert edited.metadata["timestamp"] == "2026-11-22T12:26:32Z"
    assert found["Astronomy topic 1"].text.splitlines()[2:4] == [
        "History",
        "The history of topic 1 has two parts. It started in 1910.",
    ]
    assert batch.skipped == {"disambiguation page": 1, "no text": 1}
    assert [row.place for row in batch.rejected] == ["title 'Nope'"]


def python_article():
    (page,) = recorded("wikipedia/TestVcrWikiExtracts.test_extracts_0.json")["query"]["pages"].values()
    return {str(page["pageid"]): {**page, "lastrevid": 1300000000, "pagelanguage": "en"}}


def test_an_article_of_wikipedia_section_by_section(serve, source):
    server = serve(play(python_article()))
    connector = source(server, titles=["Python (programming language)"], unit="section")
    (batch,) = connector.batches(None)
    paths = [tuple(document.metadata["heading_path"]) for document in batch.documents]
    assert paths[:2] == [(), ("History",)]
    assert ("Syntax and semantics", "Typing") in paths
    assert ("Implementations", "Performance") in paths
    assert ("Notes",) not in paths  # a heading with nothing but references below it
    assert len({document.external_id for document in batch.documents}) == len(paths)
    assert not any(
        line.startswith("==") for document in batch.documents for line in document.text.split("\n")
    )


def test_an_article_of_wikipedia_whole(serve, source):
    """The sections hold every word of it, and the whole is what the library gives, bar space."""
    import wikipediaapi

    pages = python_article()
    server = serve(play(pages))
    (whole,) = source(server, titles=["Python (programming language)"]).batches(None)
    text = whole.documents[0].text
    plain = wikipediaapi.Wikipedia("labelloop tests (ops@example.org)", "en")
    page = plain.page("Python (programming language)")
    plain._build_extracts(next(iter(pages.values())), page)
    page._called["extracts"] = True
    left_out = {"See also", "Notes", "References", "Sources", "Further reading", "External links"}
    theirs = [line.strip() for line in page.text.splitlines() if line.strip()]
    ours = [line for line in text.splitlines() if line]
    assert [" ".join(line.split()) for line in theirs if line not in left_out] == [
        line for line in ours if line not in left_out
    ]
    assert len(ours) > 100


def test_a_missing_page_of_wikipedia_is_named(serve, source):
    pages = recorded("wikipedia/TestVcrPageExistence.test_exists_false_0.json")["query"]["pages"]
    (batch,) = source(serve(play(pages)), titles=["NonExistentPage_WikiAPI_Test_12345"]).batches(None)
    assert [(row.place, row.reason) for row in batch.rejected] == [
        ("title 'NonExistentPage WikiAPI Test 12345'", "no such page")
    ]


def test_hits_of_wikipedias_search_are_counted(serve, source):
    found = recorded("wikipedia/TestVcrWikiSearch.test_info[totalhits]_0.json")
    site = {"batchcomplete": "", "query": {"general": SITE}}
    server = serve(lambda asked: site if asked.get("meta") == "siteinfo" else found)
    summary = source(server, search=["Python"]).check().summary
    assert summary == "Wikipedia (MediaWiki 1.45, en): search 'Python': 6,045 pages"
