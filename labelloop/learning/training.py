"""Training the head: penalty by grouped cross-validation, temperature by cross-fitting, label hints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from labelloop.learning.arrays import Float32, Floats, Ints
from labelloop.learning.head import Head

ClassWeight = Literal["none", "balanced"]


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

    Raises:
        TooFewLabels: No label, or only one class; the message says what is missing.
    """
    raise NotImplementedError


def hint_head(hints: Floats, *, labels: Sequence[str], encoder_id: str = "") -> Head:
    """A head from the label names alone, to order documents in the cold start.

    It is no trained model and is never shown as one.
    """
    raise NotImplementedError


def label_hint_text(name: str, description: str) -> str:
    """The text to encode as hint of a label: its name made readable, and its description."""
    raise NotImplementedError
