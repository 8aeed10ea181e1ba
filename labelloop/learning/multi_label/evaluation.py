"""How good predicted sets are: exact match, Hamming loss, micro and macro F1, and label by label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Floats, Ints
from labelloop.learning.evaluation import Usefulness, expected_calibration_error, mcnemar, wilson
from labelloop.records import Interval


@dataclass(frozen=True)
class SetEvaluation:
    """A model measured on sets it never saw.

    Attributes:
        exact_match: Share of the documents whose whole set is right (subset accuracy), with a
            95 % Wilson interval.
        hamming_loss: Share of all the single decisions (n × k) that are wrong; None without answers.
        micro_f1: F1 of all decisions thrown together; None where no label occurs.
        macro_f1: Mean F1 of the labels that occur among answers or predictions; None if none.
        per_class: Label → precision, recall, f1 (None where undefined), support.
        calibration_error: Expected calibration error of how sure the sets are; None if none.
    """

    exact_match: Interval
    hamming_loss: float | None
    micro_f1: float | None
    macro_f1: float | None
    per_class: dict[str, dict[str, float | int | None]]
    calibration_error: float | None

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values; ``accuracy`` is the exact match, and ``measure`` says so."""
        return {
            "measure": "exact match",
            "accuracy": asdict(self.exact_match),
            "hamming_loss": self.hamming_loss,
            "micro_f1": self.micro_f1,
            "macro_f1": self.macro_f1,
            "per_class": self.per_class,
            "confusion": [],
            "calibration_error": self.calibration_error,
        }


def evaluate_sets(
    Y: Bools, predicted: Bools, labels: Sequence[str], confidence: Floats | None = None
) -> SetEvaluation:
    """Measure predicted sets (n, k) against what people said (n, k).

    Args:
        Y: People's sets.
        predicted: The model's.
        labels: The k labels.
        confidence: (n,) how sure the model is of each set.
    """
    exact = (predicted == Y).all(axis=1)
    both, said, found = (Y & predicted).sum(axis=0), Y.sum(axis=0), predicted.sum(axis=0)
    f1 = _f1(both, said + found)
    return SetEvaluation(
        exact_match=wilson(int(exact.sum()), len(Y)),
        hamming_loss=float((predicted != Y).mean()) if Y.size else None,
        micro_f1=_defined(_f1(both.sum(keepdims=True), (said + found).sum(keepdims=True))),
        macro_f1=_defined(f1),
        per_class={
            label: {
                "precision": float(both[i] / found[i]) if found[i] else None,
                "recall": float(both[i] / said[i]) if said[i] else None,
                "f1": None if np.isnan(f1[i]) else float(f1[i]),
                "support": int(said[i]),
            }
            for i, label in enumerate(labels)
        },
        calibration_error=None if confidence is None else expected_calibration_error(confidence, exact),
    )


def _f1(both: Ints, occurs: Ints) -> Float64:
    undefined = np.full(len(occurs), np.nan)
    return np.asarray(np.divide(2.0 * both, occurs, out=undefined, where=occurs > 0))


def _defined(f1: Float64) -> float | None:
    """Mean of the defined ones."""
    return None if np.isnan(f1).all() else float(np.nanmean(f1))


def wrong_labels(Y: Bools, predicted: Bools) -> Ints:
    """(n,) how many labels of each set a person would have to toggle."""
    return np.asarray((predicted != Y).sum(axis=1), dtype=np.int64)


def sets_better_than_guessing(
    *, audit: tuple[Bools, Bools], crossfit: tuple[Bools, Bools], enough: int = 20
) -> Usefulness:
    """Judge a model against the best constant set: one-sided exact sign test at 5 %.

    Exact matches alone would call a model useless that gets most labels of most documents right.
    So each document goes to the side that has fewer labels wrong in it; the constant set is the
    labels that more than half of the very documents have, which flatters it.

    Args:
        audit: (a, k) people's sets and the model's, on audit answers.
        crossfit: (n, k) the same on training answers, used where there are fewer than ``enough``
            audit answers.
        enough: Least number of audit answers to judge on.
    """
    if len(audit[0]) >= enough:
        return _against_constant(*audit, "audit")
    return _against_constant(*crossfit, "cross-fitted")


def _against_constant(Y: Bools, predicted: Bools, basis: Literal["audit", "cross-fitted"]) -> Usefulness:
    if len(Y) == 0:
        return Usefulness(False, basis, "no answers to judge the model on", None)
    constant = np.broadcast_to(2 * Y.sum(axis=0) > len(Y), Y.shape)
    own, others = wrong_labels(Y, predicted), wrong_labels(Y, np.asarray(constant))
    p = mcnemar(wins=own < others, losses=others < own)
    useful = p < 0.05
    reason = (
        f"{int(own.sum())} labels wrong in {len(Y)} {basis} answers, {int(others.sum())} by the best"
        f" constant set: {'better' if useful else 'not clearly better'} than guessing"
        f" (exact sign test on documents, p = {p:.2g})"
    )
    return Usefulness(useful, basis, reason, p)
