"""What the strategies share: seeded ties, chunked scores, sampled pools, clusters."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from labelloop.learning.arrays import Float32, Float64, Floats, Ints, Rows, chunks, take
from labelloop.learning.query_strategies.base import Picks, Query

_FEW = 5_000
"""Vectors that are clustered until nothing changes."""


def highest(scores: Floats, size: int, rng: np.random.Generator) -> Ints:
    """Indices of the ``size`` highest scores, best first; the seed breaks ties."""
    n = len(scores)
    if size >= n:
        rows = rng.permutation(n)
    else:
        edge = np.partition(scores, n - size)[n - size]
        above, level = np.flatnonzero(scores > edge), np.flatnonzero(scores == edge)
        rows = rng.permutation(np.concatenate([above, rng.permutation(level)[: size - len(above)]]))
    return np.asarray(rows[np.argsort(-scores[rows], kind="stable")], dtype=np.int64)


def scored(query: Query, measure: Callable[[Floats], Float32]) -> Float32:
    """A measure of all the pool's probabilities, in chunks; all 0 where there are none."""
    n = query.pool.shape[0]
    scores = np.zeros(n, dtype=np.float32)
    if query.probabilities is not None:
        for rows in chunks(n):
            scores[rows] = measure(np.asarray(query.probabilities[rows], dtype=np.float32))
    return scores


def deterministic(indices: Ints, scores: Floats, considered: int, note: str = "") -> Picks:
    """Picks whose choice is certain, given the pool and the model."""
    rows = np.asarray(indices, dtype=np.int64)
    return Picks(rows, np.asarray(scores, dtype=np.float64), np.ones(len(rows)), considered, note)


def sampled(pool: Rows, limit: int, rng: np.random.Generator) -> tuple[Ints, str]:
    """At most ``limit`` rows of the pool, drawn at random, and a sentence that says so."""
    n = pool.shape[0]
    if n <= limit:
        return np.arange(n, dtype=np.int64), ""
    rows = np.sort(rng.choice(n, size=limit, replace=False)).astype(np.int64)
    return rows, f"chosen among {limit:,} documents drawn at random from {n:,}"


def in_steps(ranked: Ints) -> Float64:
    """Scores for an order that has no measure behind it: b, b-1, … 1."""
    return np.arange(len(ranked), 0, -1, dtype=np.float64)


def filled_up(chosen: list[int], size: int, ranked: Ints) -> Ints:
    """``chosen`` and, up to ``size``, the first of ``ranked`` that are not in it yet."""
    seen = dict.fromkeys(chosen)
    for row in ranked:
        if len(seen) >= size:
            break
        seen.setdefault(int(row))
    return np.fromiter(seen, dtype=np.int64, count=len(seen))[:size]


def clusters(vectors: Float32, k: int, rng: np.random.Generator) -> Ints:
    """Cluster number (n,) of each vector by k-means; fewer than k where vectors coincide.

    On one thread: two on a busy machine took 58 s for what one did in 6. Seeding by distance
    costs ten times the clustering of 20,000 vectors and betters it by a thousandth.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    n, k = len(vectors), min(k, len(vectors))
    seed = int(rng.integers(2**31))
    few = n <= _FEW
    start, steps = ("k-means++", 100) if few else ("random", 10)
    model = KMeans(k, n_init=1, init=start, max_iter=steps, random_state=seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct vectors than clusters
        found = model.fit_predict(vectors)
    return np.asarray(found, dtype=np.int64)


def pool_rows(query: Query, rows: Ints) -> Float32:
    """Vectors of some rows of the pool, float32."""
    return take(query.pool, rows)
