"""What to ask before there is a model: spread over the pool, each label met early."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Floats, Ints
from labelloop.learning.query_strategies.base import Picks


def cold_start(
    pool: Floats,
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
    raise NotImplementedError
