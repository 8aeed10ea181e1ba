"""A label proposed by keyboard, accepted, and a page that is open while the labels change."""

from __future__ import annotations

from typing import Any

import pytest

from labelloop.label_changes import Change
from labelloop.loop import schema
from labelloop.loop.workspace import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_a_missing_label_is_proposed_by_keyboard_accepted_and_given(
    made: Any, server: Any, tab: Any
) -> None:
    asked = made.ask(2)
    one = tab(server().address)
    page = one.begin()
    first = one.item()
    page.wait_for_timeout(120)
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "new-name"
    page.keyboard.type("sport")
    page.keyboard.press("Enter")
    page.wait_for_selector("#new-message:not([hidden])")
    assert "is a label already" in page.inner_text("#new-message")
    page.fill("#new-name", "tennis")
    page.keyboard.press("Tab")
    page.keyboard.type("Rackets and nets")
    page.keyboard.press("Enter")
    page.wait_for_function("id => document.body.dataset.item !== id", arg=first)
    assert "“tennis” is proposed" in page.inner_text("#message")
    one.settled()
    assert made.standing() == [(asked[0], "me", "skip", "[]")]

    page = one.open("labels")
    page.get_by_role("button", name="Accept “tennis”").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("td:has-text('accepted by me')")
    page = one.begin()
    assert "tennis" in page.inner_text("#labels")
    one.press("1")
    one.press("4")
    one.settled()
    assert [(row[0], row[3]) for row in made.standing() if row[2] != "skip"] == [
        (asked[1], '["sport"]'),
        (asked[0], '["tennis"]'),
    ]
    # The refused proposal is all that the console had to complain of.
    assert all("400" in fault for fault in one.faults)


def test_declining_asks_for_a_reason(made: Any, server: Any, tab: Any) -> None:
    made.ask(1)
    one = tab(server().address)
    page = one.begin()
    page.click("#new")
    page.fill("#new-name", "<b>tennis</b>")
    page.click("#new-form button[value='']")
    page.wait_for_selector("#message:not([hidden])")
    page = one.open("labels")
    page.get_by_role("button", name="Decline").click()
    page.wait_for_selector("#message:not([hidden])")
    assert "a reason is needed" in page.inner_text("#message")
    page.get_by_label("Reason, to decline it").fill("that is sport")
    page.get_by_label("Reason, to decline it").press("Enter")
    page.wait_for_selector("td:has-text('declined by me: that is sport')")
    assert page.locator("main b").count() == 0


def test_a_page_that_is_open_while_labels_change_loses_nothing_and_comes_anew(
    made: Any, server: Any, tab: Any
) -> None:
    asked = made.ask(3)
    one = tab(server().address)
    page = one.begin()
    folder = made.workspace.project.folder
    schema.apply(open_workspace(folder), Change("rename", ("sport",), ("games",)), by="ada")
    with page.expect_navigation():
        one.press("1")
    page.wait_for_selector("#desk:not([hidden])")
    assert "The labels were changed" in page.inner_text("#message")
    assert "games" in page.inner_text("#labels")
    assert made.standing() == [(asked[0], "me", "label", '["games"]')]
    schema.apply(open_workspace(folder), Change("split", ("games",), ("team", "solo")), by="ada")
    with page.expect_navigation():
        one.press("1")
    page.wait_for_selector("#desk:not([hidden])")
    assert "the question comes again" in page.inner_text("#message")
    assert made.rows("SELECT count(*) FROM counting_answers") == [(0,)]
    for _ in range(3):
        one.press("2")
    one.settled()
    given = made.rows("SELECT document_id, labels FROM counting_answers ORDER BY document_id")
    assert given == [(number, '["solo"]') for number in sorted(asked)]


def test_labels_are_renamed_and_split_by_form_without_script(made: Any, server: Any, tab: Any) -> None:
    made.ask(2)
    address = server().address
    one = tab(address)
    one.begin()
    one.press("1")
    one.press("2")
    one.settled()
    bare = tab(address, java_script_enabled=False)
    page = bare.open("labels")
    page.goto(address)  # begins the session
    page.goto(address + "labels")
    page.get_by_text("Rename a label").click()
    page.locator("#rename-old").select_option("sport")
    page.locator("#rename-new").fill("games")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=1 answer gives 'sport'")
    assert page.locator("#rename-new").input_value() == "games"
    page.get_by_role("button", name="Do it").click()
    page.wait_for_selector("text=Done: 'sport' renamed to 'games'")
    page.get_by_text("Split a label").click()
    page.locator("#split-old").select_option("money")
    page.get_by_role("button", name="More parts").click()
    assert page.locator("fieldset.part").count() == 7
    page.locator("#part-1").fill("banks")
    page.locator("#words-1").fill("apple*, river*")
    page.locator("#part-2").fill("prices")
    page.locator("#part-2").press("Enter")
    page.wait_for_selector("text=What this would do")
    page.get_by_role("button", name="Do it").click()
    page.wait_for_selector("text=Done: 'money' split into 'banks' and 'prices'")
    assert dict(schema.history(made.workspace)[-1].labels).keys() == {
        "games", "banks", "prices", "weather"
    }  # fmt: skip
    (labels,) = {row[0] for row in made.rows("SELECT labels FROM counting_answers")} - {'["games"]'}
    assert labels == '["banks"]'
    assert bare.faults == []
