"""Toggling labels as people do it, where a document may have zero, one or several."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def pressed(page: Any) -> list[str]:
    """The labels that a screen reader calls pressed."""
    return page.locator('#labels [aria-pressed="true"] .name').all_inner_texts()


def key(page: Any, *keys: str) -> None:
    """Keys that stay on the question, after it has been seen."""
    page.wait_for_timeout(120)
    for one in keys:
        page.keyboard.press(one)


def test_toggles_by_keyboard(several: Any, server: Any, tab: Any) -> None:
    several.ask(3, suggestion="money|sport")
    several.ask(2)
    one = tab(server().address)
    page = one.begin()
    assert [name.strip("✓ ") for name in pressed(page)] == ["sport", "money"]
    assert page.inner_text("#suggested") == "sport, money"
    assert page.inner_text("#sure") == "75 % sure"
    one.press("Enter")  # accepting costs one key

    key(page, "1", "3")
    assert page.inner_text("#whose") == "Your answer"
    assert page.inner_text("#suggested") == "money, weather"
    assert page.is_hidden("#meter")
    one.press("Enter")  # correcting costs the toggles and Enter

    key(page, "0")
    assert pressed(page) == ["None of these"]
    one.press("Enter")

    first = one.item()
    assert pressed(page) == []
    key(page, "Enter")
    assert one.item() == first
    assert "Choose labels first, or 0" in page.inner_text("#message")
    key(page, "2", "2")  # on and off again leaves nothing said
    assert page.inner_text("#suggested") == "Nothing chosen yet"
    key(page, "2")
    one.press("Enter")

    one.press("u")
    assert one.item() == first
    assert "you had said “money”" in page.inner_text("#message")
    assert [name.strip("✓ ") for name in pressed(page)] == ["money"]
    key(page, "1")
    one.press("Enter")
    one.press("s")
    one.settled()
    assert [(row[2], row[3]) for row in several.standing()] == [
        ("accept", '["money", "sport"]'),
        ("correct", '["money", "weather"]'),
        ("correct", "[]"),
        ("label", '["money", "sport"]'),
        ("skip", "[]"),
    ]
    assert one.faults == []


def test_toggles_by_touch_on_a_telephone(several: Any, server: Any, tab: Any) -> None:
    several.ask(1, suggestion="sport")
    several.ask(1, suggestion="sport", blind=True)
    one = tab(server().address, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = one.begin()
    page.wait_for_timeout(120)
    page.tap('[data-label="weather"]')
    assert [name.strip("✓ ") for name in pressed(page)] == ["sport", "weather"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    before = one.item()
    page.tap("#accept")
    page.wait_for_function("before => document.body.dataset.item !== before", arg=before)
    assert pressed(page) == []  # asked blind: nothing is chosen for anybody
    assert page.is_visible("#blind")
    page.wait_for_timeout(120)
    page.tap("#none")
    page.tap("#accept")
    page.wait_for_selector("#empty:not([hidden])")
    one.settled()
    assert [row[3] for row in several.standing()] == ['["sport", "weather"]', "[]"]
    assert one.faults == []


def test_many_labels_are_typed_and_toggled(several: Any, server: Any, tab: Any) -> None:
    path = several.workspace.project.folder / "labelloop.toml"
    labels = "".join(f'topic{n} = ""\n' for n in range(40))
    path.write_text(path.read_text().replace('weather = ""\n', f'weather = ""\n{labels}'))
    address = server().address
    several.ask(2, suggestion="money|topic7")
    one = tab(address)
    page = one.begin()
    chosen = page.locator('#labels [aria-selected="true"]')
    assert {one.get_attribute("data-label") for one in chosen.all()} == {"money", "topic7"}
    page.wait_for_timeout(120)
    page.keyboard.type("topic12")
    page.keyboard.press("Enter")
    page.keyboard.type("money")
    page.keyboard.press("Enter")
    assert page.input_value("#find") == ""
    assert page.inner_text("#suggested") == "topic7, topic12"
    one.press("Enter")
    key(page, "Alt+0")
    assert page.get_attribute("#none", "aria-pressed") == "true"
    one.press("Enter")
    one.settled()
    assert [row[3] for row in several.standing()] == ['["topic12", "topic7"]', "[]"]
    assert one.faults == []
