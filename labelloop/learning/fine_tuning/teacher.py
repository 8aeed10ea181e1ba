"""The teacher: tunings that did not see a text, and the head on frozen vectors, speaking with one voice.

On some sets the tuned encoder is far better, on others (many labels, few examples of each) the frozen
one is. How much each counts is not guessed: the share is chosen by the log loss on labels that neither
had seen (cross-fitting). The mixture is a product of experts (Hinton 2002): log-probabilities are
averaged with the share as weight.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from labelloop.learning.arrays import Float32, Float64, Ints, log_softmax, softmax
from labelloop.learning.crossfit import calibrate

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Teacher:
    """How the two are mixed.

    Attributes:
        share: Of the tuned encoder, 0 to 1; the rest is the frozen one's.
        tuned: Temperature of the tuned logits.
        frozen: Temperature of the frozen logits.
        mixed: Temperature of the mixture.
    """

    share: float
    tuned: float
    frozen: float
    mixed: float

    def probabilities(self, tuned: Float32, frozen: Float32) -> Float32:
        """Calibrated probabilities (n, k) from the logits (n, k) of both."""
        logits = _mixture(self.share, tuned / self.tuned, frozen / self.frozen) / self.mixed
        return softmax(logits).astype(np.float32)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)


def appoint(tuned: Float32, frozen: Float32, y: Ints) -> tuple[Teacher, Float32]:
    """The best mixture on out-of-fold logits (n, k) of both, and what it says of these rows."""
    of_tuned, of_frozen = calibrate(tuned, y)[0], calibrate(frozen, y)[0]
    found = []
    for share in SHARES:
        mixture = _mixture(share, tuned / of_tuned, frozen / of_frozen).astype(np.float32)
        temperature, probabilities = calibrate(mixture, y)
        loss = -np.log(np.maximum(probabilities[np.arange(len(y)), y], 1e-12)).mean()
        found.append((float(loss), Teacher(share, of_tuned, of_frozen, temperature)))
    teacher = min(found, key=lambda one: one[0])[1]
    return teacher, teacher.probabilities(tuned, frozen)


def fit_to(logits: Float32, probabilities: Float32) -> float:
    """The temperature at which logits (n, k) are nearest to probabilities (n, k) by cross-entropy."""
    from scipy.optimize import minimize_scalar

    if not len(logits):
        return 1.0

    def loss(log_temperature: float) -> float:
        return float(-(probabilities * log_softmax(logits / np.exp(log_temperature))).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def _mixture(share: float, tuned: Float32, frozen: Float32) -> Float64:
    return share * log_softmax(tuned) + (1.0 - share) * log_softmax(frozen)
