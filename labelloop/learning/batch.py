"""What one turn asks: lanes by shares, with the propensity of every pick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Floats, Ints
from labelloop.records import Lane, Pick


@dataclass(frozen=True)
class Candidates:
    """The documents that may be asked: no duplicates, not answered, not already in the queue.

    Attributes:
        document_ids: (n,) the store's numbers.
        vectors: (n, d), perhaps memory-mapped.
        probabilities: (n, k) of the champion, None where there is none.
        audit: (n,) True for documents of the reserved side.
    """

    document_ids: Ints
    vectors: Floats
    probabilities: Floats | None
    audit: Bools


@dataclass(frozen=True)
class Labelled:
    """What is known so far, for training and for choosing (never audit answers).

    Attributes:
        vectors: (m, d); m may be 0.
        y: (m,) index of the label of each.
        n_labels: k.
        hints: (k, d) vectors of the label names or descriptions, or None.
    """

    vectors: Floats
    y: Ints
    n_labels: int
    hints: Floats | None = None


@dataclass(frozen=True)
class Shares:
    """How a batch is divided (0 to 1 each); what is left is the uncertain lane's.

    Attributes:
        blind: Share of the picks whose suggestion is hidden; audit and manual always are.
    """

    audit: float = 0.1
    random: float = 0.05
    explore: float = 0.1
    relabel: float = 0.1
    blind: float = 0.1


@dataclass(frozen=True)
class Composed:
    """A composed batch.

    Attributes:
        picks: In rank order.
        notes: Sentences for a person: lanes that fell short, pools looked at in part.
    """

    picks: tuple[Pick, ...]
    notes: tuple[str, ...]


def compose(
    candidates: Candidates,
    size: int,
    *,
    labelled: Labelled,
    shares: Shares,
    rng: np.random.Generator,
    strategy: str = "cluster_margin",
    relabel: Sequence[int] = (),
    asked_before: Mapping[Lane, int] | None = None,
    cold: bool = False,
) -> Composed:
    """Choose the next ``size`` documents and say why each.

    Args:
        candidates: What may be asked.
        size: How many; fewer come where there are not as many.
        labelled: What is known so far.
        shares: How the batch is divided.
        rng: Source of every random choice.
        strategy: Name of the uncertain lane's query strategy.
        relabel: Document ids to ask again, the most urgent first; they are no candidates.
        asked_before: Items of each lane asked in earlier turns, so that the shares hold in
            the long run; None for the first turn.
        cold: No useful model: uncertain and explore become ``manual``.

    Raises:
        EmptyPool: There is nothing left to ask.
        UnknownName: No such strategy.
    """
    raise NotImplementedError
