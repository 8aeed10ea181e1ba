"""What the champion says about every document; replaced as a whole after each promotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of one model.

    Attributes:
        model_id: Who said it.
        labels: The k labels, in the order of the columns.
        document_ids: (n,).
        probabilities: (n, k) float32, calibrated; NaN rows where a document has none.
        label: (n,) index into ``labels``, -1 where a document has no prediction.
        confidence: (n,) largest probability.
        margin: (n,) largest minus second largest probability.
        entropy: (n,) in nats.
    """

    model_id: str
    labels: tuple[str, ...]
    document_ids: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    label: NDArray[np.int64]
    confidence: NDArray[np.float64]
    margin: NDArray[np.float64]
    entropy: NDArray[np.float64]


def replace(tx: Transaction, predictions: Predictions, *, now: datetime) -> int:
    """Put these predictions in the place of all others; returns how many there are."""
    raise NotImplementedError


def load(
    tx: Transaction, document_ids: Sequence[int] | NDArray[np.int64] | None = None
) -> Predictions | None:
    """The stored predictions, aligned to ``document_ids`` (None: all, by ascending id).

    None where no model has predicted yet.
    """
    raise NotImplementedError


def model_id(tx: Transaction) -> str | None:
    """Whose predictions are stored, None before the first."""
    raise NotImplementedError
