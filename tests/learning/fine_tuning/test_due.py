"""The rule behind ``fine_tune = "auto"``."""

from __future__ import annotations

import pytest

from labelloop.learning.fine_tuning.due import Situation, is_due


def situation(**other: float | None) -> Situation:
    known = {"labels": 300, "labels_met": 4, "at_last_tuning": None, "seconds": 600.0, "minutes": 30.0}
    return Situation(**(known | other))  # type: ignore[arg-type]


def test_enough_labels_and_enough_time() -> None:
    assert is_due("auto", situation()).due
    assert "about 10 minutes" in is_due("auto", situation()).reason


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"labels": 199}, "199 labels to train on, fine-tuning begins at 200"),
        ({"labels": 300, "labels_met": 77}, "begins at 385"),
        ({"labels": 299, "at_last_tuning": 200}, "due again at 300"),
        ({"seconds": 1801.0}, "fine_tune_minutes allows 30"),
    ],
)
def test_why_not(other: dict[str, float], said: str) -> None:
    found = is_due("auto", situation(**other))
    assert not found.due
    assert said in found.reason


def test_grown_by_half_is_due_again() -> None:
    assert is_due("auto", situation(labels=300, at_last_tuning=200)).due


def test_always_needs_something_new_and_the_time() -> None:
    assert is_due("always", situation(labels=30)).due
    assert not is_due("always", situation(labels=30, at_last_tuning=30)).due
    assert not is_due("always", situation(labels=30, seconds=1e5)).due


def test_never_is_never() -> None:
    assert not is_due("never", situation()).due
