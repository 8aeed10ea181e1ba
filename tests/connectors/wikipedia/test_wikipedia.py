"""What the connector reads, passes over and remembers, over HTTP from a small wiki."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from labelloop.errors import SourceMisconfigured, SourceUnavailable


def run(source, cursor=None):
    batches = list(source.batches(cursor))
    cursor = json.loads(json.dumps(batches[-1].cursor))  # as it comes back from the store
    return batches, cursor


def until_fault(batches, fault):
    """The batches before the fault that ends them."""
    got = []
    try:
        for batch in batches:
            got.append(batch)  # noqa: PERF402  what came before the fault is wanted
    except fault as error:
        return got, str(error)
    raise AssertionError(f"no {fault.__name__} came")


def texts(batches):
    return {document.external_id: document.text for batch in batches for document in batch.documents}


def totals(batches):
    skipped: dict[str, int] = {}
    for batch in batches:
        for reason, count in batch.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    return sum(batch.unchanged for batch in batches), skipped


def test_an_article_comes_with_all_that_is_known_about_it(wiki, server, source):
    page = wiki.add("Solar power", "Sun makes power.\n\n\n== Uses ==\nRoofs.\n\n\n== See also ==\n")
    batches, _ = run(source(server, titles=["Solar power"]))
    (document,) = batches[0].documents
    assert document.external_id == "smallwiki:1"
    assert document.text == "Sun makes power.\n\nUses\nRoofs."
    assert document.title == "Solar power"
    assert document.url == f"https://small.example/wiki/Solar_power?oldid={page.revision}"
    assert document.language == "en"
    assert document.revision == str(page.revision)
    assert document.published_at == datetime(2026, 3, 25, 15, 46)
    assert document.metadata["licence"] == "CC BY-SA 4.0"
    assert document.metadata["licence_url"].startswith("https://creativecommons.org/")
    assert document.metadata["timestamp"] == "2026-03-25T15:46:00Z"
    assert document.metadata["found_by"] == "title"
    json.dumps(dict(document.metadata))


def test_second_run_downloads_nothing(wiki, server, source):
    for number in range(7):
        wiki.add(f"Page {number}", "Words.", categories=("C",))
    wiki.add("Category:C", ns=14)
    first, cursor = run(source(server, categories=["C"]))
    assert len(texts(first)) == 7
    server.asked.clear()
    second, _ = run(source(server, categories=["C"]), cursor)
    assert texts(second) == {}
    assert totals(second) == (7, {})
    assert not [asked for asked in server.asked if "pageids" in asked or asked["action"] == "parse"]


def test_an_edit_is_a_new_revision_of_the_same_document(wiki, server, source):
    kept, edited = wiki.add("Kept", "Same."), wiki.add("Edited", "First.")
    connector = source(server, titles=["Kept", "Edited"])
    first, cursor = run(connector)
    wiki.edit(edited, "Second.")
    second, cursor = run(connector, cursor)
    (document,) = [document for batch in second for document in batch.documents]
    assert (document.external_id, document.text) == (f"smallwiki:{edited.page_id}", "Second.")
    assert document.revision == str(edited.revision)
    assert totals(second)[0] == 1
    assert f"smallwiki:{kept.page_id}" in texts(first)
    assert texts(run(connector, cursor)[0]) == {}


def test_disambiguation_and_stubs_are_left_out_and_counted(wiki, server, source):
    wiki.add("Mercury", "Mercury may be", disambiguation=True)
    stub = wiki.add("Stub", "")
    wiki.add("Page", "Words.")
    connector = source(server, titles=["Mercury", "Stub", "Page"])
    first, cursor = run(connector)
    assert list(texts(first).values()) == ["Words."]
    assert totals(first) == (0, {"disambiguation page": 1, "no text": 1})
    server.asked.clear()
    second, cursor = run(connector, cursor)
    assert totals(second) == (1, {"disambiguation page": 1, "no text": 1})
    assert not [asked for asked in server.asked if "pageids" in asked]  # the stub is remembered
    wiki.edit(stub, "Grown.")
    assert list(texts(run(connector, cursor)[0]).values()) == ["Grown."]


def test_a_redirect_and_its_target_are_one_document(wiki, server, source):
    wiki.add("Target", "Words.")
    wiki.add("Old name", redirect="Target")
    batches, _ = run(source(server, titles=["Old name", "Target"]))
    assert texts(batches) == {"smallwiki:1": "Words."}


def test_titles_without_a_page_are_named(wiki, server, source):
    wiki.add("Page", "Words.")
    batches, _ = run(source(server, titles=["Page", "Nope", "a|b"]))
    assert {(row.place, row.reason) for row in batches[0].rejected} == {
        ("title 'Nope'", "no such page"),
        ("title 'a|b'", "not a possible title"),
    }
    assert len(texts(batches)) == 1


def test_many_long_titles_are_asked_in_portions_an_address_can_hold(wiki, server, source):
    names = [f"{'東京' * 30} {number}" for number in range(60)]
    for name in names:
        wiki.add(name, "Words.")
    batches, _ = run(source(server, titles=names))
    assert len(texts(batches)) == 60
    assert max(len(asked["titles"].encode()) * 3 for asked in server.asked if "titles" in asked) < 8000


def test_category_cycle_ends_and_depth_counts(wiki, server, source):
    wiki.add("Category:A", ns=14, categories=("C",))
    wiki.add("Category:B", ns=14, categories=("A",))
    wiki.add("Category:C", ns=14, categories=("B",))
    for name in "ABC":
        wiki.add(f"In {name}", name, categories=(name,))
    wiki.add("Template:T", "x", ns=10, categories=("A",))
    depths = {depth: run(source(server, categories=["A"], depth=depth)) for depth in (0, 1, 2, 20)}
    found = {depth: sorted(texts(batches).values()) for depth, (batches, _) in depths.items()}
    assert found == {0: ["A"], 1: ["A", "B"], 2: ["A", "B", "C"], 20: ["A", "B", "C"]}
    assert totals(depths[0][0])[1] == {"other namespace": 1}


def test_a_category_is_found_by_its_local_name_and_listed_in_pages(wiki, server, source):
    wiki.list_size = 2
    wiki.add("Category:C", ns=14)
    for number in range(5):
        wiki.add(f"Page {number}", f"{number}", categories=("C",))
    batches, _ = run(source(server, categories=["Kategorie:C", "C", "category: C"]))
    assert sorted(texts(batches).values()) == list("01234")
    lists = [asked for asked in server.asked if asked.get("generator") == "categorymembers"]
    assert len(lists) == 3  # named thrice, listed once, two at a time


def test_properties_spread_over_answers_are_joined(wiki, serve, source):
    wiki.add("A", "Words.", categories=("C",))
    wiki.add("B", "B may be", categories=("C",), disambiguation=True)
    wiki.add("Category:C", ns=14)

    def in_two(asked):
        answer = wiki.answer(asked)
        if asked.get("generator") != "categorymembers":
            return answer
        pages = answer["query"]["pages"]
        if "ppcontinue" in asked:
            props = [{"pageid": 2, "ns": 0, "title": "B", "pageprops": {"disambiguation": ""}}]
            return {"batchcomplete": "", "query": {"pages": {"2": props[0]}}}
        pages["2"].pop("pageprops")
        return {"continue": {"ppcontinue": 2, "continue": "||"}, "query": {"pages": pages}}

    batches, _ = run(source(serve(in_two), categories=["C"]))
    assert texts(batches) == {"smallwiki:1": "Words."}
    assert totals(batches)[1] == {"disambiguation page": 1}


def test_search_pages_on_best_first_until_the_limit(wiki, server, source):
    wiki.list_size = 50
    for number in range(130):
        wiki.add(f"Page {999 - number}", f"solar {number}")
    batches, _ = run(source(server, search=["solar"], limit=120))
    titles = [document.title for batch in batches for document in batch.documents]
    assert titles == sorted(titles)
    assert len(titles) == 120
    assert [asked.get("gsroffset") for asked in server.asked if "gsrsearch" in asked] == [
        None,
        "50",
        "100",
    ]
    assert {asked["gsrwhat"] for asked in server.asked if "gsrsearch" in asked} == {"text"}


def test_the_limit_counts_pages_with_text(wiki, server, source):
    wiki.add("Category:C", ns=14)
    for number in range(30):
        wiki.add(f"Page {number}", "" if number % 2 else f"{number}", categories=("C",))
    for unit in ("article", "introduction"):
        connector = source(server, categories=["C"], limit=10, unit=unit)
        first, cursor = run(connector)
        second, _ = run(connector, cursor)
        assert len(texts(first)) == 10
        assert texts(second) == {}
        assert totals(second)[0] == 10


def test_introductions_come_twenty_in_a_request(wiki, server, source):
    names = [f"Page {number}" for number in range(45)]
    for name in names:
        wiki.add(name, f"Intro of {name}.\n\n\n== More ==\nRest.")
    batches, _ = run(source(server, titles=names, unit="introduction"))
    assert set(texts(batches).values()) == {f"Intro of {name}." for name in names}
    reads = [asked for asked in server.asked if "pageids" in asked]
    assert [len(asked["pageids"].split("|")) for asked in reads] == [20, 20, 5]


def test_sections_keep_their_place(wiki, server, source):
    page = wiki.add(
        "Star", "Intro.\n\n\n== Life ==\nLong.\n\n\n=== End ===\nBang.\n\n\n== Life ==\nAgain."
    )
    connector = source(server, titles=["Star"], unit="section")
    first, cursor = run(connector)
    assert texts(first) == {
        "smallwiki:1#": "Intro.",
        "smallwiki:1#Life": "Long.",
        "smallwiki:1#Life/End": "Bang.",
        "smallwiki:1#Life~2": "Again.",
    }
    documents = {document.external_id: document for document in first[0].documents}
    assert documents["smallwiki:1#Life/End"].metadata["heading_path"] == ["Life", "End"]
    assert documents["smallwiki:1#"].metadata["heading_path"] == []
    assert documents["smallwiki:1#Life/End"].title == "Star › Life › End"
    assert documents["smallwiki:1#Life/End"].url.endswith(f"oldid={page.revision}#End")
    wiki.edit(page, page.text.replace("Bang.", "Whimper."))
    second, _ = run(connector, cursor)
    assert texts(second).keys() == texts(first).keys()
    assert texts(second)["smallwiki:1#Life/End"] == "Whimper."


def test_without_textextracts_the_html_is_read(wiki, server, source):
    wiki.has_extracts = False
    wiki.add("Page", "Words.")
    wiki.add("Stub", "")
    gone = wiki.add("Gone", "x")
    connector = source(server, titles=["Page", "Stub", "Gone"])

    def deleted_meanwhile(asked):
        gone.gone = gone.gone or asked["action"] == "parse"
        return wiki.answer(asked)

    server.answer = deleted_meanwhile
    batches, cursor = run(connector)
    assert texts(batches) == {"smallwiki:1": "Words."}
    assert totals(batches)[1] == {"no text": 1, "deleted page": 1}
    assert len([asked for asked in server.asked if "extracts" in asked.get("prop", "")]) == 1
    server.answer, gone.gone = wiki.answer, False
    assert "smallwiki:3" in texts(run(connector, cursor)[0])  # not taken for read


def test_every_batch_can_be_gone_on_from(wiki, server, source):
    wiki.add("Category:C", ns=14)
    for number in range(10):
        wiki.add(f"Page {number}", f"{number}", categories=("C",))
    connector = source(server, categories=["C"])
    connector.batch_size = 3
    whole = list(connector.batches(None))
    assert [len(batch.documents) for batch in whole] == [3, 3, 3, 1]
    for killed_after in range(1, len(whole) + 1):
        before = whole[:killed_after]
        rest, _ = run(connector, json.loads(json.dumps(before[-1].cursor)))
        ids = [document.external_id for batch in before + rest for document in batch.documents]
        assert sorted(ids) == sorted(f"smallwiki:{number}" for number in range(2, 12))


def test_a_fault_half_way_keeps_what_was_read(wiki, server, source, reply):
    for number in range(5):
        wiki.add(f"Page {number}", f"{number}")
    connector = source(server, titles=[f"Page {number}" for number in range(5)])
    server.answer = lambda asked: (
        reply(b"", status=503) if asked.get("pageids") == "4" else wiki.answer(asked)
    )
    got, line = until_fault(connector.batches(None), SourceUnavailable)
    assert "503" in line
    assert sorted(texts(got).values()) == ["0", "1", "2"]
    server.answer = wiki.answer
    rest, _ = run(connector, got[-1].cursor)
    assert sorted(texts(rest).values()) == ["3", "4"]


@pytest.mark.parametrize("unit", ["article", "introduction"])
def test_a_page_the_wiki_fails_over_costs_the_others_nothing(wiki, server, source, reply, unit):
    for number in range(30):
        wiki.add(f"Page {number}", f"{number}")
    server.answer = lambda asked: (
        reply(b"", status=500) if "4" in asked.get("pageids", "").split("|") else wiki.answer(asked)
    )
    connector = source(server, titles=[f"Page {number}" for number in range(30)], unit=unit)
    got, line = until_fault(connector.batches(None), SourceUnavailable)
    assert sorted(texts(got).values(), key=int) == [str(number) for number in range(30) if number != 3]
    assert totals(got)[1] == {"page the wiki fails over": 1}
    assert "page 'Page 3'" in line
    server.answer = wiki.answer
    assert list(texts(run(connector, got[-1].cursor)[0]).values()) == ["3"]


@pytest.mark.parametrize("unit", ["article", "introduction"])
def test_a_wiki_that_fails_over_every_page_is_not_asked_on(wiki, server, source, reply, unit):
    for number in range(30):
        wiki.add(f"Page {number}", f"{number}")
    server.answer = lambda asked: reply(b"", status=500) if "pageids" in asked else wiki.answer(asked)
    connector = source(server, titles=[f"Page {number}" for number in range(30)], unit=unit)
    got, line = until_fault(connector.batches(None), SourceUnavailable)
    assert texts(got) == {}
    assert "500" in line
    assert len([asked for asked in server.asked if "pageids" in asked]) <= 3


def test_a_title_of_another_wiki_is_named(wiki, serve, source):
    def answer(asked):
        if "titles" in asked:
            return {"batchcomplete": "", "query": {"interwiki": [{"title": "de:Sonne", "iw": "de"}]}}
        return wiki.answer(asked)

    batches, _ = run(source(serve(answer), titles=["de:Sonne"]))
    assert [(row.place, row.reason) for row in batches[0].rejected] == [
        ("title 'de:Sonne'", "belongs to another wiki")
    ]


def test_unknown_category_is_named_and_costs_the_others_nothing(wiki, server, source):
    wiki.add("Category:C", ns=14)
    wiki.add("Page", "Words.", categories=("C",))
    connector = source(server, categories=["Nonsense", "C"])
    with pytest.raises(SourceMisconfigured, match="no category 'Nonsense'"):
        connector.check()
    got, line = until_fault(connector.batches(None), SourceMisconfigured)
    assert "no category 'Nonsense'" in line
    assert texts(got) == {"smallwiki:2": "Words."}
    alone = source(server, categories=["Nonsense"]).batches(None)
    with pytest.raises(SourceMisconfigured, match="no category 'Nonsense'"):
        next(alone)


def test_check_says_what_is_there_without_reading_a_page(wiki, server, source):
    wiki.add("Category:C", ns=14)
    wiki.add("Page", "solar", categories=("C",))
    connector = source(server, titles=["Page", "Nope"], categories=["C"], search=["solar"])
    assert connector.check().summary == (
        "Small (MediaWiki 1.39, en-gb): 1 title, 1 not found;"
        " category 'C': 1 page, 0 subcategories; search 'solar': 1 page"
    )
    assert not [asked for asked in server.asked if "pageids" in asked]
    with pytest.raises(SourceMisconfigured, match=r"none of 1 titles.*'Nope': no such page"):
        source(server, titles=["Nope"]).check()


def test_another_unit_or_wiki_starts_anew(wiki, server, serve, source):
    wiki.add("Page", "Words.")
    _, cursor = run(source(server, titles=["Page"]))
    assert list(texts(run(source(server, titles=["Page"], unit="section"), cursor)[0])) == [
        "smallwiki:1#"
    ]
    elsewhere = serve(wiki.answer)
    assert list(texts(run(source(elsewhere, titles=["Page"]), cursor)[0])) == ["smallwiki:1"]


def test_nothing_is_asked_before_the_first_batch_is(wiki, server, source):
    wiki.add("Page", "Words.")
    batches = source(server, titles=["Page"]).batches(None)
    assert server.asked == []
    next(batches)
    assert server.asked


def test_requests_carry_the_contact_and_the_lag_they_bear(wiki, server, source, monkeypatch):
    wiki.add("Page", "Words.")
    run(source(server, titles=["Page"], maxlag=7))
    (agent,) = server.agents
    assert agent.startswith("labelloop/")
    assert "(ops@example.org)" in agent
    assert {asked["maxlag"] for asked in server.asked} == {"7"}
    monkeypatch.setenv("LABELLOOP_CONTACT", "https://example.org/bot")
    source(server, titles=["Page"], contact=None).check()
    assert any("(https://example.org/bot)" in agent for agent in server.agents)
