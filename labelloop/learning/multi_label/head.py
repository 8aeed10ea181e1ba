"""The classifier of sets: one matrix product and a sigmoid per label, saved without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelloop.label_sets import written
from labelloop.learning.arrays import CHUNK, Bools, Float32, Float64, Floats, Ints, Rows, chunks
from labelloop.learning.head import MULTI_LABEL_FORMAT, Head
from labelloop.learning.multi_label.calibration import decided, log_sureness, sigmoid


@dataclass(frozen=True)
class MultiLabelHead(Head):
    """A linear classifier per label; the calibration is folded into weights and bias.

    Attributes:
        thresholds: (k,) float32; a document has the label from this probability on.
        power: Of the product of the decisions' probabilities: how sure a whole set is.
    """

    thresholds: Float32
    power: float

    def predict_proba(self, vectors: Rows, *, chunk: int = CHUNK) -> Float32:
        """Calibrated probability (n, k) of each label by itself; rows do not add up to 1."""
        n = vectors.shape[0]
        probabilities = np.empty((n, len(self.labels)), dtype=np.float32)
        for rows in chunks(n, chunk):
            part = np.asarray(vectors[rows], dtype=np.float32)
            probabilities[rows] = sigmoid(part @ self.weights.T + self.bias)
        return probabilities

    def sets(self, probabilities: Floats) -> Bools:
        """(n, k) the predicted sets."""
        return decided(probabilities, self.thresholds)

    def confidence(self, probabilities: Floats) -> Float64:
        """(n,) calibrated probability that the whole predicted set is right."""
        return np.asarray(np.exp(self.power * log_sureness(probabilities, self.sets(probabilities))))

    def _tensors(self) -> dict[str, Float32]:
        return {**super()._tensors(), "thresholds": np.ascontiguousarray(self.thresholds)}

    def _described(self) -> str:
        described = {"format": MULTI_LABEL_FORMAT, "labels": self.labels, "encoder_id": self.encoder_id}
        return json.dumps(described | {"power": self.power}, ensure_ascii=True)

    @classmethod
    def read(cls, tensors: Mapping[str, Float32], described: Mapping[str, Any]) -> MultiLabelHead:
        """From what ``save`` wrote."""
        return cls(
            labels=tuple(described["labels"]), weights=tensors["weights"], bias=tensors["bias"],
            temperature=1.0, encoder_id=described["encoder_id"],
            thresholds=tensors["thresholds"], power=float(described["power"]),
        )  # fmt: skip


def answers_of(head: Head, probabilities: Floats) -> tuple[tuple[str, ...], Ints]:
    """The answers that a head of either kind gives: their texts, and (n,) which of them each row has."""
    if isinstance(head, MultiLabelHead):
        return named(head.sets(probabilities), head.labels)
    found = probabilities.argmax(axis=1) if len(probabilities) else np.zeros(0, dtype=np.int64)
    return head.labels, np.asarray(found, dtype=np.int64)


def named(sets: Bools, labels: Sequence[str]) -> tuple[tuple[str, ...], Ints]:
    """The different sets as ``label_sets.written`` writes them, and (n,) which each document has."""
    if not len(sets):
        return (), np.zeros(0, dtype=np.int64)
    packed = np.packbits(sets, axis=1)
    _, first, codes = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    names = [written(labels[int(i)] for i in np.flatnonzero(sets[row])) for row in first]
    return tuple(names), np.asarray(codes, dtype=np.int64).reshape(-1)
