"""Documents farthest from all that is labelled (k-centre greedy, Sener and Savarese 2018)."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Float64, chunks
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic, filled_up, pool_rows, sampled

CONSIDERED = 50_000
"""Every pick is a walk over all documents considered."""


def choose(query: Query, size: int) -> Picks:
    """Each pick is farthest from the labels and from the picks before it; scores are distances."""
    rows, note = sampled(query.pool, max(CONSIDERED, size), query.rng)
    size = min(size, len(rows))
    vectors = pool_rows(query, rows)
    square = (vectors**2).sum(axis=1)
    nearest = _to_labelled(query, vectors, square)
    chosen, scores = _farthest(vectors, square, nearest, size=size, rng=query.rng)
    found = filled_up(chosen, size, query.rng.permutation(len(rows)))
    return deterministic(rows[found], scores, len(rows), note)


def _to_labelled(query: Query, vectors: Float32, square: Float32) -> Float64:
    """Squared distance (n,) to the nearest labelled vector; infinite where there is none."""
    nearest = np.full(len(vectors), np.inf)
    known = np.asarray(query.labelled, dtype=np.float32)
    for part in chunks(len(known), 512):
        gap = (known[part] ** 2).sum(axis=1)[None, :] - 2 * (vectors @ known[part].T)
        nearest = np.minimum(nearest, np.maximum(square + gap.min(axis=1), 0))
    return nearest


def _farthest(
    vectors: Float32, square: Float32, nearest: Float64, *, size: int, rng: np.random.Generator
) -> tuple[list[int], Float64]:
    chosen: list[int] = []
    scores = np.zeros(size)
    while len(chosen) < size:
        far = nearest.max()
        if far <= 0:
            break  # what is left equals something chosen
        pick = int(rng.choice(np.flatnonzero(nearest == far)))
        scores[len(chosen)] = np.sqrt(min(far, 4.0))  # unit vectors are at most 2 apart
        chosen.append(pick)
        gap = square + square[pick] - 2 * (vectors @ vectors[pick])
        nearest = np.minimum(nearest, np.maximum(gap, 0))
        nearest[pick] = 0
    return chosen, scores
