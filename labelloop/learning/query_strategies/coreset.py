"""Documents farthest from all that is labelled (k-centre greedy, Sener and Savarese 2018)."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Float64
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic, filled_up, pool_rows, sampled

CONSIDERED = 50_000
"""Every pick is a walk over all documents considered."""


def choose(query: Query, size: int) -> Picks:
    """Each pick is farthest from the labels and from the picks before it; scores are distances."""
    rows, note = sampled(query.pool, max(CONSIDERED, size), query.rng)
    size = min(size, len(rows))
    vectors = pool_rows(query, rows)
    chosen, scores = _farthest(vectors, _to_labelled(query, vectors), size, query.rng)
    found = filled_up(chosen, size, query.rng.permutation(len(rows)))
    return deterministic(rows[found], scores, len(rows), note)


def _to_labelled(query: Query, vectors: Float32) -> Float64:
    """Squared distance (n,) to the nearest labelled vector; infinite where there is none."""
    nearest = np.full(len(vectors), np.inf)
    for known in np.asarray(query.labelled, dtype=np.float32):
        nearest = np.minimum(nearest, _squared(vectors, known))
    return nearest


def _farthest(
    vectors: Float32, nearest: Float64, size: int, rng: np.random.Generator
) -> tuple[list[int], Float64]:
    chosen: list[int] = []
    scores = np.zeros(size)
    while len(chosen) < size:
        far = nearest.max()
        if far <= 0:
            break  # what is left equals something chosen
        chosen.append(int(rng.choice(np.flatnonzero(nearest == far))))
        scores[len(chosen) - 1] = np.sqrt(min(far, 4.0))  # unit vectors are at most 2 apart
        nearest = np.minimum(nearest, _squared(vectors, vectors[chosen[-1]]))
        nearest[chosen[-1]] = 0
    return chosen, scores


def _squared(vectors: Float32, to: Float32) -> Float64:
    distance = (vectors**2).sum(axis=1) + (to**2).sum() - 2 * (vectors @ to)
    return np.asarray(np.maximum(distance.astype(np.float64), 0))
