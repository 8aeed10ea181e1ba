"""The default: clusters among the most uncertain documents, one document from each.

Margin alone asks the same question many times where texts resemble each other. Here the
documents of smallest margin, 20 for each place in the batch, are clustered and each cluster
gives the member nearest its mean (after Citovsky et al. 2021, with k-means). Batches of more
than 500 come from 500 clusters in turn.
"""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Ints
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import (
    clusters,
    deterministic,
    highest,
    pool_rows,
    scored,
)
from labelloop.learning.uncertainty import margin

CANDIDATES_PER_PICK = 20
_MOST_CANDIDATES = 50_000
_MOST_CLUSTERS = 500


def choose(query: Query, size: int) -> Picks:
    """One document per cluster of the most uncertain ones, the most uncertain first."""
    scores = scored(query, margin)
    n = len(scores)
    if size >= n:
        rows = highest(scores, size, query.rng)
        return deterministic(rows, scores[rows], n)
    wanted = max(size, min(CANDIDATES_PER_PICK * size, _MOST_CANDIDATES))
    candidates = highest(scores, min(n, wanted), query.rng)
    vectors = pool_rows(query, candidates)
    cluster = clusters(vectors, min(size, _MOST_CLUSTERS), query.rng)
    dealt = candidates[_dealt_from(vectors, cluster)][:size]
    chosen = dealt[np.argsort(-scores[dealt], kind="stable")]
    return deterministic(chosen, scores[chosen], n)


def _dealt_from(vectors: Float32, cluster: Ints) -> Ints:
    """All rows: of each cluster the one nearest its mean, then of each the second, and so on."""
    k = int(cluster.max()) + 1
    counts = np.bincount(cluster, minlength=k)
    means = np.zeros((k, vectors.shape[1]), dtype=np.float32)
    np.add.at(means, cluster, vectors)
    means /= np.maximum(counts, 1)[:, None]
    spread = ((vectors - means[cluster]) ** 2).sum(axis=1)
    order = np.lexsort((spread, cluster))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(np.lexsort((np.arange(len(place)), place)), dtype=np.int64)
