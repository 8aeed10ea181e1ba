"""What every query strategy takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Float64, Floats, Ints, Rows


@dataclass(frozen=True)
class Query:
    """What a strategy may look at. It changes none of it.

    Attributes:
        pool: (n, d) vectors of the documents to choose from, float16 or float32, perhaps
            memory-mapped.
        probabilities: (n, k) of the present head, None where there is none. Where documents may
            have several labels, (n, 2): how sure the whole set is, and the rest to 1.
        labelled: (m, d) vectors of the labelled documents; m may be 0.
        y: (m,) index of their labels; (m, k) 1 for each label they have where they may have several.
        n_labels: k, the number of labels.
        hints: (k, d) vectors of the label names or descriptions, or None.
        rng: Source of every random choice; ties are broken by it.
    """

    pool: Rows
    probabilities: Rows | None
    labelled: Floats
    y: Ints
    n_labels: int
    hints: Floats | None
    rng: np.random.Generator


@dataclass(frozen=True)
class Picks:
    """What a strategy chose, best first.

    Attributes:
        indices: (b,) distinct rows of the pool.
        scores: (b,) the strategy's score, never rising from first to last.
        propensity: (b,) probability of the draw for random choices, 1 for deterministic ones.
        considered: How many rows of the pool were looked at for the choice.
        note: One sentence for a person where not all of the pool was considered, else "".
    """

    indices: Ints
    scores: Float64
    propensity: Float64
    considered: int
    note: str = ""


Strategy = Callable[[Query, int], Picks]
"""Chooses at most that many rows of the pool; the whole pool where it is no larger."""
