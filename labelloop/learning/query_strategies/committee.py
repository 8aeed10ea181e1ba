"""Documents on which heads trained on resampled labels disagree most."""

from __future__ import annotations

from functools import partial

import numpy as np

from labelloop.learning.arrays import Bools, Float32, Ints
from labelloop.learning.fitting import Examples, fit
from labelloop.learning.multi_label.committee import choose_by_sets
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic, highest
from labelloop.learning.uncertainty import disagreement, entropy

MEMBERS = 5
_PENALTY = 10.0


def choose(query: Query, size: int) -> Picks:
    """The documents of largest disagreement; all equal where fewer than two labels are known."""
    from scipy.special import softmax

    n = query.pool.shape[0]
    if query.y.ndim > 1:
        return choose_by_sets(query, size, members=MEMBERS, penalty=_PENALTY)
    if len(np.unique(query.y)) < 2:
        rows = highest(np.zeros(n), size, query.rng)
        return deterministic(rows, np.zeros(len(rows)), n, "no committee yet: one label only")
    members = [_member(query) for _ in range(MEMBERS)]
    scores = disagreement(query.pool, members, partial(softmax, axis=1), entropy)
    rows = highest(scores, size, query.rng)
    return deterministic(rows, scores[rows], n)


def _member(query: Query) -> tuple[Float32, Float32]:
    """One head on labels drawn with replacement within each label, so that none goes missing."""
    drawn = np.concatenate(
        [query.rng.choice(own, len(own)) for own in map(_where, _members_of(query.y))]
    )
    vectors = np.asarray(query.labelled, dtype=np.float32)[drawn]
    return fit(Examples(vectors, query.y[drawn], query.n_labels, query.hints, "none"), _PENALTY)


def _members_of(y: Ints) -> list[Bools]:
    return [y == label for label in np.unique(y)]


def _where(mask: Bools) -> Ints:
    return np.flatnonzero(mask)
