"""Training the head of sets: penalty and calibration by cross-fitting, as for one label each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from labelloop.errors import TooFewLabels
from labelloop.learning.arrays import Bools, Float32, Floats, Ints
from labelloop.learning.crossfit import FOLDS_TO_CHOOSE, PENALTIES, folds_of
from labelloop.learning.directions import Directions
from labelloop.learning.fitting import ClassWeight
from labelloop.learning.multi_label.calibration import calibrate
from labelloop.learning.multi_label.fitting import SetExamples, fit
from labelloop.learning.multi_label.head import MultiLabelHead
from labelloop.learning.training import ENOUGH_TO_CHOOSE, FIRST_PENALTY, GROWN_BY


@dataclass(frozen=True)
class TrainedSets:
    """A trained head and how it came about.

    Attributes:
        head: Fitted on everything.
        crossfit_probabilities: (n, k) float32; row i comes from heads that never saw the group of
            example i. Calibrated like the head.
        report: Everything needed to train it again; JSON values only.
    """

    head: MultiLabelHead
    crossfit_probabilities: Float32
    report: Mapping[str, Any]


def train_multi_label_head(
    vectors: Floats,
    Y: Bools,
    *,
    labels: Sequence[str],
    encoder_id: str = "",
    hints: Floats | None = None,
    class_weight: ClassWeight = "none",
    seed: int = 0,
    groups: Ints | None = None,
    previous: Mapping[str, Any] | None = None,
    directions: Directions | None = None,
    sureness: Floats | None = None,
) -> TrainedSets:
    """Train a head on documents with sets of labels.

    Args:
        vectors: (n, d) vectors of the labelled documents.
        Y: (n, k) True where the document has the label.
        labels: The k labels. One that no document has still gets a column.
        encoder_id: The encoder of the vectors.
        hints: (k, d) vectors of the label names or descriptions; they count as
            pseudo-examples that fade as answers come in.
        class_weight: ``balanced`` weighs rare labels up.
        seed: Seed of the folds.
        groups: (n,) examples of one group (near-duplicates) stay on one side of every fold.
        previous: Report of the last training; its penalty is kept until the number of answers
            has grown by half.
        directions: Principal directions of the pool. They shape the penalty where cross-fitting
            finds that better than the plain one: with few answers, as a rule. None: plain.
        sureness: (n,) how sure each document's labels are (0 to 1); None: all alike.

    Raises:
        TooFewLabels: No answer, or all of them the same set.
    """
    Y = np.asarray(Y, dtype=bool)
    _check_enough(Y, labels)
    examples = SetExamples(
        np.asarray(vectors, dtype=np.float32), Y,
        None if hints is None else np.asarray(hints, dtype=np.float32), class_weight,
        directions, sureness,
    )  # fmt: skip
    folds = folds_of(rarest_of(Y), groups, seed)
    examples, penalties, logits = _best(examples, folds, previous)
    penalty, chosen_at = penalties[_way(examples)]
    weights, bias = fit(examples, penalty)
    said = calibrate(logits, Y)
    head = MultiLabelHead(
        labels=tuple(labels),
        weights=(weights * said.slope[:, None]).astype(np.float32),
        bias=(bias * said.slope + said.shift).astype(np.float32),
        temperature=1.0,
        encoder_id=encoder_id,
        thresholds=said.thresholds,
        power=said.power,
    )
    recipe = {
        "multi_label": True, "C": penalty, "C_chosen_at": chosen_at, "penalties": penalties,
        "seed": seed,
    }  # fmt: skip
    return TrainedSets(head, said.probabilities(logits), recipe | _report(examples, head))


_Penalties = dict[str, tuple[float, int]]
"""By way: C, and how many answers it was chosen at."""


def _best(
    examples: SetExamples, folds: Ints, previous: Mapping[str, Any] | None
) -> tuple[SetExamples, _Penalties, Float32]:
    """With the pool's directions or without: the examples, each way's C, logits out of fold.

    On banking queries with ten labels, three seeds: with the directions .504 exact matches in place
    of .411 from 25 answers, .684 in place of .724 from 525. The mean cross-fitted loss told the better
    one at 25, 50, 200 and 525; at 100 both were level to it.
    """
    ways = [examples] if examples.directions is None else [replace(examples, directions=None), examples]
    tried: list[tuple[float, SetExamples, Float32]] = []
    penalties: _Penalties = {}
    for way in ways:
        penalties[_way(way)] = _penalty(way, folds, previous)
        logits = cross_fit_logits(way, folds, penalties[_way(way)][0])
        tried.append((_calibrated_loss(logits, way.Y), way, logits))
    best = min(tried, key=lambda one: one[0])
    return best[1], penalties, best[2]


def _way(examples: SetExamples) -> str:
    return "plain" if examples.directions is None else "pool"


def rarest_of(Y: Bools) -> Ints:
    """(n,) each document's rarest label, as its place among the labels (0 the rarest), k for none.

    Documents spread over the folds by this bring every label to each of them.
    """
    rare = np.argsort(np.argsort(Y.sum(axis=0), kind="stable"), kind="stable")
    rank = np.where(Y, rare, Y.shape[1])
    return np.asarray(rank.min(axis=1, initial=Y.shape[1]), dtype=np.int64)


def cross_fit_logits(examples: SetExamples, folds: Ints, penalty: float) -> Float32:
    """Logits (n, k); row i by heads fitted without the fold of example i."""
    logits = np.zeros(examples.Y.shape, dtype=np.float32)
    for fold in np.unique(folds):
        out = folds == fold
        if not out.all():  # else one group only: nothing to learn from
            weights, bias = fit(examples.only(~out), penalty)
            logits[out] = examples.vectors[out] @ weights.T + bias
    return logits


def _check_enough(Y: Bools, labels: Sequence[str]) -> None:
    if not len(Y):
        raise TooFewLabels(
            "there is no label to train on yet", remedy="Answer some questions: labelloop check"
        )
    if not (Y.any(axis=0) & ~Y.all(axis=0)).any():
        from labelloop.label_sets import readable

        same = readable([label for label, has in zip(labels, Y[0], strict=True) if has])
        raise TooFewLabels(
            f"every answer so far ({len(Y):,}) is {same!r}: nothing to tell apart yet",
            remedy="At least one document with other labels is needed",
        )


def _penalty(
    examples: SetExamples, folds: Ints, previous: Mapping[str, Any] | None
) -> tuple[float, int]:
    """C, and how many answers it was chosen at; kept only where the same way chose it."""
    n = len(examples.Y)
    kept = (previous or {}).get("penalties", {}).get(_way(examples))
    if kept and n < GROWN_BY * int(kept[1]):
        return float(kept[0]), int(kept[1])
    if n < ENOUGH_TO_CHOOSE or len(np.unique(folds)) < 2:
        return FIRST_PENALTY, n
    coarse = folds % FOLDS_TO_CHOOSE
    losses = [_held_out_loss(examples, coarse, penalty) for penalty in PENALTIES]
    return PENALTIES[int(np.argmin(losses))], n


def _held_out_loss(examples: SetExamples, folds: Ints, penalty: float) -> float:
    return _calibrated_loss(cross_fit_logits(examples, folds, penalty), examples.Y)


def _calibrated_loss(logits: Float32, Y: Bools) -> float:
    """Calibrated log loss over all labels."""
    p = np.clip(calibrate(logits, Y).probabilities(logits), 1e-6, 1 - 1e-6)
    return float(-np.log(np.where(Y, p, 1 - p)).mean())


def _report(examples: SetExamples, head: MultiLabelHead) -> dict[str, Any]:
    counts, k = examples.Y.sum(axis=0), len(head.labels)
    return {
        "kind": "one-vs-rest logistic regression",
        "class_weight": examples.class_weight,
        "hints": examples.hints is not None,
        "pool_help": examples.directions is not None,
        "hint_weight": examples.hint_weight,
        "encoder_id": head.encoder_id,
        "n": len(examples.Y),
        "per_label": {head.labels[i]: int(counts[i]) for i in range(k)},
        "thresholds": {head.labels[i]: round(float(head.thresholds[i]), 4) for i in range(k)},
        "versions": {name: version(name) for name in ("numpy", "scipy")},
    }
