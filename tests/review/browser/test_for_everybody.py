"""For everybody: log-in, telephones, accessibility; and documents that mean harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.proposals import propose
from labelloop.records import FetchedDocument

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True}
AXE = Path(__file__).parents[3] / "build/node_modules/axe-core/axe.min.js"  # where .ci/run puts it
HOSTILE = (
    "<script>document.title='taken'</script><style>body{display:none}</style>"
    "<img src=x onerror=\"document.title='taken'\"> {{ 7*7 }} </script> "
    + "W" * 5000
    + " \u202egnihtyreve nrut\u202c \u2066\u2067 "
    + "Z\u0335\u0321\u0328\u0316" * 40
    + " end"
)


def test_the_first_log_in(made: Any, server: Any, tab: Any) -> None:
    made.account("ada", "admin")
    made.ask(1)
    one = tab(server().address)
    page = one.open()
    assert page.url.endswith("/login")
    page.fill("#name", "ada")
    page.fill("#password", "wrong password")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    page.fill("#password", "correct horse")
    page.keyboard.press("Enter")
    page.wait_for_selector("#desk:not([hidden])")
    page.click("text=Log out")
    page.wait_for_selector("#password")


def test_a_hostile_document_does_nothing(made: Any, server: Any, tab: Any) -> None:
    made.ask(
        1,
        found=[
            FetchedDocument(
                "h</script><script>document.title='taken'</script>",
                HOSTILE,
                title="<b>Bold</b> \u202etitle " + "T" * 900,
                url="javascript:document.title='taken'",
            )
        ],
    )
    one = tab(server().address)
    page = one.begin()
    assert page.is_hidden("#link")
    page.keyboard.press("m")
    assert page.inner_text("#text").startswith("<script>")
    for path in ("", "documents", "documents/1", "dashboard"):
        one.open(path)
        page.wait_for_load_state("networkidle")
        assert "taken" not in page.title()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate("getComputedStyle(document.body).display") == "block"
        assert page.locator("a[href^=javascript]").count() == 0
    assert one.faults == []


def test_on_a_phone_everything_fits_and_is_tapped(made: Any, server: Any, tab: Any) -> None:
    asked = made.ask(3, suggestion="sport")
    one = tab(server().address, **PHONE)
    page = one.begin()
    for path in ("dashboard", "documents", "documents/1", "labels", "disputes", ""):
        one.open(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.wait_for_selector("#desk:not([hidden])")
    buttons = page.locator(".answers button:visible")
    for place in range(buttons.count()):
        assert buttons.nth(place).bounding_box()["height"] >= 40
    page.wait_for_timeout(150)
    page.tap("#accept")
    page.wait_for_timeout(250)
    page.tap("[data-label=money]")
    one.settled()
    assert [(row[0], row[2]) for row in made.standing()] == [(asked[0], "accept"), (asked[1], "correct")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(made: Any, server: Any, tab: Any, scheme: str) -> None:
    assert AXE.exists(), "axe-core is not there: npm install --prefix build axe-core"
    made.ask(4, suggestion="sport")
    made.account("ada", "admin")
    one = tab(server().address, color_scheme=scheme, bypass_csp=True)
    page = one.page
    one.log_in("ada")
    propose(made.workspace, "tennis", "Rackets", document_id=1, by="ada")
    one.press("1")
    for path in ("", "dashboard", "documents", "documents/1", "labels", "disputes", "guidelines", "no"):
        one.open(path)
        page.wait_for_load_state("networkidle")
        assert _serious(page) == [], path
    one.open("labels")
    page.get_by_text("Rename a label").click()
    page.locator("#rename-old").select_option("money")
    page.fill("#rename-new", "cash")
    page.keyboard.press("Enter")
    page.wait_for_selector("#would")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert _serious(page) == []
    one.begin()
    page.keyboard.press("w")
    page.wait_for_selector("#because dl")
    page.keyboard.press("?")
    assert _serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert _serious(page) == []


def _serious(page: Any) -> list[str]:
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
