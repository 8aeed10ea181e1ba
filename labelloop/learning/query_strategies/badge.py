"""Documents whose gradients are large and unlike each other (BADGE, Ash et al. 2020)."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Float64, take
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import (
    deterministic,
    filled_up,
    in_steps,
    pool_rows,
    sampled,
)

CONSIDERED = 50_000
"""Every pick is a walk over all documents considered."""


def choose(query: Query, size: int) -> Picks:
    """k-means++ seeding over the gradients of the last layer at the label held likeliest.

    The gradient is the outer product of (p - one-hot) and the vector; it is never formed: the
    product of two is the product of the factors' products.
    """
    rows, note = sampled(query.pool, max(CONSIDERED, size), query.rng)
    size = min(size, len(rows))
    vectors, slopes = pool_rows(query, rows), _slopes(query, rows)
    seeds = _seeds(vectors, slopes, size, query.rng)
    chosen = rows[filled_up(seeds, size, query.rng.permutation(len(rows)))]
    return deterministic(chosen, in_steps(chosen), len(rows), note)


def _slopes(query: Query, rows: np.ndarray) -> Float32:
    """(n, k) derivative of the loss by the logits at the likeliest label; ones without a model."""
    if query.probabilities is None:
        return np.ones((len(rows), 1), dtype=np.float32)
    slopes = take(query.probabilities, rows)
    slopes[np.arange(len(rows)), slopes.argmax(axis=1)] -= 1
    return slopes


def _seeds(vectors: Float32, slopes: Float32, size: int, rng: np.random.Generator) -> list[int]:
    """k-means++: the largest gradient, then by chance, by squared distance to those chosen."""
    length = (vectors**2).sum(axis=1).astype(np.float64) * (slopes**2).sum(axis=1)
    chosen = [int(rng.choice(np.flatnonzero(length == length.max())))]
    nearest = _distance(vectors, slopes, length, chosen[0])
    while len(chosen) < size and nearest.sum() > 0:
        chosen.append(int(rng.choice(len(nearest), p=nearest / nearest.sum())))
        nearest = np.minimum(nearest, _distance(vectors, slopes, length, chosen[-1]))
    return chosen


def _distance(vectors: Float32, slopes: Float32, length: Float64, to: int) -> Float64:
    """Squared distances (n,) of all gradients to one; exactly 0 to itself."""
    product = (vectors @ vectors[to]).astype(np.float64) * (slopes @ slopes[to])
    distance = np.maximum(length + length[to] - 2 * product, 0)
    distance[distance < 1e-6 * max(float(length.max()), 1e-30)] = 0  # rounding, not difference
    return np.asarray(distance)
