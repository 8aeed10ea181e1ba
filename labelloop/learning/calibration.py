"""Whether a confidence of 80 % is right four times in five: reliability curve, calibration error.

Meant for answers of the audit lane: on answers chosen because they were uncertain, every model
looks overconfident.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Floats
from labelloop.learning.evaluation import BINS, bins_of, expected_calibration_error, wilson
from labelloop.records import Interval


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence.

    Attributes:
        low: Least confidence of the bin; it is part of it.
        high: Its end; part of it only where it is 1.
        confidence: Mean confidence of its answers; None where it has none.
        accuracy: Share of its answers that were right, with a 95 % Wilson interval.
    """

    low: float
    high: float
    confidence: float | None
    accuracy: Interval

    @property
    def holds(self) -> bool | None:
        """Whether the confidence lies within the accuracy's interval; None where there is none."""
        low, high = self.accuracy.low, self.accuracy.high
        if self.confidence is None or low is None or high is None:
            return None
        return low <= self.confidence <= high


def reliability_curve(confidence: Floats, correct: Bools, bins: int = BINS) -> tuple[Bin, ...]:
    """Mean confidence beside accuracy, in bins of equal width (DeGroot and Fienberg 1983).

    Args:
        confidence: (n,) probability of the predicted label.
        correct: (n,) whether that label was right.
        bins: How many; empty ones are given too.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=bool)
    member = bins_of(sure, bins)
    return tuple(_bin(i, bins, sure[member == i], right[member == i]) for i in range(bins))


def _bin(i: int, bins: int, confidence: Float64, correct: Bools) -> Bin:
    mean = float(confidence.mean()) if len(confidence) else None
    return Bin(i / bins, (i + 1) / bins, mean, wilson(int(correct.sum()), len(correct)))


def calibration_noise(
    confidence: Floats, rng: np.random.Generator, *, bins: int = BINS, repeats: int = 200
) -> float | None:
    """The error that a perfectly calibrated model stays under in 95 of 100 such samples.

    Consistency resampling (Bröcker and Smith 2007): right and wrong drawn anew by the confidences
    themselves. None without answers.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    if not len(sure):
        return None
    drawn = rng.random((repeats, len(sure))) < sure
    errors = [expected_calibration_error(sure, hit, bins) for hit in drawn]
    return float(np.quantile(np.asarray(errors, dtype=np.float64), 0.95))
