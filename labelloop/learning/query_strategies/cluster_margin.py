"""The default: clusters among the most uncertain documents, one document from each.

Margin alone asks the same question many times where texts resemble each other. Here the
documents of smallest margin, 20 for each place in the batch, are clustered and each cluster
gives its most uncertain member (after Citovsky et al. 2021, with k-means).
"""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Ints
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import (
    clusters,
    deterministic,
    filled_up,
    highest,
    pool_rows,
    scored,
)
from labelloop.learning.uncertainty import margin

CANDIDATES_PER_PICK = 20


def choose(query: Query, size: int) -> Picks:
    """One document per cluster of the most uncertain ones, the most uncertain first."""
    scores = scored(query, margin)
    n = len(scores)
    if size >= n:
        rows = highest(scores, size, query.rng)
        return deterministic(rows, scores[rows], n)
    candidates = highest(scores, min(n, CANDIDATES_PER_PICK * size), query.rng)
    vectors = pool_rows(query, candidates)
    cluster = clusters(vectors, size, query.rng)
    chosen = candidates[_representatives(vectors, cluster)]
    chosen = filled_up([int(row) for row in chosen], size, candidates)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    return deterministic(chosen, scores[chosen], n)


def _representatives(vectors: Float32, cluster: Ints) -> Ints:
    """Of each cluster the member nearest its mean; the more uncertain one on a tie."""
    found = []
    for number in np.unique(cluster):
        members = np.flatnonzero(cluster == number)
        spread = ((vectors[members] - vectors[members].mean(axis=0)) ** 2).sum(axis=1)
        found.append(members[int(np.argmin(spread))])
    return np.asarray(found, dtype=np.int64)
