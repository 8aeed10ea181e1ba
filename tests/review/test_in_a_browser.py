"""The page as people use it, in a real browser."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labelloop.records import FetchedDocument

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True}
# Where 'npm install axe-core' put it, seen from the folder it was called in.
AXE = ("node_modules/axe-core/axe.min.js", "build/node_modules/axe-core/axe.min.js")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="the package playwright is not installed"
    )
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not there: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class Server:
    """The checking page as a process of its own, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.start()

    def start(self) -> None:
        command = "from labelloop.cli import main; main()"
        options = ["review", "--port", str(self.port), "--project", str(self.folder)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", command, *options], stdout=subprocess.PIPE, text=True
        )
        said = self.process.stdout.readline()
        self.address = re.search(r"http://\S+", said)[0]
        self.port = int(self.address.rsplit(":", 1)[1].strip("/"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(made: Any) -> Iterator[Callable[[], Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(made.workspace.project.folder))
        return started[0]

    yield start
    for one in started:
        one.kill()


class Tab:
    """One tab of a person, with what went wrong in it."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.address = address
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console", lambda line: self.faults.append(line.text) if line.type == "error" else None
        )

    def open(self, path: str = "") -> Any:
        self.page.goto(self.address + path)
        return self.page

    def begin(self) -> Any:
        self.open()
        self.page.wait_for_selector("#desk:not([hidden])")
        return self.page

    def item(self) -> str:
        return str(self.page.evaluate("document.body.dataset.item"))

    def press(self, key: str) -> None:
        """A key as a person presses it: after the question has been seen."""
        self.page.wait_for_selector("#desk:not([hidden])")
        before = self.item()
        self.page.wait_for_timeout(120)
        self.page.keyboard.press(key)
        self.page.wait_for_function(
            "before => document.body.dataset.item !== before || document.getElementById('desk').hidden",
            arg=before,
        )

    def settled(self) -> None:
        """Wait until every answer has been sent."""
        self.page.wait_for_function(
            "() => !Object.keys(localStorage).some((key) => /^labelloop:.*:[0-9a-f]{32}$/.test(key))"
        )

    def log_in(self, name: str) -> None:
        self.open("login")
        self.page.fill("#name", name)
        self.page.fill("#password", "correct horse")
        self.page.click("button.primary")
        self.page.wait_for_selector("#desk:not([hidden]), #empty:not([hidden])")


@pytest.fixture
def tab(chromium: Any) -> Iterator[Callable[..., Tab]]:
    opened: list[Tab] = []

    def new(address: str, **context: Any) -> Tab:
        opened.append(Tab(chromium, address, **context))
        return opened[-1]

    yield new
    for one in opened:
        one.context.close()


def standing(made: Any) -> list[tuple[Any, ...]]:
    return made.rows(
        "SELECT document_id, annotator, action, labels FROM standing_verdicts ORDER BY sequence"
    )


def test_thirty_answers_by_keyboard_alone_in_rank_order(made: Any, server: Any, tab: Any) -> None:
    asked = made.ask(30, suggestion="sport")
    one = tab(server().address)
    one.begin()
    for number in range(30):
        one.press("Enter" if number % 3 else "2")
    one.settled()
    found = standing(made)
    assert [row[0] for row in found] == asked
    assert [row[2] for row in found] == ["accept" if n % 3 else "correct" for n in range(30)]
    assert one.page.is_visible("#empty")
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
    assert [(row[0], row[2], row[3]) for row in standing(made)] == [
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
    found = standing(made)
    assert len(found) == len({row[0] for row in found}) == 16
    assert {row[1] for row in found} == {"ada", "bob"}
    assert {row[0] for row in found} <= set(asked)
    assert people["ada"].page.inner_text(".who .name") == "ada"


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
    assert standing(made) == []
    one.context.set_offline(False)
    page.wait_for_selector("#desk:not([hidden])")
    one.settled()
    labels = ['["sport"]', '["money"]', '["weather"]', '["sport"]']
    assert [row[3] for row in standing(made)] == labels
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
    found = standing(made)
    assert [row[3] for row in found] == ['["sport"]', '["money"]', '["weather"]']
    assert [row[0] for row in found] == asked[:3]


HOSTILE = (
    "<script>document.title='taken'</script><style>body{display:none}</style>"
    "<img src=x onerror=\"document.title='taken'\"> {{ 7*7 }} </script> "
    + "W" * 5000
    + " \u202egnihtyreve nrut\u202c \u2066\u2067 "
    + "Z\u0335\u0321\u0328\u0316" * 40
    + " end"
)


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
    for path in ("dashboard", "documents", "documents/1", ""):
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
    assert [(row[0], row[2]) for row in standing(made)] == [(asked[0], "accept"), (asked[1], "correct")]


def test_a_double_click_answers_one_question(made: Any, server: Any, tab: Any) -> None:
    made.ask(4)
    one = tab(server().address)
    page = one.begin()
    page.wait_for_timeout(150)
    page.dblclick("[data-label=money]", delay=5)
    one.settled()
    assert len(standing(made)) == 1


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


def test_a_long_text_is_folded_until_asked(made: Any, server: Any, tab: Any) -> None:
    long = " ".join(f"word{n}" for n in range(900))
    made.ask(1, found=[FetchedDocument("long", long)])
    one = tab(server().address)
    page = one.begin()
    assert "word899" not in page.inner_text("#text")
    page.keyboard.press("m")
    assert "word899" in page.inner_text("#text")


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
    assert [row[3] for row in standing(made)] == ['["topic 17"]', '["sport"]', "[]"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(made: Any, server: Any, tab: Any, scheme: str) -> None:
    roots = (Path(__file__).parents[2], Path.cwd(), *Path.cwd().parents)
    axe = next((root / at for root in roots for at in AXE if (root / at).exists()), None)
    if axe is None:
        pytest.skip("axe-core is not there: npm install --prefix build axe-core")
    made.ask(4, suggestion="sport")
    made.account("ada", "admin")
    one = tab(server().address, color_scheme=scheme, bypass_csp=True)
    page = one.page
    one.log_in("ada")
    one.press("1")
    for path in ("", "dashboard", "documents", "documents/1", "disputes", "guidelines", "nowhere"):
        one.open(path)
        page.wait_for_load_state("networkidle")
        assert _serious(page, axe) == [], path
    one.begin()
    page.keyboard.press("w")
    page.wait_for_selector("#because dl")
    page.keyboard.press("?")
    assert _serious(page, axe) == []


def _serious(page: Any, axe: Path) -> list[str]:
    page.add_script_tag(path=str(axe))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


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
