"""A committee on sets: documents on whose labels heads trained on resampled answers disagree most."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32
from labelloop.learning.multi_label.calibration import sigmoid
from labelloop.learning.multi_label.fitting import SetExamples, fit
from labelloop.learning.multi_label.uncertainty import set_entropy
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic, highest
from labelloop.learning.uncertainty import disagreement


def choose_by_sets(query: Query, size: int, *, members: int, penalty: float) -> Picks:
    """As the committee of one label each: the Jensen-Shannon divergence, summed over the labels.

    Args:
        query: Its ``y`` is (m, k).
        size: At most so many documents.
        members: Heads, each trained on answers drawn with replacement.
        penalty: Their C.
    """
    Y, n = query.y.astype(bool), query.pool.shape[0]
    if not (Y.any(axis=0) & ~Y.all(axis=0)).any():
        rows = highest(np.zeros(n), size, query.rng)
        return deterministic(rows, np.zeros(len(rows)), n, "no committee yet: one answer only")
    heads = [_member(query, penalty) for _ in range(members)]
    scores = disagreement(query.pool, heads, sigmoid, set_entropy)
    rows = highest(scores, size, query.rng)
    return deterministic(rows, scores[rows], n)


def _member(query: Query, penalty: float) -> tuple[Float32, Float32]:
    drawn = query.rng.choice(len(query.y), len(query.y))
    vectors = np.asarray(query.labelled, dtype=np.float32)[drawn]
    hints = None if query.hints is None else np.asarray(query.hints, dtype=np.float32)
    return fit(SetExamples(vectors, query.y[drawn].astype(bool), hints, "none"), penalty)
