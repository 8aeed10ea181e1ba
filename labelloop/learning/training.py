"""Training the head: penalty by grouped cross-validation, temperature by cross-fitting, label hints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from labelloop.errors import TooFewLabels
from labelloop.learning.arrays import Float32, Floats, Ints
from labelloop.learning.crossfit import calibrate, choose_penalty, cross_fit_logits, folds_of
from labelloop.learning.directions import Directions
from labelloop.learning.fitting import ClassWeight, Examples, fit
from labelloop.learning.head import Head

FIRST_PENALTY = 10.0
"""C before there is enough to choose it by: the value of the measured baselines."""
ENOUGH_TO_CHOOSE = 50
GROWN_BY = 1.5
_HINT_SHARPNESS = 20.0


@dataclass(frozen=True)
class Trained:
    """A trained head and how it came about.

    Attributes:
        head: The head, fitted on everything.
        crossfit_probabilities: (n, k) float32; row i comes from a head that never saw the
            group of example i. Calibrated like the head.
        report: Everything needed to train it again; JSON values only.
    """

    head: Head
    crossfit_probabilities: Float32
    report: Mapping[str, Any]


def train_head(
    vectors: Floats,
    y: Ints,
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
) -> Trained:
    """Train a head on labelled vectors.

    Args:
        vectors: (n, d) vectors of the labelled documents.
        y: (n,) index of each one's label in ``labels``.
        labels: The k labels. One without an example still gets a column.
        encoder_id: The encoder of the vectors.
        hints: (k, d) vectors of the label names or descriptions; they count as
            pseudo-examples that fade as labels come in.
        class_weight: ``balanced`` weighs rare labels up.
        seed: Seed of the folds.
        groups: (n,) examples of one group (near-duplicates) stay on one side of every fold.
        previous: Report of the last training; its penalty is kept until the number of labels
            has grown by half.
        directions: Of the unlabelled pool; they shape the penalty. None: a plain penalty.

        sureness: (n,) how sure each label is (0 to 1), such as the posterior that several people's
            answers leave; its weight. None: all alike.

    Raises:
        TooFewLabels: No label, or only one class; the message says what is missing.
    """
    check_enough(y, labels)
    examples = Examples(
        np.asarray(vectors, dtype=np.float32), np.asarray(y, dtype=np.int64), len(labels),
        None if hints is None else np.asarray(hints, dtype=np.float32), class_weight, directions,
        None if sureness is None else np.asarray(sureness, dtype=np.float64),
    )  # fmt: skip
    folds = folds_of(examples.y, groups, seed)
    penalty, chosen_at = _penalty(examples, folds, previous)
    weights, bias = fit(examples, penalty)
    logits = cross_fit_logits(examples, folds, penalty)
    temperature, probabilities = calibrate(logits, examples.y)
    head = Head(tuple(labels), weights, bias, temperature, encoder_id)
    recipe = {"C": penalty, "C_chosen_at": chosen_at, "temperature": temperature, "seed": seed}
    report = recipe | _report(examples, head)
    return Trained(head, probabilities, report)


def check_enough(y: Ints, labels: Sequence[str]) -> None:
    """Make sure that there are labels of at least two classes.

    Raises:
        TooFewLabels: There are not.
    """
    met = np.unique(y)
    if len(met) == 0:
        raise TooFewLabels(
            "there is no label to train on yet", remedy="Answer some questions: labelloop check"
        )
    if len(met) == 1:
        others = [label for i, label in enumerate(labels) if i != met[0]]
        raise TooFewLabels(
            f"every answer so far ({len(y):,}) is {labels[met[0]]!r}: nothing to tell apart yet",
            remedy=f"At least one document of another label is needed, such as {others[0]!r}"
            if others
            else "A second label is needed",
        )


def _penalty(examples: Examples, folds: Ints, previous: Mapping[str, Any] | None) -> tuple[float, int]:
    """C, and how many labels it was chosen at. Choosing costs as much as a dozen trainings."""
    n, shaped = len(examples.y), examples.directions is not None
    kept = previous if previous and bool(previous.get("pool_help")) == shaped else None
    if kept and "C" in kept and n < GROWN_BY * int(kept["C_chosen_at"]):
        return float(kept["C"]), int(kept["C_chosen_at"])
    if n < ENOUGH_TO_CHOOSE or len(np.unique(folds)) < 2:
        return FIRST_PENALTY, n
    return choose_penalty(examples, folds), n


def _report(examples: Examples, head: Head) -> dict[str, Any]:
    counts = np.bincount(examples.y, minlength=len(head.labels))
    return {
        "kind": "logistic regression",
        "class_weight": examples.class_weight,
        "hints": examples.hints is not None,
        "hint_weight": examples.hint_weight,
        "pool_help": examples.directions is not None,
        "weighed": examples.sureness is not None,
        "encoder_id": head.encoder_id,
        "n": len(examples.y),
        "per_label": {label: int(c) for label, c in zip(head.labels, counts, strict=True)},
        "versions": {name: version(name) for name in ("scikit-learn", "numpy", "scipy")},
    }


def hint_head(hints: Floats, *, labels: Sequence[str], encoder_id: str = "") -> Head:
    """A head from the label names alone, to order documents in the cold start.

    The logit is the cosine with the label's hint, less what all hints have in common. It is
    no trained model and is never shown as one.
    """
    own = np.asarray(hints, dtype=np.float32)
    weights = (own - own.mean(axis=0)) * np.float32(_HINT_SHARPNESS)
    bias = -weights @ own.mean(axis=0)
    return Head(tuple(labels), weights, bias.astype(np.float32), 1.0, encoder_id)


def label_hint_text(name: str, description: str = "") -> str:
    """The text to encode as hint of a label: its name made readable, and its description."""
    readable = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-./]+", " ", name).split())
    if not description.strip():
        return readable
    return f"{readable}: {description.strip()}"
