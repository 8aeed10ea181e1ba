"""Labels proposed from the page, decided by who runs the project, and changed under open pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from labelloop.label_changes import Change
from labelloop.loop import schema
from labelloop.loop.workspace import open_workspace
from labelloop.store import label_schema


def verdict(item: dict[str, Any], label: str, version: int | None = 1) -> dict[str, Any]:
    return {
        "verdict_id": uuid4().hex,
        "item_id": item["item_id"],
        "content_hash": item["content_hash"],
        "labels": [label],
        "schema_version": version,
    }


def take(browser: Any, count: int = 1) -> list[dict[str, Any]]:
    return browser.change("/api/next", {"count": count}).json()["items"]


def give(browser: Any, *verdicts: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    answer = browser.change("/api/verdicts", {"verdicts": verdicts}).json()
    return [one["outcome"] for one in answer["received"]], answer


def elsewhere(made: Any, kind: Any, *old: str, into: tuple[str, ...], **more: Any) -> None:
    """A change made by another process while the page is open."""
    folder = made.workspace.project.folder
    schema.apply(open_workspace(folder), Change(kind, old, into, **more), by="ada")


def labels_of(made: Any) -> list[Any]:
    return made.rows("SELECT labels FROM counting_answers ORDER BY sequence")


def test_answer_from_a_page_that_is_behind_is_followed(made: Any, me: Any) -> None:
    made.ask(4, suggestion="sport")
    first, second, third, fourth = take(me, 4)
    elsewhere(made, "rename", "sport", into=("games",))
    outcomes, answer = give(me, verdict(first, "sport"), verdict(second, "money"))
    assert outcomes == ["stored", "stored"]
    assert answer["schema_version"] == 2
    elsewhere(made, "merge", "games", "money", into=("all",))
    assert give(me, verdict(third, "sport"), verdict(fourth, "sport", None))[0] == ["stored"] * 2
    assert labels_of(made) == [('["all"]',)] * 4
    assert made.rows("SELECT action FROM verdicts ORDER BY sequence")[0] == ("accept",)
    assert me.get("/api/me").json()["labels"] == {"all": "", "weather": ""}
    assert "all" in me.get("/").text


def test_many_answers_at_once_are_followed_too(made: Any, me: Any) -> None:
    made.ask(20)
    items = take(me, 10) + take(me, 10)
    elsewhere(made, "rename", "sport", into=("games",))
    outcomes, _ = give(me, *(verdict(one, "sport") for one in {i["item_id"]: i for i in items}.values()))
    assert set(outcomes) == {"stored"}
    assert set(labels_of(made)) == {('["games"]',)}


def test_answer_with_a_label_that_was_split_comes_again(made: Any, me: Any) -> None:
    made.ask(2, suggestion="sport")
    first, second = take(me, 2)
    kept = verdict(first, "sport")
    give(me, kept)
    elsewhere(made, "split", "sport", into=("team", "solo"))
    outcomes, answer = give(me, kept, verdict(second, "sport"))
    assert outcomes == ["known", "label_gone"]
    assert "has been split" in answer["received"][1]["message"]
    assert labels_of(made) == []
    me.change("/api/release", {"items": [second["item_id"]]})
    again = {one["document_id"]: one for one in take(me, 3)}
    assert set(again) == {first["document_id"], second["document_id"]}
    assert all(one["suggestion"] is None for one in again.values())
    assert give(me, *(verdict(one, "team", 2) for one in again.values()))[0] == ["stored"] * 2
    assert labels_of(made) == [('["team"]',)] * 2
    shown = me.get(f"/documents/{first['document_id']}").text
    assert "asked again, labels 2" in shown


def test_undo_after_a_split_takes_back_what_was_said(made: Any, me: Any) -> None:
    made.ask(1)
    give(me, verdict(take(me)[0], "sport"))
    elsewhere(made, "split", "sport", into=("team", "solo"), otherwise="team")
    assert labels_of(made) == [('["team"]',)]
    assert me.change("/api/undo", {"undo_id": "take-it-back"}).json()["item"] is not None
    assert labels_of(made) == []


def test_a_proposal_becomes_a_label_and_its_document_is_asked_again(made: Any, browsers: Any) -> None:
    made.account("ada", "admin")
    made.account("bob")
    ada, bob = browsers(), browsers()
    for one, name in ((ada, "ada"), (bob, "bob")):
        one.log_in(name)
    made.ask(1)
    (item,) = take(bob)
    about = {"name": " tennis ", "description": "Rackets", "document_id": item["document_id"]}
    proposed = bob.change("/api/proposals", about)
    assert proposed.status_code == 201
    assert bob.change("/api/proposals", about).json() == proposed.json()  # a double click
    number = proposed.json()["proposal_id"]
    skip = {**verdict(item, "sport"), "action": "skip", "labels": []}
    assert give(bob, skip)[0] == ["stored"]
    assert "Waits for whoever runs the project" in bob.get("/labels").text
    assert bob.change(f"/api/proposals/{number}/accept").status_code == 403
    assert bob.change(f"/api/proposals/{number}/decline", {"reason": "no"}).status_code == 403
    assert f"/api/proposals/{number}/accept" in ada.get("/labels").text
    done = ada.change(f"/api/proposals/{number}/accept").json()
    assert done["label"] == "tennis"
    assert list(bob.get("/api/me").json()["labels"]) == ["sport", "money", "weather", "tennis"]
    assert 'tennis = "Rackets"' in (made.workspace.project.folder / "labelloop.toml").read_text()
    assert ada.change(f"/api/proposals/{number}/accept").status_code == 400
    assert "was accepted by ada" in ada.change(f"/api/proposals/{number}/accept").json()["message"]
    assert "accepted by ada" in bob.get("/labels").text


def test_alone_a_skipped_document_comes_back_once_its_label_is_there(made: Any, me: Any) -> None:
    made.ask(1)
    (item,) = take(me)
    number = me.change("/api/proposals", {"name": "tennis", "document_id": item["document_id"]}).json()[
        "proposal_id"
    ]
    give(me, {**verdict(item, "sport"), "action": "skip", "labels": []})
    assert take(me) == []
    assert me.change(f"/api/proposals/{number}/accept").json()["documents"] == 1
    (again,) = take(me)
    assert again["document_id"] == item["document_id"]
    assert give(me, verdict(again, "tennis", 2))[0] == ["stored"]


def test_declined_with_a_reason_that_its_author_reads(made: Any, browsers: Any) -> None:
    made.account("ada", "admin")
    made.account("bob")
    made.account("eve")
    ada, bob, eve = (browsers() for _ in range(3))
    for one, name in ((ada, "ada"), (bob, "bob"), (eve, "eve")):
        one.log_in(name)
    number = bob.change("/api/proposals", {"name": "tennis"}).json()["proposal_id"]
    assert bob.change("/api/proposals", {"name": "Tennis"}).json()["proposal_id"] == number
    assert eve.get("/api/proposals").json() == []
    assert ada.change(f"/api/proposals/{number}/decline", {"reason": "  "}).status_code == 400
    assert ada.change(f"/api/proposals/{number}/decline", {"reason": "is sport"}).json() == {
        "declined": 1
    }
    assert bob.get("/api/proposals").json()[0]["reason"] == "is sport"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": ""}, "is empty"),
        ({"name": "SPORT"}, "'sport' is a label already"),
        ({"name": "a\u0000b"}, "cannot be shown"),
        ({"name": "x\u202ey"}, "cannot be shown"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "tennis", "document_id": 999}, "no document 999"),
        ({"name": "tennis", "extra": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_be_proposed_says_why(made: Any, me: Any, body: Any, words: str) -> None:
    answer = me.change("/api/proposals", body)
    assert answer.status_code in {400, 404, 422}
    assert words in answer.json()["message"]
    assert me.get("/api/proposals").json() == []


def test_a_hostile_proposal_is_text(made: Any, me: Any) -> None:
    me.change("/api/proposals", {"name": "<script>alert(1)</script>", "description": "<img src=x>"})
    page = me.get("/labels").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_forged_proposals_and_decisions_are_refused(made: Any, me: Any) -> None:
    for path in ("/api/proposals", "/api/proposals/1/accept", "/api/labels/change"):
        assert me.post(path, json={"name": "x"}).status_code == 403


def test_changes_over_the_api_need_an_admin_and_the_version_of_the_preview(
    made: Any, browsers: Callable[[], Any]
) -> None:
    made.account("ada", "admin")
    made.account("bob", "adjudicator")
    ada, bob = browsers(), browsers()
    ada.log_in("ada")
    bob.log_in("bob")
    wanted = {"kind": "rename", "old": ["sport"], "new": ["games"]}
    assert bob.change("/api/labels/preview", wanted).status_code == 403
    seen = ada.change("/api/labels/preview", wanted).json()
    assert seen["after"] == {
        "games": "Games, matches, players",
        "money": "Banks, prices, markets",
        "weather": "",
    }
    assert bob.change("/api/labels/change", wanted).status_code == 403
    assert ada.change("/api/labels/change", wanted | {"version": seen["version"]}).status_code == 200
    late = {"kind": "remove", "old": ["weather"], "version": seen["version"]}
    assert "meanwhile" in ada.change("/api/labels/change", late).json()["message"]
    assert [one["changed_by"] for one in bob.get("/api/labels/history").json()] == [None, "ada"]
    for wrong in (
        {"kind": "rename", "old": [], "new": ["x"]},
        {
            "kind": "split",
            "old": ["money"],
            "new": ["a", "b"],
            "rules": [{"label": "a", "words": ["*"]}],
        },
    ):
        assert ada.change("/api/labels/preview", wrong).status_code == 400


def test_a_project_file_broken_meanwhile_costs_no_answer(made: Any, me: Any) -> None:
    made.ask(1)
    (item,) = take(me)
    elsewhere(made, "rename", "sport", into=("games",))
    (made.workspace.project.folder / "labelloop.toml").write_text("not [ toml")
    assert give(me, verdict(item, "sport"))[0] == ["stored"]
    assert labels_of(made) == [('["games"]',)]
    with made.workspace.store.transaction("test") as tx:
        assert label_schema.current(tx).version == 2
