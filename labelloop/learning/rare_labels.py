"""Documents for labels that hardly anybody has met yet: the most probable ones of each, in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelloop.learning.arrays import Float32, Ints, Rows, chunks
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic
from labelloop.plurals import counted

_SHARE_OF_EQUAL = 0.25
"""A label is rare with less than this part of an equal share of the labels so far."""


def rare_labels(y: Ints, n_labels: int) -> Ints:
    """Labels with less than a quarter of an equal share of ``y``, the rarest first."""
    counts = np.bincount(y, minlength=n_labels)
    rare = np.flatnonzero(counts < _SHARE_OF_EQUAL * len(y) / n_labels)
    return np.asarray(rare[np.argsort(counts[rare], kind="stable")], dtype=np.int64)


def for_rare_labels(query: Query, size: int, names: Sequence[str] = ()) -> Picks:
    """At most ``size`` documents, for each rare label in turn the most probable one left.

    None where no label is rare, where there are no probabilities of single labels, or where
    documents may have several.
    """
    probabilities, k = query.probabilities, query.n_labels
    known = probabilities is not None and probabilities.shape[1] == k and query.y.ndim == 1
    rare = rare_labels(query.y, k)[:size] if known else np.zeros(0, dtype=np.int64)
    if probabilities is None or not len(rare) or not len(query.y):
        return deterministic(np.zeros(0, dtype=np.int64), np.zeros(0), 0)
    own = _columns(probabilities, rare)
    best = np.column_stack([_highest(column, size) for column in own.T])
    chosen: dict[int, float] = {}
    for place in range(len(best)):
        for column in range(len(rare)):
            row = int(best[place, column])
            if len(chosen) < size:
                chosen.setdefault(row, float(own[row, column]))
    rows = np.array(sorted(chosen, key=lambda row: -chosen[row]), dtype=np.int64)
    scores = np.array([chosen[row] for row in rows])
    told = ", ".join(names[label] if names else str(label) for label in rare)
    note = f"{counted(len(rows), 'document')} chosen for labels met least so far: {told}"
    return deterministic(rows, scores, own.shape[0], note)


def _columns(probabilities: Rows, labels: Ints) -> Float32:
    """Some columns of all rows, chunk by chunk: the rest of a million rows is not copied."""
    parts = [
        np.asarray(probabilities[rows], np.float32)[:, labels] for rows in chunks(probabilities.shape[0])
    ]
    return np.concatenate(parts)


def _highest(values: Float32, size: int) -> Ints:
    """Rows of the ``size`` highest values, best first."""
    size = min(size, len(values))
    top = np.argpartition(-values, size - 1)[:size]
    return np.asarray(top[np.lexsort((top, -values[top]))], dtype=np.int64)
