"""The control arm on a real project: what it lacks, and falling back where told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from labelloop.learning.control_arm import Paying, not_known
from labelloop.loop.asking import ask
from labelloop.loop.generation import encode_pool
from labelloop.loop.paying import KEPT, in_order_of_asking, paying_report
from labelloop.loop.status import project_status, status_for_people
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace
from labelloop.records import Answer
from labelloop.store import models

pytestmark = pytest.mark.encoder
Make = Callable[..., Workspace]


def started(workspace: Workspace, answer: Any, turns: int = 2) -> Workspace:
    encode_pool(workspace)
    ask(workspace, manual=True)
    for _ in range(turns):
        answer(workspace)
        learn(workspace)
    return workspace


def say(workspace: Workspace, found: Paying) -> None:
    """Put a verdict into the newest model, as its training would."""
    with workspace.store.transaction() as tx:
        newest = models.versions(tx)[-1]
        metrics = {**newest.metrics, KEPT: asdict(found), "useful": True}
        models.decide(tx, newest.model_id, newest.decision, metrics)


def test_before_the_first_model_nothing_is_known(make: Make) -> None:
    assert "no model has been trained yet" in paying_report(make()).sentence


def test_a_young_project_lacks_random_answers(make: Make, answer: Any) -> None:
    workspace = started(make(random_share=0.2), answer)
    found = paying_report(workspace)
    assert found.verdict == "too early"
    assert (
        "not enough random-lane answers yet (4 of at least 30), at the last training" in found.sentence
    )
    status = project_status(workspace)
    assert status["paying"]["sentence"] in status_for_people(status)


def test_asking_at_random_has_nothing_to_compare(make: Make, answer: Any) -> None:
    workspace = started(make(strategy="random"), answer, turns=1)
    assert "at random already" in paying_report(workspace).sentence


@pytest.mark.parametrize(
    ("wish", "verdict", "falls"),
    [
        ("say", "not paying", False),
        ("fall_back", "not paying", True),
        ("fall_back", "unclear", False),
        ("fall_back", "paying", False),
    ],
)
def test_it_falls_back_where_told_to(
    make: Make, answer: Any, wish: str, verdict: Any, falls: bool
) -> None:
    workspace = started(make(when_not_paying=wish, explore_share=0.0), answer)
    answer(workspace)
    say(workspace, replace(not_known("made up"), verdict=verdict))
    asked = ask(workspace, manual=False)
    assert ("uncertain" not in asked.lanes) == falls
    assert any("query.when_not_paying" in note for note in asked.notes) == falls


def test_documents_are_ordered_by_their_first_answer() -> None:
    begun = datetime(2026, 1, 1)

    def said(document: int, minute: int, lane: Any) -> Answer:
        return Answer(document, f"p{minute}", ("a",), lane, False, begun + timedelta(minutes=minute))

    answers = [said(1, 5, "uncertain"), said(2, 1, "random"), said(1, 9, "relabel"), said(3, 2, None)]
    rows, lanes = in_order_of_asking([1, 2, 3, 4], answers)
    assert rows == [1, 2, 0]
    assert lanes == ["random", None, "uncertain"]
