"""What the champion says about every document; replaced as a whole after each promotion."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from labelloop.store.columns import blobs, floats, from_blobs, integers, relation
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of one model.

    Attributes:
        model_id: Who said it.
        labels: The k labels, in the order of the columns.
        document_ids: (n,).
        probabilities: (n, k) float32, calibrated; NaN rows where a document has none.
        label: (n,) index into ``answers``, -1 where a document has no prediction.
        confidence: (n,) probability that the predicted answer is right.
        margin: (n,) largest minus second largest probability; of sets, the labels' mean gap.
        entropy: (n,) in nats.
        sets: The different sets predicted, as ``label_sets.written`` writes them, where a
            document may have several labels; else empty.
    """

    model_id: str
    labels: tuple[str, ...]
    document_ids: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    label: NDArray[np.int64]
    confidence: NDArray[np.float64]
    margin: NDArray[np.float64]
    entropy: NDArray[np.float64]
    sets: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[str, ...]:
        """What ``label`` counts: the labels; or, where a document may have several, sets of them."""
        return self.sets or self.labels


def replace(tx: Transaction, predictions: Predictions, *, now: datetime) -> int:
    """Put these predictions in the place of all others; returns how many there are."""
    tx.serialise("predictions")
    tx.execute("DELETE FROM predictions")
    tx.execute("DELETE FROM prediction_state")
    tx.execute(
        "INSERT INTO prediction_state (model_id, labels, predicted_at) VALUES ($model, $labels, $now)",
        {"model": predictions.model_id, "labels": json.dumps(list(predictions.labels)), "now": now},
    )
    if not len(predictions.document_ids):
        return 0
    return tx.insert("predictions", _rows(predictions))


def load(
    tx: Transaction, document_ids: Sequence[int] | NDArray[np.int64] | None = None
) -> Predictions | None:
    """The stored predictions, aligned to ``document_ids`` (None: all, by ascending id).

    None where no model has predicted yet.
    """
    import numpy as np

    state = tx.row("SELECT model_id, labels FROM prediction_state")
    if state is None:
        return None
    labels = tuple(json.loads(state[1]))
    stored = _stored(state[0], labels, tx.arrow("SELECT * FROM predictions ORDER BY document_id"))
    return stored if document_ids is None else _aligned(stored, np.asarray(document_ids, np.int64))


def model_id(tx: Transaction) -> str | None:
    """Whose predictions are stored, None before the first."""
    row = tx.row("SELECT model_id FROM prediction_state")
    return str(row[0]) if row else None


def suggestions(tx: Transaction, document_ids: Sequence[int]) -> dict[int, tuple[str, float]]:
    """Label and confidence of some documents, as ``queue.add`` takes them."""
    with tx.staged("wanted", relation(document_id=integers(document_ids))):
        rows = tx.rows(
            "SELECT p.document_id, p.label, p.confidence FROM predictions AS p"
            " JOIN wanted AS w ON w.document_id = p.document_id"
        )
    return {number: (label, confidence) for number, label, confidence in rows}


def _rows(predictions: Predictions) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    codes = pa.array(predictions.label, pa.int32())
    return relation(
        document_id=integers(predictions.document_ids),
        label=pa.DictionaryArray.from_arrays(codes, pa.array(predictions.answers, pa.string())),
        confidence=floats(predictions.confidence),
        margin=floats(predictions.margin),
        entropy=floats(predictions.entropy),
        probabilities=blobs(np.asarray(predictions.probabilities, "<f4")),
    )


def _stored(model: str, labels: tuple[str, ...], table: pa.Table) -> Predictions:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    probabilities = from_blobs(table["probabilities"], "<f4").reshape(-1, len(labels))
    found = pc.unique(table["label"]).to_pylist()
    sets = () if set(labels).issuperset(found) else tuple(sorted(found))
    codes = pc.index_in(table["label"], value_set=pa.array(sets or labels, pa.string()))
    return Predictions(
        model_id=model,
        labels=labels,
        document_ids=table["document_id"].to_numpy(),
        probabilities=probabilities.astype(np.float32, copy=False),
        label=codes.to_numpy().astype(np.int64),
        confidence=table["confidence"].to_numpy(),
        margin=table["margin"].to_numpy(),
        entropy=table["entropy"].to_numpy(),
        sets=sets,
    )


def _aligned(stored: Predictions, numbers: NDArray[np.int64]) -> Predictions:
    import numpy as np

    place = np.searchsorted(stored.document_ids, numbers)
    place[place == len(stored.document_ids)] = 0
    found = np.zeros(len(numbers), np.bool_)
    if len(stored.document_ids):
        found = stored.document_ids[place] == numbers

    def spread(values: NDArray[Any], absent: float) -> NDArray[Any]:
        result = np.full((len(numbers), *values.shape[1:]), absent, values.dtype)
        result[found] = values[place[found]]
        return result

    return Predictions(
        model_id=stored.model_id,
        labels=stored.labels,
        document_ids=numbers,
        probabilities=spread(stored.probabilities, np.nan),
        label=spread(stored.label, -1),
        confidence=spread(stored.confidence, np.nan),
        margin=spread(stored.margin, np.nan),
        entropy=spread(stored.entropy, np.nan),
        sets=stored.sets,
    )
