"""How good a model is: accuracy with its interval, per class, calibration, better than guessing?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from labelloop.learning.arrays import Bools, Floats, Ints
from labelloop.records import Interval


@dataclass(frozen=True)
class Evaluation:
    """A model measured on answers it never saw.

    Attributes:
        accuracy: With a 95 % Wilson interval.
        macro_f1: Mean F1 of the labels that occur among answers or predictions; None if none.
        per_class: Label → precision, recall, f1 (None where undefined), support.
        confusion: (k, k) rows: answers, columns: predictions.
        calibration_error: Expected calibration error, 10 bins of equal width; None if none.
    """

    accuracy: Interval
    macro_f1: float | None
    per_class: dict[str, dict[str, float | int | None]]
    confusion: Ints
    calibration_error: float | None

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        raise NotImplementedError


def evaluate(y: Ints, probabilities: Floats, labels: Sequence[str]) -> Evaluation:
    """Measure predictions (n, k) against answers (n,)."""
    raise NotImplementedError


def wilson(correct: int, n: int, confidence: float = 0.95) -> Interval:
    """A share with its Wilson interval (Wilson 1927)."""
    raise NotImplementedError


@dataclass(frozen=True)
class Usefulness:
    """Whether a model knows more than the best constant guess.

    Attributes:
        useful: It does.
        basis: The answers it was judged on: ``audit``, or ``cross-fitted`` training answers.
        reason: One readable line with the numbers and the test.
        p_value: Of the test, None where it could not be made.
    """

    useful: bool
    basis: Literal["audit", "cross-fitted"]
    reason: str
    p_value: float | None


def better_than_guessing(
    *,
    audit_y: Ints,
    audit_correct: Bools,
    crossfit_y: Ints,
    crossfit_correct: Bools,
    enough: int = 20,
) -> Usefulness:
    """Judge a model against the best constant guess.

    Args:
        audit_y: (a,) audit answers.
        audit_correct: (a,) whether the model got each one right.
        crossfit_y: (n,) training answers, used where fewer than ``enough`` audit answers exist.
        crossfit_correct: (n,) whether the cross-fitted head got each one right.
        enough: Least number of audit answers to judge on.
    """
    raise NotImplementedError
