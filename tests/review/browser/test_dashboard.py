"""The dashboard in a browser: its plots, its tables, and a model that cannot come back."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

LOADED = """() => {
  const plots = [...document.querySelectorAll(".board img")];
  for (const one of plots) one.loading = "eager";
  return plots.length > 1 && plots.every((one) => one.complete && one.naturalWidth > 0);
}"""
CHAMPION = "tr:has(.badge.champion) th"


def test_plots_tables_and_a_refused_rollback(made: Any, server: Any, tab: Any) -> None:
    made.ask(3, suggestion="sport")
    for answers in (10, 20):
        made.keep_model(answers)
    one = tab(server().address)
    one.begin()
    for key in ("Enter", "2", "Enter"):
        one.press(key)
    one.settled()
    page = one.open("dashboard")
    page.wait_for_function(LOADED)
    said = {
        head: page.locator(".board section", has=page.get_by_role("heading", name=head, exact=True))
        for head in ("People", "Do suggestions sway people?", "Per label")
    }
    assert said["People"].locator("tbody th").all_inner_texts() == ["me"]
    assert "67 % (" in said["Do suggestions sway people?"].inner_text()
    assert said["Per label"].locator("tbody th").all_inner_texts() == ["sport", "money", "weather"]
    assert page.inner_text(CHAMPION) == "m0002"
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=Roll back")
    page.wait_for_selector("#message:not([hidden])")  # its files are not there
    assert "models/x" in page.inner_text("#message")
    assert page.inner_text(CHAMPION) == "m0002"
