"""What the next labels will probably bring: a curve through the audit answers, with its interval.

Every model version answers the same audit documents, which none of them learnt from, so the curve's
points are paired: a document that is hard is hard for all. Through the points goes

    accuracy(n) = a - b n^-c        (c from a few values)

the inverse power law that learning curves follow (Cortes et al. 1993; Viering and Loog 2023). The
interval comes from refitting it to documents drawn anew (the noise of the audit) and to points weighed
anew (the noise of training and of the curve's shape), Rubin's Bayesian bootstrap (1981) on both.

More labels do no harm in expectation, so the expected gain is never below 0; its interval may be, since
the next model can happen to be a worse one (with b held at 0 or more, intervals held the gain that came
in 61 % of the looks on the flattest of four sets, without in 97 %).

What it does not do: foresee a change of encoder, of labels or of strategy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Ints
from labelloop.records import Interval

POINTS = 4
"""Least points to fit three numbers to."""
ANSWERS = 30
"""Least audit answers: with fewer, one answer moves the accuracy by more than three points."""
SPAN = 2.0
"""The last point must have at least so many times the labels of the first."""

_POWERS = np.array([0.25, 0.5, 0.75, 1.0, 1.5])
_DRAWS = 2000


@dataclass(frozen=True)
class Gain:
    """The accuracy that more labels are expected to bring.

    Attributes:
        more: How many labels.
        gain: Rise of the accuracy (0 to 1) with its 95 % interval; ``n`` counts audit answers.
            Values are None where it cannot be told.
        reason: Why it cannot; empty where it can.
    """

    more: int
    gain: Interval
    reason: str = ""


def expected_gain(labels: Ints, correct: Bools, more: int = 100, *, seed: int = 0) -> Gain:
    """How much the next ``more`` labels are expected to gain.

    Args:
        labels: (m,) labels that each model was trained on, ascending.
        correct: (m, n) whether each model got each audit answer right.
        more: Labels to look ahead.
        seed: Of the draws.
    """
    lacking = _lacking(labels, correct)
    n = correct.shape[1]
    if lacking:
        return Gain(more, Interval(None, None, None, n), lacking)
    gains = _gains(labels, correct, more, np.random.default_rng(seed))
    low, middle, high = (float(one) for one in np.quantile(gains, (0.025, 0.5, 0.975)))
    return Gain(more, Interval(max(middle, 0.0), low, max(high, 0.0), n))


def _lacking(labels: Ints, correct: Bools) -> str:
    """What is missing to tell; empty where nothing is."""
    m, n = correct.shape
    if n < ANSWERS:
        return f"{n} audit answers of at least {ANSWERS}"
    if m < POINTS:
        return f"{m} models of at least {POINTS}"
    if labels[-1] < SPAN * labels[0]:
        return f"{labels[-1]} labels, fewer than twice the {labels[0]} of the first model"
    return ""


def _gains(labels: Ints, correct: Bools, more: int, rng: np.random.Generator) -> Float64:
    """The gain (draws,) by curves fitted to documents and points weighed anew."""
    m, n = correct.shape
    correct = np.column_stack([correct, _surprises(m)])
    documents = rng.standard_gamma(np.append(np.ones(n), [0.5, 0.5]), (_DRAWS, n + 2))
    accuracy = (documents @ correct.T.astype(np.float64)) / documents.sum(axis=1, keepdims=True)
    # Early points lie off the law and matter least for what comes next.
    weights = rng.standard_exponential((_DRAWS, m)) * np.sqrt(labels)
    weights /= weights.sum(axis=1, keepdims=True)
    fits = [_fitted(labels, accuracy, weights, power, more) for power in _POWERS]
    gains, losses = (np.stack(column) for column in zip(*fits, strict=True))
    return np.asarray(gains[losses.argmin(axis=0), np.arange(_DRAWS)], dtype=np.float64)


def _surprises(m: int) -> Bools:
    """Two documents (m, 2) that nobody met, of half a weight each: one is learnt, one is lost.

    Where all audit answers are right, more labels may still bring something.
    """
    late = np.arange(m) >= m / 2
    return np.stack([late, ~late], axis=1)


def _fitted(
    labels: Ints, accuracy: Float64, weights: Float64, power: float, more: int
) -> tuple[Float64, Float64]:
    """Gain (draws,) and weighted squared error (draws,) of the curve with this power."""
    x = labels.astype(np.float64) ** -power
    middle_x = weights @ x
    middle_y = (weights * accuracy).sum(axis=1)
    away_x, away_y = x - middle_x[:, None], accuracy - middle_y[:, None]
    steep = -(weights * away_x * away_y).sum(axis=1) / (weights * away_x**2).sum(axis=1)
    error = (weights * (away_y + steep[:, None] * away_x) ** 2).sum(axis=1)
    last = float(labels[-1])
    return steep * (last**-power - (last + more) ** -power), error
