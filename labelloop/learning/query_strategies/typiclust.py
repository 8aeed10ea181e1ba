"""The most typical document of each region of the pool that has no label yet.

TypiClust (Hacohen et al. 2022): as many clusters as labels will exist after the batch, the
least labelled and largest first, and of each the document with the nearest neighbours.
"""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Float64, Ints
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import (
    clusters,
    deterministic,
    filled_up,
    in_steps,
    pool_rows,
    sampled,
)

CONSIDERED = 20_000
"""Clustering more takes minutes and moves no centre much."""
_MOST_CLUSTERS = 500  # as in the paper
_NEIGHBOURS = 20  # as in the paper
_MOST_COMPARED = 500
"""Members of one cluster compared with each other: a pool of equal texts is one cluster."""


def choose(query: Query, size: int) -> Picks:
    """Typical documents of regions without a label, the largest region first."""
    rows, note = sampled(query.pool, max(CONSIDERED, size), query.rng)
    vectors, known = pool_rows(query, rows), np.asarray(query.labelled, dtype=np.float32)
    k = min(size + len(known), max(_MOST_CLUSTERS, size))
    cluster = clusters(np.vstack([vectors, known.reshape(-1, vectors.shape[1])]), k, query.rng)
    own, labelled = cluster[: len(rows)], cluster[len(rows) :]
    needed = by_need(own, labelled)[:size]
    typical = [_most_typical(vectors, own, number, query.rng) for number in needed]
    rest = query.rng.permutation(len(rows))
    chosen = rows[filled_up(typical, min(size, len(rows)), rest)]
    return deterministic(chosen, in_steps(chosen), len(rows), note)


def by_need(cluster: Ints, labelled: Ints) -> list[int]:
    """Clusters that have documents, the fewest labels first, then the most documents."""
    k = int(max(cluster.max(initial=0), labelled.max(initial=0))) + 1
    documents, labels = np.bincount(cluster, minlength=k), np.bincount(labelled, minlength=k)
    order = np.lexsort((-documents, labels))
    return [int(number) for number in order if documents[number]]


def _most_typical(vectors: Float32, cluster: Ints, number: int, rng: np.random.Generator) -> int:
    members = np.flatnonzero(cluster == number)
    if len(members) > _MOST_COMPARED:
        members = np.sort(rng.choice(members, _MOST_COMPARED, replace=False))
    return int(members[int(np.argmin(_mean_distance(vectors[members])))])


def _mean_distance(vectors: Float32) -> Float64:
    """Mean distance (n,) of each vector to its nearest neighbours among the others."""
    square = (vectors.astype(np.float64) ** 2).sum(axis=1)
    distance = square[:, None] + square[None, :] - 2 * (vectors @ vectors.T)
    near = min(_NEIGHBOURS + 1, len(vectors))  # the nearest is the vector itself
    nearest = np.partition(distance, near - 1, axis=1)[:, :near]
    return np.asarray(np.sqrt(np.maximum(nearest, 0)).sum(axis=1))
