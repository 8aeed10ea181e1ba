"""Labels changed by the form of their page: looked at first, then made, and without script."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from labelloop.errors import BadInput
from labelloop.label_changes import Change
from labelloop.label_rules import Rule
from labelloop.loop import schema
from labelloop.loop.workspace import open_workspace
from labelloop.records import FetchedDocument
from labelloop.review.label_form import change_of, parts, sealed, unsealed


def hidden(page: str) -> dict[str, str]:
    """What the confirming form carries."""
    form = page.split("What this would do")[1].split("</form>", maxsplit=1)[0]
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}


def send(browser: Any, **fields: Any) -> Any:
    fields.setdefault("token", browser.token())
    return browser.post("/labels", data=fields, follow_redirects=False)


def answered(made: Any, browser: Any, *labels: str, found: Any = None) -> None:
    made.ask(len(labels), found=found)
    for label in labels:
        (item,) = browser.change("/api/next", {"count": 1}).json()["items"]
        one = {key: item[key] for key in ("item_id", "content_hash")}
        one |= {"verdict_id": uuid4().hex, "labels": [label]}
        browser.change("/api/verdicts", {"verdicts": [one]})


def labels_of(made: Any) -> list[str]:
    return [row[0] for row in made.rows("SELECT labels FROM counting_answers ORDER BY sequence")]


def test_a_rename_shows_its_counts_then_is_made_once(made: Any, me: Any) -> None:
    answered(made, me, "sport", "sport", "money")
    shown = send(me, kind="rename", old="sport", new=" games ", description="")
    assert shown.status_code == 200
    assert "&#39;sport&#39; renamed to &#39;games&#39;" in shown.text
    assert "2 answers give &#39;sport&#39;" in shown.text
    assert len(schema.history(made.workspace)) == 1  # only looked at
    confirm = hidden(shown.text)
    for _ in range(2):  # a double click
        answer = send(me, **confirm)
        assert (answer.status_code, answer.headers["location"]) == (303, "/labels?done=2")
    assert labels_of(made) == ['["games"]', '["games"]', '["money"]']
    assert [one.changed_by for one in schema.history(made.workspace)] == [None, "me"]
    told = me.get("/labels?done=2").text
    assert 'role="status">Done: <span dir="auto">&#39;sport&#39; renamed to &#39;games&#39;' in told
    assert (
        'games = "Games, matches, players"'
        in (made.workspace.project.folder / "labelloop.toml").read_text()
    )


def test_a_merge_takes_several_labels(made: Any, me: Any) -> None:
    answered(made, me, "sport", "money", "weather")
    shown = send(me, kind="merge", old=["sport", "money"], new="all", description="Both")
    assert "2 answers become &#39;all&#39;" in shown.text
    send(me, **hidden(shown.text))
    assert labels_of(made) == ['["all"]', '["all"]', '["weather"]']
    assert dict(schema.history(made.workspace)[-1].labels) == {"all": "Both", "weather": ""}


def test_a_split_asks_again_only_what_no_word_decides(made: Any, me: Any) -> None:
    texts = ("The striker hit the ball", "A racket and its strings", "Something else altogether")
    found = [FetchedDocument(f"s{n}", text, title=f"T{n}") for n, text in enumerate(texts)]
    answered(made, me, "sport", "sport", "sport", found=found)
    rows = {
        "part": ["football", "tennis", "", ""],
        "words": ["striker, goal*", "racket", "", ""],
        "place": ["any", "text", "any", "any"],
        "described": ["With a ball", "", "", ""],
    }
    shown = send(me, kind="split", old="sport", otherwise="", **rows)
    assert "1 cannot be decided: 1 document asked again" in shown.text
    assert 'value="striker, goal*"' in shown.text  # what was typed stays, to be bettered
    send(me, **hidden(shown.text))
    assert labels_of(made) == ['["football"]', '["tennis"]']
    (again,) = me.change("/api/next", {"count": 4}).json()["items"]
    assert again["text"] == texts[2]
    assert dict(schema.history(made.workspace)[-1].labels)["football"] == "With a ball"


def test_labels_are_added_and_removed(made: Any, me: Any) -> None:
    answered(made, me, "sport")
    added = send(me, kind="add", new="travel", description="Journeys")
    assert "&#39;travel&#39; added" in added.text
    assert "No answer is touched" in added.text
    send(me, **hidden(added.text))
    removed = send(me, kind="remove", old="sport")
    assert "1 cannot be decided: 1 document asked again" in removed.text
    send(me, **hidden(removed.text))
    assert list(schema.history(made.workspace)[-1].labels) == ["money", "weather", "travel"]
    assert labels_of(made) == []


def test_more_parts_keep_what_was_typed(made: Any, me: Any) -> None:
    rows = {"part": ["a", "b", "c", "d"], "words": ["", "x", "", ""]}
    shown = send(me, kind="split", old="sport", step="more", **rows).text
    assert shown.count('name="part"') == 7
    assert 'name="part" maxlength="100" autocomplete="off" value="d"' in shown
    assert "What this would do" not in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "rename", "old": "sport", "new": "money"}, "is there already"),
        ({"kind": "rename", "old": "sport", "new": "  "}, "the new name is empty"),
        ({"kind": "rename", "old": "gone", "new": "x"}, "there is no label"),
        ({"kind": "rename", "new": "x"}, "no label is chosen"),
        ({"kind": "merge", "old": "sport", "new": "x"}, "alone is no merge"),
        ({"kind": "split", "old": "sport", "part": "one"}, "one part is no split"),
        ({"kind": "split", "old": "sport", "part": ["a", ""], "words": ["", "x"]}, "has no name"),
        ({"kind": "split", "old": "sport", "part": ["a", "b"], "otherwise": "9"}, "goes to part 9"),
        ({"kind": "split", "old": "sport", "part": ["a", "b"], "otherwise": "-1"}, "goes to part -1"),
        ({"kind": "split", "old": "sport", "part": ["a", "b"], "otherwise": "9" * 5000}, "part 99"),
        ({"kind": "split", "old": "sport", "part": ["a", "b"], "words": ["w" * 300]}, "at most 200"),
        ({"kind": "split", "old": "sport", "part": ["a", "b"], "words": ["*"]}, "a word that is empty"),
        ({"kind": "add", "new": "<script>alert(1)</script>" * 9}, "longer than 100"),
        ({"kind": "drop"}, "says nothing that could be done"),
        ({}, "says nothing that could be done"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_says_why_and_changes_nothing(
    made: Any, me: Any, fields: Any, words: str
) -> None:
    answer = send(me, **fields)
    assert answer.status_code == 400
    alert = unescape(answer.text.split('role="alert"')[1].split("</div>")[0])
    assert words in alert
    assert "<script>alert" not in answer.text
    assert len(schema.history(made.workspace)) == 1


def test_who_looked_at_older_labels_is_told(made: Any, me: Any) -> None:
    confirm = hidden(send(me, kind="remove", old="weather").text)
    elsewhere = open_workspace(made.workspace.project.folder)
    schema.apply(elsewhere, Change("rename", ("sport",), ("games",)), by="ada")
    late = send(me, **confirm)
    assert late.status_code == 409
    assert "somebody changed the labels meanwhile" in late.text
    assert "weather" in dict(schema.history(made.workspace)[-1].labels)


def test_only_an_admin_on_a_page_of_ours(made: Any, browsers: Any) -> None:
    made.account("ada", "admin")
    made.account("bob", "adjudicator")
    ada, bob = browsers(), browsers()
    ada.log_in("ada")
    bob.log_in("bob")
    wanted = {"kind": "rename", "old": "sport", "new": "games"}
    assert send(ada, token="0" * 64, **wanted).status_code == 403
    assert browsers().post("/labels", data=wanted).status_code == 403
    confirm = hidden(send(ada, **wanted).text)
    for fields in (wanted, {**confirm, "token": bob.token()}):
        assert send(bob, **fields).status_code == 403
    assert "Change them" not in bob.get("/labels").text
    assert "Change them" in ada.get("/labels").text
    assert send(ada, **{**confirm, "change": '{"kind": "wipe"}'}).status_code == 400
    assert send(ada, **{**confirm, "version": "1" * 5000}).status_code == 409
    crowd = "&".join(f"old={n}" for n in range(2000))
    token = f"token={ada.token()}&{crowd}"
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert ada.post("/labels", content=token, headers=form).status_code == 413
    assert len(schema.history(made.workspace)) == 1


def test_the_form_reads_as_the_command_does() -> None:
    given = {
        "kind": ["split"],
        "old": ["a"],
        "part": ["one", "", "two "],
        "words": ["x, two words ,", "", "y*"],
        "place": ["any", "any", "title"],
        "otherwise": ["3"],
    }
    change = change_of(given)
    rules = (Rule("one", ("x", "two words")), Rule("two", ("y*",), "title"))
    assert change == Change("split", ("a",), ("one", "two"), {}, rules, "two")
    assert unsealed(sealed(change)) == change
    assert len(parts(given)) == 4
    with pytest.raises(BadInput, match="kind"):
        unsealed('{"old": []}')
