"""What to ask before there is a model: spread over the pool, each label met early.

The pool is divided into as many regions as there are places, and each region gives one document,
drawn from the half nearest its middle: middles resemble each other (questions of one pattern), and
taught less on most sets tried; documents from anywhere in the region did, too. Label descriptions,
where there are some, do two things only: a label that none of these documents looks like gets the
nearest to its description in place of one of a label that has most; and labels take turns in the
order. Choosing more by descriptions than that fills the batch with what they already say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelloop.learning.arrays import Float32, Floats, Ints, Rows, chunks, take
from labelloop.learning.head import Head
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
        labelled: (m, d) vectors labelled so far; their regions come last.
        y: (m,) their labels, or (m, k) 1 for each of several; labels not yet met come first.
        rng: Source of every random choice.
    """
    rows, note = sampled(pool, max(_CONSIDERED, size), rng)
    spread = [int(rows[i]) for i in _one_per_region(take(pool, rows), size, labelled, rng)]
    chosen = filled_up(spread, size, rng.permutation(rows))
    if hints is not None:
        chosen = _every_label_early(pool, chosen, hints, y, rng)
    return deterministic(chosen, in_steps(chosen), len(rows), note)


def _one_per_region(
    vectors: Float32, size: int, labelled: Floats, rng: np.random.Generator
) -> list[int]:
    """A document of each region: regions without a label first, large ones before small ones."""
    known = np.asarray(labelled, dtype=np.float32).reshape(-1, vectors.shape[1])
    k = min(size + len(known), max(_MOST_CLUSTERS, size))
    cluster = clusters(np.vstack([vectors, known]), k, rng)
    own = cluster[: len(vectors)]
    return [
        _inner(vectors, np.flatnonzero(own == number), rng)
        for number in by_need(own, cluster[len(vectors) :])[:size]
    ]


def _inner(vectors: Float32, members: Ints, rng: np.random.Generator) -> int:
    """One of the half of a region's members nearest their mean."""
    distance = ((vectors[members] - vectors[members].mean(axis=0)) ** 2).sum(axis=1)
    half = np.argsort(distance, kind="stable")[: max(1, len(members) // 2)]
    return int(members[rng.choice(half)])


def _every_label_early(
    pool: Rows, chosen: Ints, hints: Floats, y: Ints, rng: np.random.Generator
) -> Ints:
    """``chosen`` with a document for each label not met yet, where there is room, in turns."""
    k = len(hints)
    head = hint_head(hints, labels=[str(i) for i in range(k)])
    looks = head.predict_proba(take(pool, chosen)).argmax(axis=1)
    met = y.sum(axis=0) if y.ndim > 1 else np.bincount(y, minlength=k)
    missing = rng.permutation(np.flatnonzero(met + np.bincount(looks, minlength=k) == 0))
    found = _nearest(pool, head, missing, avoid=chosen)
    chosen, looks = _exchanged(chosen, looks, found, met)
    own = head.predict_proba(take(pool, chosen))[np.arange(len(chosen)), looks]
    return chosen[_in_turns(looks, own, met, rng)]


def _exchanged(
    chosen: Ints, looks: Ints, found: Sequence[tuple[int, int]], met: Ints
) -> tuple[Ints, Ints]:
    """Each (label, row) of ``found`` in place of a document of the label that has most.

    The last of them goes, from the smallest region. No label gives its only document away.
    """
    chosen, looks = chosen.copy(), looks.copy()
    for label, row in found:
        here = np.bincount(looks, minlength=len(met))
        spare = np.where((here > 0) & (here + met > 1), here + met, 0)
        if not spare.any():
            break
        place = np.flatnonzero(looks == spare.argmax())[-1]
        chosen[place], looks[place] = row, label
    return chosen, looks


def _in_turns(looks: Ints, own: Floats, met: Ints, rng: np.random.Generator) -> Ints:
    """Places in an order that takes labels in turn, the least met first; the clearest of each first."""
    place = np.zeros(len(looks), dtype=np.int64)
    for label in np.unique(looks):
        mine = np.flatnonzero(looks == label)
        place[mine[np.argsort(-own[mine], kind="stable")]] = np.arange(len(mine)) + met[label]
    return np.lexsort((rng.permutation(len(met))[looks], place))


def _nearest(pool: Rows, head: Head, labels: Ints, avoid: Ints) -> list[tuple[int, int]]:
    """(label, row) of the document that looks most like each label; no row is named twice."""
    best = _most_probable(pool, head, labels, len(labels) + len(avoid)) if len(labels) else []
    taken = {int(row) for row in avoid}
    found = []
    for label, rows in zip(labels, best, strict=True):
        row = next((int(row) for row in rows if int(row) not in taken), None)
        if row is not None:
            taken.add(row)
            found.append((int(label), row))
    return found


def _most_probable(pool: Rows, head: Head, labels: Ints, keep: int) -> list[Ints]:
    """Per label the ``keep`` rows of highest probability, best first, chunk by chunk."""
    rows = [np.zeros(0, dtype=np.int64)] * len(labels)
    scores = [np.zeros(0, dtype=np.float32)] * len(labels)
    for part in chunks(pool.shape[0]):
        probabilities = head.predict_proba(pool[part])
        for i, label in enumerate(labels):
            own = probabilities[:, label]
            top = np.argpartition(-own, min(keep, len(own)) - 1)[:keep]
            both = np.append(scores[i], own[top])
            best = np.argsort(-both, kind="stable")[:keep]
            rows[i] = np.append(rows[i], top + part.start)[best]
            scores[i] = both[best]
    return rows
