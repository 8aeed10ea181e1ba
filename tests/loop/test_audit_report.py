"""The audit report: labels with too few answers are named, calibration is kept with the turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from labelloop.loop.asking import ask
from labelloop.loop.audit_report import audit_report, few_text, report_on
from labelloop.loop.generation import encode_pool
from labelloop.loop.status import project_status, status_for_people
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace
from labelloop.store import turns
from labelloop.store.status import Audited

Make = Callable[..., Workspace]


def told(*pairs: tuple[str, str, float]) -> list[Audited]:
    return [Audited((label,), predicted, sure) for label, predicted, sure in pairs]


def test_without_answers_nothing_is_known() -> None:
    found = report_on([], ["a", "b"], several=False)
    assert (found.answers, found.calibration_error, found.well_calibrated) == (0, None, None)
    assert found.few == ("a", "b")
    assert few_text(found.as_json()) == ""


def test_overconfidence_is_seen() -> None:
    bold = report_on(told(*[("a", "a", 0.99), ("a", "b", 0.99)] * 20), ["a", "b"], several=False)
    assert bold.calibration_error == pytest.approx(0.49)
    assert bold.well_calibrated is False
    assert bold.calibration[-1].holds is False
    fair = report_on(told(*[("a", "a", 0.75)] * 30, *[("a", "b", 0.75)] * 10), ["a"], several=False)
    assert fair.calibration_error == pytest.approx(0.0)
    assert fair.well_calibrated is True


def test_labels_with_few_answers_are_named() -> None:
    found = report_on(told(*[("a", "a", 0.9)] * 9, ("b", "a", 0.6)), ["a", "b"], several=False)
    assert found.few == ("b",)
    assert few_text(found.as_json()) == "fewer than 5 audit answers of b: nothing can be said of it"
    many = report_on(told(("l0", "l0", 0.9)), [f"l{n}" for n in range(9)], several=False)
    assert "l4 and 4 more" in few_text(many.as_json())


def test_sets_of_labels() -> None:
    answered = [Audited(("a", "b"), "a|b", 0.9), Audited((), "[]", 0.8), Audited(("a",), "b", 0.7)]
    a, b = report_on(answered, ["a", "b"], several=True).labels
    assert (a.recall.value, b.precision.value) == (0.5, 0.5)


@pytest.mark.encoder
def test_it_is_kept_with_the_turn_and_shown(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    for _ in range(2):
        answer(workspace)
        learn(workspace)
    found = project_status(workspace)
    assert found["audit"]["answers"] == found["champion"]["accuracy"]["n"] == 6
    assert found["audit"] == json.loads(json.dumps(audit_report(workspace).as_json()))
    assert "fewer than 5 audit answers of" in status_for_people(found)
    with workspace.store.transaction() as tx:
        kept = turns.history(tx)[-1].counts["audit"]
    assert len(kept["calibration"]) == 10
    assert {one["label"] for one in kept["labels"]} == {"sport", "money"}
