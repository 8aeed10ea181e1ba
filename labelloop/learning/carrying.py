"""A model that goes on predicting after its labels were renamed, merged or split.

Renamed: the column has another name. Merged: the probabilities of what can only be one of them add
up. Split or removed: nobody can say what the column means now, so it keeps its old name, marked,
beside the others: taking it away would make the model sure of labels it never meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelloop.label_names import former
from labelloop.learning.arrays import CHUNK, Float32, Floats, Ints, Rows
from labelloop.learning.head import Head
from labelloop.learning.multi_label.head import MultiLabelHead


@dataclass(frozen=True)
class Columns:
    """Columns of a model onto present labels.

    Attributes:
        labels: The j present names, in the order in which the model met them.
        place: (k,) index into ``labels`` of each of the model's own columns.
    """

    labels: tuple[str, ...]
    place: Ints

    @property
    def one_to_one(self) -> bool:
        """Nothing was merged."""
        return len(self.labels) == len(self.place)

    def added_up(self, probabilities: Floats) -> Float32:
        """(n, j) from (n, k), of labels of which each document has one."""
        folded = np.zeros((len(probabilities), len(self.labels)), dtype=np.float32)
        for column, place in enumerate(self.place):
            folded[:, place] += probabilities[:, column]
        return np.minimum(folded, np.float32(1.0))

    def at_least_one(self, probabilities: Floats) -> Float32:
        """(n, j) from (n, k), of labels that a document may have beside each other."""
        none = np.ones((len(probabilities), len(self.labels)), dtype=np.float32)
        for column, place in enumerate(self.place):
            none[:, place] *= 1 - probabilities[:, column]
        return np.asarray(1 - none, dtype=np.float32)


def columns(labels: Sequence[str], onto: Mapping[str, str | None]) -> Columns:
    """Where each of a model's columns goes.

    Args:
        labels: The model's own labels.
        onto: What each is called now, None where nothing is; one that is missing keeps its name.
    """
    present = [former(label) if (now := onto.get(label, label)) is None else now for label in labels]
    distinct = tuple(dict.fromkeys(present))
    return Columns(distinct, np.asarray([distinct.index(name) for name in present], dtype=np.int64))


@dataclass(frozen=True)
class CarriedHead(Head):
    """A head that speaks in present labels; ``weights`` and ``bias`` stay those of its own."""

    own: Head
    columns: Columns

    def predict_proba(self, vectors: Rows, *, chunk: int = CHUNK) -> Float32:
        """Calibrated probabilities (n, j) of the present labels."""
        return self.columns.added_up(self.own.predict_proba(vectors, chunk=chunk))


@dataclass(frozen=True)
class CarriedMultiLabelHead(MultiLabelHead):
    """The same for sets; of merged labels the lowest threshold holds."""

    own: Head
    columns: Columns

    def predict_proba(self, vectors: Rows, *, chunk: int = CHUNK) -> Float32:
        """Probability (n, j) of each present label by itself."""
        return self.columns.at_least_one(self.own.predict_proba(vectors, chunk=chunk))


def carry(head: Head, onto: Mapping[str, str | None]) -> Head:
    """The head speaking in present labels; itself where nothing changed."""
    found = columns(head.labels, onto)
    if found.labels == head.labels:
        return head
    if found.one_to_one:
        return replace(head, labels=found.labels)
    if isinstance(head, MultiLabelHead):
        least = np.full(len(found.labels), np.inf, dtype=np.float32)
        np.minimum.at(least, found.place, head.thresholds)
        return CarriedMultiLabelHead(
            found.labels, head.weights, head.bias, head.temperature, head.encoder_id,
            thresholds=least, power=head.power, own=head, columns=found,
        )  # fmt: skip
    return CarriedHead(
        found.labels, head.weights, head.bias, head.temperature, head.encoder_id,
        own=head, columns=found,
    )  # fmt: skip


def carried_confusion(confusion: Ints, found: Columns) -> Ints:
    """(j, j) from (k, k): rows and columns of merged labels added up."""
    folded = np.zeros((len(found.labels), len(found.labels)), dtype=np.int64)
    np.add.at(folded, (found.place[:, None], found.place[None, :]), np.asarray(confusion))
    return folded
