"""How good a model is: accuracy with its interval, per class, calibration, better than guessing?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Floats, Ints
from labelloop.records import Interval

BINS = 10
"""Bins of confidence that calibration is looked at in."""


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
        return {
            "accuracy": asdict(self.accuracy),
            "macro_f1": self.macro_f1,
            "per_class": self.per_class,
            "confusion": self.confusion.tolist(),
            "calibration_error": self.calibration_error,
        }


def evaluate(y: Ints, probabilities: Floats, labels: Sequence[str]) -> Evaluation:
    """Measure predictions (n, k) against answers (n,)."""
    k = len(labels)
    predicted = probabilities.argmax(axis=1) if len(y) else np.zeros(0, dtype=np.int64)
    confusion = np.bincount(y * k + predicted, minlength=k * k).reshape(k, k).astype(np.int64)
    return Evaluation(
        accuracy=wilson(int(np.trace(confusion)), len(y)),
        macro_f1=macro_f1(confusion),
        per_class=by_class(confusion, labels),
        confusion=confusion,
        calibration_error=expected_calibration_error(
            probabilities.max(axis=1) if len(y) else np.zeros(0), predicted == y
        ),
    )


def f1_scores(confusion: Ints) -> Float64:
    """F1 (k,) of each label; NaN where it occurs neither among answers nor predictions."""
    right = np.diag(confusion).astype(np.float64)
    occurs = confusion.sum(axis=0) + confusion.sum(axis=1)
    undefined = np.full(len(right), np.nan)
    return np.asarray(np.divide(2 * right, occurs, out=undefined, where=occurs > 0))


def macro_f1(confusion: Ints) -> float | None:
    """Mean F1 of the labels that occur; None where nothing was measured."""
    f1 = f1_scores(confusion)
    return None if np.isnan(f1).all() else float(np.nanmean(f1))


def by_class(confusion: Ints, labels: Sequence[str]) -> dict[str, dict[str, float | int | None]]:
    """Precision, recall, F1, number of answers by label; rows are answers, columns predictions."""
    f1 = f1_scores(confusion)
    return {label: _of_class(confusion, f1, i) for i, label in enumerate(labels)}


def _of_class(confusion: Ints, f1: Float64, i: int) -> dict[str, float | int | None]:
    right, answers, predictions = confusion[i, i], confusion[i].sum(), confusion[:, i].sum()
    return {
        "precision": float(right / predictions) if predictions else None,
        "recall": float(right / answers) if answers else None,
        "f1": None if np.isnan(f1[i]) else float(f1[i]),
        "support": int(answers),
    }


def expected_calibration_error(confidence: Floats, correct: Bools, bins: int = BINS) -> float | None:
    """Mean gap of confidence and accuracy over bins of equal width (Naeini et al. 2015).

    None without answers. A few answers make it large by chance alone: ``calibration_noise`` in
    ``labelloop.learning.calibration`` says how large.
    """
    if not len(correct):
        return None
    sure = np.asarray(confidence, dtype=np.float64)
    gap = np.bincount(bins_of(sure, bins), weights=sure - correct, minlength=bins)
    return float(np.abs(gap).sum() / len(sure))


def bins_of(confidence: Float64, bins: int) -> Ints:
    """Bin (n,) of each confidence, of equal width; 1 belongs to the last."""
    return np.minimum((confidence * bins).astype(np.int64), bins - 1)


def wilson(correct: int, n: int, confidence: float = 0.95) -> Interval:
    """A share with its Wilson interval (Wilson 1927); values are None where ``n`` is 0.

    Written out: SciPy's gives the same, and loading it would cost the checking page 60 MB.
    """
    if n == 0:
        return Interval(None, None, None, 0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = correct / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / n / 4) / (1 + spread)
    low = 0.0 if correct == 0 else middle - half
    high = 1.0 if correct == n else middle + half
    return Interval(share, low, high, n)


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
    """Judge a model against the best constant guess: one-sided exact McNemar test at 5 %.

    The guess is the most frequent of the very answers it is judged on, which flatters it.

    Args:
        audit_y: (a,) audit answers.
        audit_correct: (a,) whether the model got each one right.
        crossfit_y: (n,) training answers, used where fewer than ``enough`` audit answers exist.
        crossfit_correct: (n,) whether the cross-fitted head got each one right.
        enough: Least number of audit answers to judge on.
    """
    if len(audit_y) >= enough:
        return _against_guess(audit_y, audit_correct, "audit")
    return _against_guess(crossfit_y, crossfit_correct, "cross-fitted")


def _against_guess(y: Ints, correct: Bools, basis: Literal["audit", "cross-fitted"]) -> Usefulness:
    if len(y) == 0:
        return Usefulness(False, basis, "no answers to judge the model on", None)
    guessed = y == np.bincount(y).argmax()
    p = mcnemar(wins=correct & ~guessed, losses=guessed & ~correct)
    useful = p < 0.05
    reason = (
        f"{int(correct.sum())} of {len(y)} {basis} answers right, the best constant guess"
        f" {int(guessed.sum())}: {'better' if useful else 'not clearly better'} than guessing"
        f" (exact McNemar test, p = {p:.2g})"
    )
    return Usefulness(useful, basis, reason, p)


def mcnemar(*, wins: Bools, losses: Bools) -> float:
    """One-sided exact McNemar test: chance of so many wins if both were equally good."""
    from scipy.stats import binomtest

    won, lost = int(wins.sum()), int(losses.sum())
    if won + lost == 0:
        return 1.0
    return float(binomtest(won, won + lost, 0.5, alternative="greater").pvalue)
