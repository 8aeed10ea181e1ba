"""Documents whose probabilities are most even over all labels."""

from __future__ import annotations

from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic, highest, scored
from labelloop.learning.uncertainty import entropy


def choose(query: Query, size: int) -> Picks:
    """The most uncertain documents; without probabilities all are equal and the seed decides."""
    scores = scored(query, entropy)
    rows = highest(scores, size, query.rng)
    return deterministic(rows, scores[rows], len(scores))
