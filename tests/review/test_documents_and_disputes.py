"""Looking at documents, answering them again, settling disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from labelloop.loop.clock import now
from labelloop.store import predictions


def take(browser: Any, count: int = 1) -> list[dict[str, Any]]:
    return browser.change("/api/next", {"count": count}).json()["items"]


def give(browser: Any, item: dict[str, Any], label: str) -> None:
    one = {
        "verdict_id": uuid4().hex,
        "item_id": item["item_id"],
        "content_hash": item["content_hash"],
        "labels": [label],
    }
    received = browser.change("/api/verdicts", {"verdicts": [one]}).json()["received"]
    assert received[0]["outcome"] == "stored"


def predict(made: Any, ids: list[int], label: int = 0) -> None:
    """Let a model have said something of these documents."""
    probabilities = np.full((len(ids), 3), 0.1, dtype=np.float32)
    probabilities[:, label] = 0.8
    said = predictions.Predictions(
        model_id="m0001",
        labels=("sport", "money", "weather"),
        document_ids=np.array(ids),
        probabilities=probabilities,
        label=np.full(len(ids), label),
        confidence=np.full(len(ids), 0.8),
        margin=np.full(len(ids), 0.7),
        entropy=np.full(len(ids), 0.6),
    )
    with made.workspace.store.transaction("test") as tx:
        predictions.replace(tx, said, now=now())


def test_search_by_text_label_and_answers(made: Any, me: Any) -> None:
    made.ask(30)
    give(me, take(me)[0], "money")

    def found(**wanted: Any) -> list[int]:
        answer = me.get("/api/documents", params=wanted).json()
        assert answer["total"] == len(answer["documents"]) or answer["total"] > 25
        return [one["document_id"] for one in answer["documents"]]

    assert found(text="TEXT 17:") == [17]
    assert found(text="no such words") == []
    assert found(label="money") == [1]
    assert found(answered=True) == [1]
    assert len(found(answered=False)) == 25
    assert found(text="%") == []
    assert found(limit=3, offset=1) == [29, 28, 27]
    assert found(source="texts", text="' OR 1=1 --") == []
    page = me.get("/documents", params={"order": "newest", "page": "2"}).text
    assert "page 2 of 2" in page
    assert "Title 5<" in page


def test_what_the_model_says_is_kept_from_those_who_have_yet_to_answer_blind(made: Any, me: Any) -> None:
    open_, blind = made.ask(1, suggestion="sport"), made.ask(1, suggestion="sport", blind=True)
    predict(made, open_ + blind)
    assert me.get(f"/api/documents/{open_[0]}").json()["predicted"] == "sport"
    hidden = me.get(f"/api/documents/{blind[0]}").json()
    assert hidden["kept_back"]
    assert hidden["predicted"] is hidden["confidence"] is hidden["margin"] is hidden["model_id"] is None
    assert "Kept back" in me.get(f"/documents/{blind[0]}").text
    listed = me.get("/api/documents", params={"label": "sport"}).json()["documents"]
    assert [one["document_id"] for one in listed] == open_
    for item in take(me, 2):
        give(me, item, "money")
    assert me.get(f"/api/documents/{blind[0]}").json()["predicted"] == "sport"


def test_history_tells_all_and_what_was_taken_back(made: Any, me: Any) -> None:
    made.ask(1)
    give(me, take(me)[0], "money")
    me.change("/api/undo", {"undo_id": uuid4().hex})
    give(me, take(me)[0], "sport")
    told = me.get("/api/documents/1").json()["history"]
    assert [(one["action"], one["stands"]) for one in told] == [
        ("label", False),
        ("undo", False),
        ("label", True),
    ]
    page = me.get("/documents/1").text
    assert "taken back" in page
    assert me.get("/documents/99").status_code == 404
    assert me.get("/api/documents/99").json()["message"] == "there is no document 99"


def test_a_document_is_answered_again_from_its_page(made: Any, me: Any) -> None:
    made.ask(3)
    give(me, take(me)[0], "money")
    asked = me.change("/api/documents/1/ask").json()
    assert asked["document_id"] == 1
    assert take(me)[0]["item_id"] == asked["item_id"]
    give(me, asked, "weather")
    assert made.rows("SELECT labels FROM counting_answers") == [('["weather"]',)]


@pytest.fixture
def team(made: Any, browsers: Callable[[], Any]) -> dict[str, Any]:
    people = {}
    for name, role in (
        ("root", "admin"),
        ("judge", "adjudicator"),
        ("ada", "annotator"),
        ("bob", "annotator"),
    ):
        made.account(name, role)
    for name in ("root", "judge", "ada", "bob"):
        people[name] = browsers()
        people[name].log_in(name)
    return people


def test_doubtful_labels_are_found_by_who_may_see_answers(made: Any, team: dict[str, Any]) -> None:
    from labelloop.store import doubts
    from labelloop.store.doubts import Doubt

    made.ask(2)
    for item in take(team["ada"], 2):
        give(team["ada"], item, "money")
    [(text,)] = made.rows("SELECT content_hash FROM documents WHERE document_id = 2")
    with made.workspace.store.transaction("test") as tx:
        doubts.replace(tx, "m0001", [Doubt(2, text, ("money",), ("sport",), 0.01, 0.98, True)])

    def found(who: str) -> list[int]:
        answer = team[who].get("/api/documents", params={"doubtful": True}).json()
        return [one["document_id"] for one in answer["documents"]]

    assert found("judge") == [2]
    assert found("ada") == found("bob") == []  # a second opinion shall not know the model's
    assert "Title 2<" in team["judge"].get("/documents", params={"answered": "doubtful"}).text
    vote = {"verdict_id": uuid4().hex, "label": "sport"}
    team["judge"].change("/api/documents/2/settle", vote)
    assert found("judge") == []


def test_annotators_do_not_see_what_others_answered(made: Any, team: dict[str, Any]) -> None:
    made.ask(1, wanted=2)
    give(team["ada"], take(team["ada"])[0], "money")
    assert team["bob"].get("/api/documents/1").json()["history"] == []
    assert team["bob"].get("/api/documents").json()["documents"][0]["labels"] == []
    assert len(team["ada"].get("/api/documents/1").json()["history"]) == 1
    assert len(team["judge"].get("/api/documents/1").json()["history"]) == 1
    assert team["bob"].get("/api/disputes").status_code == 403


def test_a_dispute_is_settled_by_one_more_vote_counted_once(made: Any, team: dict[str, Any]) -> None:
    made.ask(1, wanted=2)
    give(team["ada"], take(team["ada"])[0], "money")
    give(team["bob"], take(team["bob"])[0], "sport")
    found = team["judge"].get("/api/disputes").json()
    assert [answer[:2] for answer in found[0]["answers"]] == [["ada", "money"], ["bob", "sport"]]
    page = team["judge"].get("/disputes").text
    assert "ada" in page and "bob" in page
    vote = {"verdict_id": uuid4().hex, "label": "sport"}
    for outcome in ("stored", "known"):
        assert team["judge"].change("/api/documents/1/settle", vote).json()["outcome"] == outcome
    from labelloop.loop.known import present_consensus

    with made.workspace.store.transaction("test") as tx:
        label = present_consensus(tx, "auto").labels[0]
    assert (label.labels, label.answers) == (("sport",), 3)
    wrong = {"verdict_id": uuid4().hex, "label": "politics"}
    assert team["judge"].change("/api/documents/1/settle", wrong).status_code == 404


def test_work_is_sent_back(made: Any, team: dict[str, Any]) -> None:
    made.ask(1)
    give(team["ada"], take(team["ada"])[0], "money")
    assert take(team["bob"]) == []
    assert team["judge"].change("/api/documents/1/send-back", {"people": 1}).status_code == 200
    assert take(team["ada"]) == []  # somebody who has not answered it
    assert take(team["bob"])[0]["document_id"] == 1


def test_the_form_finds_by_the_model_s_doubt_and_by_disagreement(
    made: Any, team: dict[str, Any]
) -> None:
    ids = made.ask(3, wanted=2)
    predict(made, ids)
    for who, label in (("ada", "money"), ("bob", "sport")):
        give(team[who], take(team[who])[0], label)

    def found(**wanted: str) -> list[str]:
        page = team["judge"].get("/documents", params=wanted).text
        return [f"Title {n}" for n in (1, 2, 3) if f"Title {n}<" in page]

    assert found(answered="disputed") == ["Title 1"]
    assert found(below="0.9") == ["Title 1", "Title 2", "Title 3"]
    assert found(below="0.7") == []
    assert team["judge"].get("/documents", params={"below": "2"}).status_code == 422
