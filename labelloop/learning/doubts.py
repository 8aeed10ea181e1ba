"""Labels that the model doubts: what a head says that never saw the document, beside what people said.

Confident learning (Northcutt, Jiang and Chuang 2021): an example is doubtful where another label's
out-of-fold probability reaches the mean of that label's own examples and is the highest of those
that do. Written here since its usual package is under the AGPL.

A doubt says that label and text do not fit what the other labels say. It cannot tell a mistake from
a hard text: that takes a second person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Floats, Ints

_NEVER = 2.0  # no probability reaches it


@dataclass(frozen=True)
class Doubts:
    """Examples that a head which never saw them labels differently, the worst first; all (m,).

    Attributes:
        rows: Their indices.
        expected: The label that the head gives.
        probability: Of the label that people gave.
        expected_probability: Of the other.
        doubtful: Beyond the threshold, not merely unlikely.
    """

    rows: Ints
    expected: Ints
    probability: Float64
    expected_probability: Float64
    doubtful: Bools


def doubts(probabilities: Floats, y: Ints) -> Doubts:
    """Rank by how far the other label is ahead (the normalised margin).

    Args:
        probabilities: (n, k) calibrated; row i of a head that never saw example i.
        y: (n,) index of the label people gave.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if not len(y):
        return _found(p, y, np.zeros(0, dtype=np.int64))
    rows = np.flatnonzero(p.argmax(axis=1) != y)
    ahead = p[rows].max(axis=1) - p[rows, y[rows]]
    return _found(p, y, np.asarray(rows[np.argsort(-ahead, kind="stable")], dtype=np.int64))


def _found(p: Float64, y: Ints, rows: Ints) -> Doubts:
    expected = np.asarray(p[rows].argmax(axis=1), dtype=np.int64)
    return Doubts(
        rows=rows,
        expected=expected,
        probability=p[rows, y[rows]],
        expected_probability=p[rows, expected],
        doubtful=_confident(p, y)[rows] != y[rows],
    )


def _confident(p: Float64, y: Ints) -> Ints:
    """The most likely of the labels that reach their threshold; the given one where none does."""
    if not len(y):
        return y
    reaching = np.where(p >= _thresholds(p, y), p, -1.0)
    return np.where(reaching.max(axis=1) >= 0, reaching.argmax(axis=1), y)


def _thresholds(p: Float64, y: Ints) -> Float64:
    """(k,) mean out-of-fold probability of each label among its own examples.

    A label with one example was never met by the head that judges it: nothing reaches it.
    """
    k = p.shape[1]
    own = p[np.arange(len(y)), y]
    counts = np.bincount(y, minlength=k)
    means = np.bincount(y, weights=own, minlength=k) / np.maximum(counts, 1)
    return np.where(counts > 1, means, _NEVER)


def doubts_of_sets(probabilities: Floats, y: Ints, cuts: Floats) -> Doubts:
    """The same where a document may have several labels: each label is a question of yes and no.

    ``expected`` is the row's own index in ``rows``: the expected set is what the head decides.
    Probabilities are those of the label that is furthest from what people said.

    Args:
        probabilities: (n, k) of each label by itself.
        y: (n, k) 1 for each label that people gave.
        cuts: (k,) probability from which a label is said to be there.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    own = np.where(y == 1, p, 1 - p)
    doubtful = np.zeros(p.shape, dtype=bool)
    for label in range(p.shape[1]):
        two = np.stack([1 - p[:, label], p[:, label]], axis=1)
        doubtful[:, label] = _confident(two, y[:, label]) != y[:, label]
    other = (p >= cuts) != (y == 1)
    worst = np.where(other, own, _NEVER).argmin(axis=1)
    rows = np.flatnonzero(other.any(axis=1))
    rows = rows[np.argsort(own[rows, worst[rows]], kind="stable")]
    least = own[rows, worst[rows]]
    return Doubts(
        rows=np.asarray(rows, dtype=np.int64),
        expected=np.arange(len(rows), dtype=np.int64),
        probability=least,
        expected_probability=1 - least,
        doubtful=(doubtful & other)[rows].any(axis=1),
    )
