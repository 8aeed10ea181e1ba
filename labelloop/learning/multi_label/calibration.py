"""From logits to probabilities that mean what they say, label by label, and to the sets they predict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Float32, Float64, Floats

_STEEP, _FLAT = 0.05, 20.0
_SLOPE_PRECISION, _SHIFT_PRECISION = 4.0, 1.0
"""How tightly a label's own slope (1 where nothing tells otherwise) and shift (0) are held: by as much
as some dozen answers say. A label with three positives keeps what all labels share."""
_ENOUGH = 10
"""Documents with the label from which on it gets a threshold of its own."""


@dataclass(frozen=True)
class SetCalibration:
    """Probability of a label: sigmoid(slope · logit + shift).

    Attributes:
        slope: (k,).
        shift: (k,).
        thresholds: (k,) a document has the label from this probability on.
        power: The product of the decisions' probabilities, to this power, is how sure a set is:
            labels come together, so the plain product doubts too much.
    """

    slope: Float64
    shift: Float64
    thresholds: Float32
    power: float

    def probabilities(self, logits: Floats) -> Float32:
        """(n, k) calibrated."""
        return sigmoid(np.asarray(logits, dtype=np.float64) * self.slope + self.shift)


def sigmoid(logits: Floats) -> Float32:
    """1 / (1 + e^-x), without overflow."""
    from scipy.special import expit

    return np.asarray(expit(logits), dtype=np.float32)


def calibrate(logits: Floats, Y: Bools) -> SetCalibration:
    """Platt scaling per label (Platt 1999) around one temperature for all (Guo et al. 2017).

    Args:
        logits: (n, k) out of fold.
        Y: (n, k) what people said.
    """
    z, sign = np.asarray(logits, dtype=np.float64), np.where(Y, 1.0, -1.0)
    slope = _best(lambda s: float(np.logaddexp(0.0, -sign * s * z).mean()), _STEEP, _FLAT)
    slopes, shifts = _own(z * slope, sign)
    probabilities = sigmoid(z * slope * slopes + shifts)
    thresholds = thresholds_of(probabilities, Y)
    return SetCalibration(slope * slopes, shifts, thresholds, _power(probabilities, thresholds, Y))


def _own(z: Float64, sign: Float64) -> tuple[Float64, Float64]:
    """Each label's slope and shift, held near 1 and 0."""
    from scipy.optimize import minimize

    k = z.shape[1]

    def loss(both: Float64) -> tuple[float, Float64]:
        slope, shift = both[:k], both[k:]
        agreeing = sign * (z * slope + shift)
        held = _SLOPE_PRECISION * (slope - 1) ** 2 + _SHIFT_PRECISION * shift**2
        pull = -sign / (1.0 + np.exp(np.clip(agreeing, -50, 50)))
        gradient = np.concatenate([
            (pull * z).sum(axis=0) + _SLOPE_PRECISION * (slope - 1),
            pull.sum(axis=0) + _SHIFT_PRECISION * shift,
        ])  # fmt: skip
        return float(np.logaddexp(0.0, -agreeing).sum() + 0.5 * held.sum()), gradient

    found = minimize(loss, np.repeat([1.0, 0.0], k), jac=True, method="L-BFGS-B")
    return np.maximum(found.x[:k], 0.05), found.x[k:]


def thresholds_of(probabilities: Floats, Y: Bools) -> Float32:
    """Per label the threshold of best expected F1 (Lipton et al. 2014); a half where it is rare.

    With calibrated probabilities the expected F1 of the documents above a threshold is twice the sum
    of their probabilities over their number plus the sum of all. It never lies above a half.
    """
    thresholds = np.full(Y.shape[1], 0.5, dtype=np.float32)
    for label in np.flatnonzero(Y.sum(axis=0) >= _ENOUGH):
        p = np.sort(np.asarray(probabilities[:, label], dtype=np.float64))[::-1]
        f1 = 2 * np.cumsum(p) / (np.arange(1, len(p) + 1) + p.sum())
        best = int(f1.argmax())
        thresholds[label] = min(0.5, (p[best] + p[min(best + 1, len(p) - 1)]) / 2)
    return thresholds


def decided(probabilities: Floats, thresholds: Floats) -> Bools:
    """(n, k) which labels each document has."""
    return np.asarray(probabilities >= thresholds, dtype=bool)


def log_sureness(probabilities: Floats, sets: Bools) -> Float64:
    """(n,) log of the product over the labels of the probability of what was decided."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.asarray(np.log(np.maximum(np.where(sets, p, 1.0 - p), 1e-12)).sum(axis=1))


def _power(probabilities: Floats, thresholds: Floats, Y: Bools) -> float:
    """The power that makes a set's sureness the share of such sets that are right: least log loss."""
    sets = decided(probabilities, thresholds)
    sure, right = log_sureness(probabilities, sets), (sets == Y).all(axis=1)

    def loss(power: float) -> float:
        p = np.clip(np.exp(power * sure), 1e-6, 1 - 1e-6)
        return float(-np.log(np.where(right, p, 1 - p)).mean())

    return _best(loss, _STEEP, _FLAT)


def _best(loss, low: float, high: float) -> float:  # type: ignore[no-untyped-def]
    """The positive number of least loss."""
    from scipy.optimize import minimize_scalar

    span = (np.log(low), np.log(high))
    found = minimize_scalar(lambda t: loss(float(np.exp(t))), bounds=span, method="bounded")
    return float(np.exp(found.x))
