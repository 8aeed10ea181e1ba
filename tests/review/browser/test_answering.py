"""Answering as people do it, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest

from labelloop.records import FetchedDocument

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_thirty_answers_by_keyboard_alone_in_rank_order(made: Any, server: Any, tab: Any) -> None:
    asked = made.ask(30, suggestion="sport")
    one = tab(server().address)
    one.begin()
    for number in range(30):
        one.press("Enter" if number % 3 else "2")
    one.settled()
    found = made.standing()
    assert [row[0] for row in found] == asked
    assert [row[2] for row in found] == ["accept" if n % 3 else "correct" for n in range(30)]
    one.page.wait_for_selector("#empty:not([hidden])")
    assert one.page.inner_text("#empty-head") == "Nothing waits for you"
    seconds = [s for (s,) in made.rows("SELECT seconds FROM verdicts")]
    assert all(0.05 < s < 20 for s in seconds)
    assert one.faults == []


def test_undo_skip_and_flag_by_key(made: Any, server: Any, tab: Any) -> None:
    asked = made.ask(5)
    one = tab(server().address)
    page = one.begin()
    first = one.item()
    one.press("1")
    one.press("2")
    one.press("u")
    one.press("u")
    assert one.item() == first
    assert "you had said “sport”" in page.inner_text("#message")
    one.press("3")
    one.press("s")
    page.wait_for_timeout(120)
    page.keyboard.press("f")
    page.keyboard.type("spam")
    one.press("Enter")
    one.settled()
    assert [(row[0], row[2], row[3]) for row in made.standing()] == [
        (asked[0], "label", '["weather"]'),
        (asked[1], "skip", "[]"),
        (asked[2], "flag", "[]"),
    ]
    assert made.rows("SELECT note FROM verdicts WHERE action = 'flag'") == [("spam",)]
    assert one.faults == []


def test_a_blind_question_shows_no_suggestion_and_takes_no_enter(
    made: Any, server: Any, tab: Any
) -> None:
    made.ask(1, suggestion="sport", blind=True)
    made.ask(1, suggestion="sport", lane="audit")
    made.ask(1, suggestion="sport")
    one = tab(server().address)
    page = one.begin()
    for _ in range(2):
        assert page.is_hidden("#suggestion")
        assert page.is_hidden("#why")
        assert page.is_visible("#blind")
        assert page.locator(".labels .suggested").count() == 0
        before = one.item()
        page.wait_for_timeout(120)
        page.keyboard.press("Enter")
        page.keyboard.press("w")
        assert one.item() == before
        one.press("1")
    assert page.is_visible("#suggestion")
    assert page.inner_text("#sure") == "75 % sure"
    page.keyboard.press("w")
    page.wait_for_selector("#because dl")
    assert "uncertain" in page.inner_text("#because")
    assert one.faults == []


def test_a_double_click_answers_one_question(made: Any, server: Any, tab: Any) -> None:
    made.ask(4)
    one = tab(server().address)
    page = one.begin()
    page.wait_for_timeout(150)
    page.dblclick("[data-label=money]", delay=5)
    one.settled()
    assert len(made.standing()) == 1


def test_a_long_text_is_folded_around_its_telling_part_until_asked(
    made: Any, server: Any, tab: Any
) -> None:
    before = "\U0001f600 " + " ".join(f"early{n}" for n in range(400))
    after = " ".join(f"late{n}" for n in range(400))
    made.ask(1, found=[FetchedDocument("long", f"{before}. The match was won. {after}")])
    one = tab(server().address)
    page = one.begin()
    shown = page.inner_text("#text")
    assert shown.startswith("… The match was won. late0")
    assert "late399" not in shown
    page.keyboard.press("m")
    whole = page.inner_text("#text")
    assert "early0 " in whole and "late399" in whole and "…" not in whole


def test_many_labels_are_typed(made: Any, server: Any, tab: Any) -> None:
    labels = "\n".join(f'"topic {n}" = ""' for n in range(40))
    path = made.workspace.project.folder / "labelloop.toml"
    path.write_text(
        re.sub(
            r"(?s)\[labels\].*?\[\[",
            f'[labels]\n{labels}\nsport = ""\nmoney = ""\nweather = ""\n[[',
            path.read_text(),
        )
    )
    made.ask(3, suggestion="sport")
    one = tab(server().address)
    one.begin()
    one.page.keyboard.type("c 17")
    one.press("Enter")
    one.press("Enter")
    one.press("Alt+s")
    one.settled()
    assert [row[3] for row in made.standing()] == ['["topic 17"]', '["sport"]', "[]"]


def test_captions_lead_to_the_second_of_what_is_shown(made: Any, server: Any, tab: Any) -> None:
    cues = [f"cue {n} said nothing much, and went on and on. " for n in range(120)]
    cues[80] = "The match was won by the players of those games. "
    moments = [[sum(map(len, cues[:n])), 30.5 * n] for n in range(120)]
    address = "https://video.example.org/watch?v=abc"
    said = {"start_seconds": 0.0, "moments": moments}
    made.ask(1, found=[FetchedDocument("talk", "".join(cues).strip(), url=address, metadata=said)])
    one = tab(server().address)
    page = one.begin()
    assert page.inner_text("#text").startswith("… The match was won")
    assert page.inner_text("#link") == "Watch at 40:40"
    assert page.get_attribute("#link", "href") == f"{address}&t=2440"
    page.keyboard.press("m")
    assert page.inner_text("#link") == "Watch at 0:00"
    assert page.get_attribute("#link", "href") == address
    links = page.locator("#text a")
    assert links.count() == 60
    assert links.nth(1).inner_text() == "1:01"
    assert links.nth(1).get_attribute("href") == f"{address}&t=61"
    assert "1:01 cue 2 said" in page.inner_text("#text")
    assert one.faults == []


def test_before_the_first_turn_is_through_the_page_says_so_and_questions_come(
    made: Any, server: Any, tab: Any
) -> None:
    one = tab(server().address)
    page = one.open()
    page.wait_for_selector("#empty:not([hidden])")
    assert page.inner_text("#empty-head") == "The first questions are being made"
    assert page.is_hidden("#undo-last")
    made.ask(2)
    page.wait_for_selector("#desk:not([hidden])")
    one.press("1")
    one.press("1")
    page.wait_for_selector("#empty:not([hidden])")
    assert page.inner_text("#empty-head") == "Nothing waits for you"
    assert page.is_visible("text=Train on the answers")
    assert one.faults == []


def test_quick_fingers_are_never_told_that_nothing_waits(made: Any, server: Any, tab: Any) -> None:
    made.ask(20)
    one = tab(server().address)
    page = one.begin()
    page.evaluate(
        "new MutationObserver(() => { if (!document.getElementById('empty').hidden) window.told ="
        " (window.told ?? 0) + 1; }).observe(document.getElementById('empty'), {attributes: true})"
    )
    page.route("**/api/verdicts", lambda route: (page.wait_for_timeout(300), route.continue_()))
    for _ in range(12):
        one.press("1")
        page.wait_for_selector("#desk:not([hidden])")
    assert page.evaluate("window.told") is None
