"""The dashboard: its numbers, plots, training and models."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from labelloop.loop.clock import now
from labelloop.loop.dashboard import dashboard
from labelloop.store import predictions

AT = datetime(2026, 1, 2)


def answer_one(browser: Any, item: Any, label: str) -> None:
    verdict = {
        "verdict_id": uuid4().hex,
        "item_id": item["item_id"],
        "content_hash": item["content_hash"],
        "labels": [label],
    }
    browser.change("/api/verdicts", {"verdicts": [verdict]})


def answer(browser: Any, label: str | None = None) -> None:
    """Everything that waits, with the suggestion or this label."""
    while items := browser.change("/api/next", {"count": 5}).json()["items"]:
        verdicts = [
            {
                "verdict_id": uuid4().hex,
                "item_id": one["item_id"],
                "content_hash": one["content_hash"],
                "labels": [label or one["suggestion"]],
                "seconds": 4.0,
            }
            for one in items
        ]
        browser.change("/api/verdicts", {"verdicts": verdicts})


def test_an_empty_project_has_a_dashboard(made: Any, me: Any) -> None:
    page = me.get("/").text and me.get("/dashboard").text
    assert "no model yet" in page
    assert "Nobody has answered yet" in page
    assert "Too early to tell: nothing has been asked" in page
    assert "Whether the strategy pays is not known: no model has been trained yet" in page
    assert me.get("/plots/confusion.svg").status_code == 404
    for name in ("learning-curve", "lanes"):
        assert me.get(f"/plots/{name}.svg").headers["content-type"] == "image/svg+xml"


def test_answers_by_lane_people_and_sway(made: Any, me: Any) -> None:
    made.ask(4, suggestion="sport")
    answer(me)
    made.ask(3, suggestion="sport", blind=True)
    made.ask(2, suggestion="sport", lane="audit")
    answer(me, "money")
    board = dashboard(made.workspace, viewer="me", names=True)
    assert (board.lanes, board.by_turn) == (("uncertain", "audit"), ((1, (7, 2)),))
    everybody = board.swayed[0]
    assert (everybody.shown.value, everybody.shown.n) == (1.0, 4)
    assert (everybody.blind.value, everybody.blind.n) == (0.0, 3)  # the audit is left out
    assert board.people[0].median_seconds == 4.0
    page = me.get("/dashboard").text
    assert "100 %" in page
    assert "n = 4" in page


def test_the_matrix_keeps_the_order_of_the_labels(made: Any, me: Any) -> None:
    made.keep_model(n=10)
    board = dashboard(made.workspace, viewer="me", names=True)
    assert board.by_class is not None
    assert board.by_class.labels == ("sport", "money", "weather")
    assert board.by_class.confusion[0] == (2, 1, 0)
    assert board.by_class.basis == "audit"
    me.get("/")
    plot = me.get("/plots/confusion.svg", params={"theme": "dark"}).text
    assert "weather" in plot


def test_numbers_without_audit_answers_say_what_they_are(made: Any, me: Any) -> None:
    made.keep_model(n=0)
    me.get("/")
    page = me.get("/dashboard").text
    assert "misstate the accuracy" in page
    assert "no audit question answered yet" in page


def test_confidence_beside_audit_answers(made: Any, me: Any) -> None:
    assert me.get("/plots/calibration.svg").status_code == 404
    numbers = made.ask(20, lane="audit")
    made.keep_model(n=20)
    with made.workspace.store.transaction("test") as tx:
        predictions.replace(tx, said_of(numbers, confidence=0.95, label=0), now=AT)
    while items := me.change("/api/next", {"count": 10}).json()["items"]:
        for place, one in enumerate(items):
            answer_one(me, one, "money" if place % 2 else "sport")
    found = dashboard(made.workspace, viewer="me", names=True).audit
    assert found.answers == 20
    assert round(found.calibration_error or 0, 6) == 0.45  # sure to 95 %, right half the time
    assert found.well_calibrated is False
    filled = [one for one in found.calibration if one.accuracy.n]
    assert [(one.low, one.accuracy.value) for one in filled] == [(0.9, 0.5)]
    assert "take its percentages with care" in me.get("/dashboard").text
    assert "confidence" in me.get("/plots/calibration.svg").text


def said_of(numbers: list[int], *, confidence: float, label: int) -> predictions.Predictions:
    import numpy as np

    even = np.full(len(numbers), confidence)
    odds = np.full((len(numbers), 3), (1 - confidence) / 2, np.float32)
    odds[:, label] = confidence
    names = ("sport", "money", "weather")
    chosen = np.full(len(numbers), label)
    return predictions.Predictions("m0001", names, np.array(numbers), odds, chosen, even, even, even)


def test_the_curve_has_a_point_per_measured_model(made: Any, me: Any) -> None:
    for answers in (20, 0, 40):
        made.keep_model(n=answers)
    board = dashboard(made.workspace, viewer="me", names=True)
    assert [(p.model_id, p.interval.n) for p in board.curve] == [("m0001", 20), ("m0003", 40)]
    me.get("/")
    told = me.get("/dashboard").text
    assert "80.0 %" in told
    assert 'src="/plots/learning-curve.svg' in told
    assert "labels trained on" in me.get("/plots/learning-curve.svg").text


def test_annotators_see_their_own_row_alone(made: Any, browsers: Any) -> None:
    for name in ("ada", "bob"):
        made.account(name, "admin" if name == "ada" else "annotator")
        made.ask(1, suggestion="sport")
        person = browsers()
        person.log_in(name)
        answer(person)
    assert ">ada<" not in person.get("/dashboard").text
    assert "Train on the answers" not in person.get("/dashboard").text


def test_training_without_answers_says_what_is_missing(made: Any, me: Any) -> None:
    made.ask(1)
    assert me.change("/api/training").status_code == 202
    again = me.change("/api/training")
    run = me.get("/api/training").json()
    assert again.status_code == 409 or run["state"] != "running"
    while run["state"] == "running":
        time.sleep(0.2)
        run = me.get("/api/training").json()
    assert run["state"] == "failed"
    assert run["by"] == "me"
    assert len(run["result"]) == 1
    assert run["result"][0] in me.get("/dashboard").text.replace("&#39;", "'").replace("&#34;", '"')


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_export_over_the_api(made: Any, me: Any, form: str) -> None:
    made.ask(3, suggestion="sport")
    answer(me)
    found = me.get("/api/export", params={"what": "labels", "format": form})
    assert found.status_code == 200
    assert f"labels.{form}" in found.headers["content-disposition"]
    if form == "jsonl":
        assert len([json.loads(line) for line in found.text.splitlines()]) == 3


def test_models_that_are_not_there(made: Any, me: Any) -> None:
    assert me.change("/api/models/m9/promote").status_code == 404
    assert me.change("/api/models/rollback").status_code == 400


def test_the_api_describes_itself(made: Any, me: Any) -> None:
    described = me.get("/api/openapi.json").json()
    for path in ("/api/next", "/api/verdicts", "/api/undo", "/api/queue", "/api/export"):
        operation = next(iter(described["paths"][path].values()))
        assert operation["description"], path
    assert now() > AT


def test_a_new_champion_shows_what_it_was_judged_by_until_it_has_predicted(made: Any, me: Any) -> None:
    made.keep_model(4)
    page = me.get("/dashboard").text
    assert "from 4 audit answers when it was judged; its predictions are being made" in page
    assert "no audit question answered yet" not in page


def test_a_fault_of_ours_is_a_page_and_no_traceback(
    made: Any, me: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the machine")

    monkeypatch.setattr("labelloop.review.pages.documents", broken)
    for path in ("/documents", "/documents/1"):
        answer = me.get(path)
        assert answer.status_code == 500
        assert "Something went wrong here" in answer.text
        assert "secret" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
