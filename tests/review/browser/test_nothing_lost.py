"""Several people, several tabs, no network, a killed server: every answer is kept, once."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_two_people_at_once_share_no_question(made: Any, server: Any, tab: Any) -> None:
    made.account("ada", "admin")
    made.account("bob")
    asked = made.ask(20)
    address = server().address
    people = {name: tab(address) for name in ("ada", "bob")}
    for name, one in people.items():
        one.log_in(name)
    shown: dict[str, list[str]] = {"ada": [], "bob": []}
    for _ in range(8):
        for name, one in people.items():
            shown[name].append(one.item())
            one.press("1")
    for one in people.values():
        one.settled()
    assert not set(shown["ada"]) & set(shown["bob"])
    found = made.standing()
    assert len(found) == len({row[0] for row in found}) == 16
    assert {row[1] for row in found} == {"ada", "bob"}
    assert {row[0] for row in found} <= set(asked)
    assert people["ada"].page.inner_text(".who .name") == "ada"


def test_two_tabs_of_one_person_the_later_answer_counts(made: Any, server: Any, tab: Any) -> None:
    made.ask(1)
    first = tab(server().address)
    page = first.begin()
    second = first.context.new_page()
    second.goto(first.address)
    second.wait_for_selector("#desk:not([hidden])")
    first.press("1")
    first.settled()
    second.wait_for_timeout(150)
    second.keyboard.press("2")
    second.wait_for_selector("#empty:not([hidden])")
    first.settled()
    page.wait_for_timeout(100)
    assert made.rows("SELECT labels FROM counting_answers") == [('["money"]',)]


def test_offline_and_back_sends_every_answer_once(made: Any, server: Any, tab: Any) -> None:
    made.ask(10)
    one = tab(server().address)
    page = one.begin()
    page.wait_for_load_state("networkidle")
    one.context.set_offline(True)
    for key in "1231":
        one.press(key)
    page.wait_for_function("() => /4 answers wait/.test(document.getElementById('state').textContent)")
    assert page.inner_text("#empty-head") == "No further question at hand"
    assert made.standing() == []
    one.context.set_offline(False)
    page.wait_for_selector("#desk:not([hidden])")
    one.settled()
    labels = ['["sport"]', '["money"]', '["weather"]', '["sport"]']
    assert [row[3] for row in made.standing()] == labels
    assert page.is_hidden("#state")


def test_answers_outlive_the_tab_and_the_server(made: Any, server: Any, tab: Any) -> None:
    asked = made.ask(8)
    running = server()
    one = tab(running.address)
    page = one.begin()
    one.press("1")
    one.settled()
    running.kill()
    one.press("2")
    page.wait_for_function("() => /1 answer waits/.test(document.getElementById('state').textContent)")
    running.start()
    page.reload()
    page.wait_for_selector("#desk:not([hidden])")
    one.settled()
    one.press("3")
    one.settled()
    found = made.standing()
    assert [row[3] for row in found] == ['["sport"]', '["money"]', '["weather"]']
    assert [row[0] for row in found] == asked[:3]


def test_what_a_page_let_go_on_its_way_out_stays_at_hand(made: Any, server: Any, tab: Any) -> None:
    made.ask(4)
    one = tab(server().address)
    page = one.begin()
    with page.expect_response(lambda answer: answer.url.endswith("/release")):
        page.evaluate("dispatchEvent(new Event('pagehide'))")  # as a reload sends it, perhaps late
    first = one.item()
    one.press("1")
    second = one.item()
    one.settled()
    page.wait_for_timeout(300)  # what the exchange brought is on the screen
    assert one.item() == second != first
    assert page.is_hidden("#message")
