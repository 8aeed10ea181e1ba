"""Documents drawn with equal chances: what every other strategy has to beat."""

from __future__ import annotations

import numpy as np

from labelloop.learning.query_strategies.base import Picks, Query


def choose(query: Query, size: int) -> Picks:
    """A draw without replacement; every document has the propensity size / pool."""
    n = query.pool.shape[0]
    size = min(size, n)
    rows = query.rng.choice(n, size=size, replace=False).astype(np.int64)
    return Picks(rows, np.zeros(size), np.full(size, size / n if n else 1.0), n)
