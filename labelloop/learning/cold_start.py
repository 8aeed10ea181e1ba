"""What to ask before there is a model: spread over the pool, each label met early.

Two lists are dealt out in turn: for each label not met yet, the document nearest to its
description; and the middle document of each region of the pool that has no label. The middle
taught more than the densest spot (TypiClust) on the set where they differed.
"""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Floats, Ints, Rows, chunks, take
from labelloop.learning.query_strategies.base import Picks
from labelloop.learning.query_strategies.picking import (
    clusters,
    deterministic,
    filled_up,
    in_steps,
    sampled,
)
from labelloop.learning.query_strategies.typiclust import by_need
from labelloop.learning.training import hint_head

_SHORT_LIST = 20
_CONSIDERED = 20_000
"""Documents clustered; more take minutes and move no middle much."""
_MOST_CLUSTERS = 500


def cold_start(
    pool: Rows,
    size: int,
    *,
    hints: Floats | None,
    labelled: Floats,
    y: Ints,
    rng: np.random.Generator,
) -> Picks:
    """Choose documents spread over the pool, in an order that meets every label early.

    Args:
        pool: (n, d) vectors to choose from.
        size: How many.
        hints: (k, d) vectors of the label names or descriptions, or None.
        labelled: (m, d) vectors labelled so far; they are kept away from.
        y: (m,) their labels; labels not yet met come first.
        rng: Source of every random choice.
    """
    rows, note = sampled(pool, max(_CONSIDERED, size), rng)
    middles = [int(rows[i]) for i in _middles(take(pool, rows), size, labelled, rng)]
    wanted = [] if hints is None else _nearest_to_labels(pool, hints, y, rng)
    found = filled_up(_dealt(wanted, middles), size, rng.permutation(rows))
    return deterministic(found, in_steps(found), len(rows), note)


def _middles(vectors: Float32, size: int, labelled: Floats, rng: np.random.Generator) -> list[int]:
    """Per cluster the row nearest its mean; clusters without a label first, large ones first."""
    known = np.asarray(labelled, dtype=np.float32).reshape(-1, vectors.shape[1])
    k = min(size + len(known), max(_MOST_CLUSTERS, size))
    cluster = clusters(np.vstack([vectors, known]), k, rng)
    own = cluster[: len(vectors)]
    found = []
    for number in by_need(own, cluster[len(vectors) :])[:size]:
        members = np.flatnonzero(own == number)
        spread = ((vectors[members] - vectors[members].mean(axis=0)) ** 2).sum(axis=1)
        found.append(int(members[int(np.argmin(spread))]))
    return found


def _nearest_to_labels(pool: Rows, hints: Floats, y: Ints, rng: np.random.Generator) -> list[int]:
    """Per label the row that its description claims most clearly, the least met labels first.

    Rows, not labels, are used up: two labels never claim the same row.
    """
    k = len(hints)
    best = _claims(pool, hints)
    counts = np.bincount(y, minlength=k)
    unmet = rng.permutation(np.flatnonzero(counts == 0))
    taken: dict[int, None] = {}
    for label in unmet:
        row = next((int(row) for row in best[label] if int(row) not in taken), None)
        if row is not None:
            taken[row] = None
    return list(taken)


def _claims(pool: Rows, hints: Floats) -> list[Ints]:
    """Per label the rows of highest probability by the hints alone, best first."""
    k, n = len(hints), pool.shape[0]
    head = hint_head(hints, labels=[str(i) for i in range(k)])
    keep = min(n, max(_SHORT_LIST, k))
    rows = [np.zeros(0, dtype=np.int64)] * k
    scores = [np.zeros(0, dtype=np.float32)] * k
    for part in chunks(n):
        probabilities = head.predict_proba(pool[part])
        for label in range(k):
            own = probabilities[:, label]
            top = np.argsort(-own, kind="stable")[:keep]
            both = np.append(scores[label], own[top])
            best = np.argsort(-both, kind="stable")[:keep]
            rows[label] = np.append(rows[label], top + part.start)[best]
            scores[label] = both[best]
    return rows


def _dealt(first: list[int], second: list[int]) -> list[int]:
    """Both lists in turn, then what is left of the longer."""
    longest = max(len(first), len(second))
    return [row for i in range(longest) for part in (first, second) for row in part[i : i + 1]]
