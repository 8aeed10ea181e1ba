"""Whether the champion's confidence can be taken at its word, judged by the audit lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.loop.stopping import audit_answers
from labelloop.store import predictions
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.calibration import Bin

_SEED = 0  # of the resampling: the same answers give the same figure


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence beside accuracy, on audit answers.

    Attributes:
        bins: Ten of equal width, empty ones too.
        error: Expected calibration error: how far confidence and accuracy lie apart, on average.
        by_chance: What a perfectly calibrated model stays under in 95 of 100 such samples.
    """

    model_id: str
    answers: int
    bins: tuple[Bin, ...]
    error: float
    by_chance: float

    @property
    def holds(self) -> bool:
        """Whether chance alone explains the error."""
        return self.error <= self.by_chance


def calibration(tx: Transaction) -> Calibration | None:
    """How the present champion's stored predictions fare; None without audit answers or model."""
    said = audit_answers(tx)
    found = predictions.load(tx, sorted(said))
    if found is None or not said:
        return None
    return judged(found, said)


def judged(found: predictions.Predictions, said: dict[int, str]) -> Calibration | None:
    """Pure: the figures of predictions beside people's label of each document."""
    import numpy as np

    from labelloop.learning.calibration import calibration_noise, reliability_curve
    from labelloop.learning.evaluation import expected_calibration_error

    known = found.label >= 0
    sure = found.confidence[known]
    right = np.array(
        [
            said[number] == found.labels[label]
            for number, label in zip(
                found.document_ids[known].tolist(), found.label[known].tolist(), strict=True
            )
        ],
        np.bool_,
    )
    error = expected_calibration_error(sure, right)
    by_chance = calibration_noise(sure, np.random.default_rng(_SEED))
    if error is None or by_chance is None:
        return None
    return Calibration(found.model_id, len(sure), reliability_curve(sure, right), error, by_chance)
