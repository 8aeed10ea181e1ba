"""What one turn asks: lanes by shares, with the propensity of every pick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelloop.errors import EmptyPool
from labelloop.learning import query_strategies
from labelloop.learning.arrays import Bools, Floats, Ints, Rows, RowView
from labelloop.learning.lanes import Shares, interleaved, lane_sizes
from labelloop.learning.query_strategies.base import Picks, Query, Strategy
from labelloop.records import Lane, Pick

__all__ = ["Candidates", "Composed", "Labelled", "Shares", "compose"]


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
    vectors: Rows
    probabilities: Rows | None
    audit: Bools


@dataclass(frozen=True)
class Labelled:
    """What is known so far, for training and for choosing (never audit answers).

    Attributes:
        vectors: (m, d); m may be 0.
        y: (m,) index of the label of each; (m, k) 1 for each label it has where it may have several.
        n_labels: k.
        hints: (k, d) vectors of the label names or descriptions, or None.
        names: The k labels, for notes.
    """

    vectors: Floats
    y: Ints
    n_labels: int
    hints: Floats | None = None
    names: tuple[str, ...] = ()


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
    strategy: str = query_strategies.DEFAULT,
    relabel: Mapping[int, float] | None = None,
    asked_before: Mapping[Lane, int] | None = None,
    cold: bool = False,
) -> Composed:
    """Choose the next ``size`` documents and say why each.

    The audit and random lanes are drawn first and uniformly, each from its whole side: their
    propensity is the number drawn over the number that could have been. Strategies choose
    among what those left; their picks have the propensity 1, given the pool and the model.
    What a lane cannot fill goes to the uncertain lane.

    Args:
        candidates: What may be asked.
        size: How many; fewer come where there are not as many.
        labelled: What is known so far.
        shares: How the batch is divided.
        rng: Source of every random choice.
        strategy: Name of the uncertain lane's query strategy.
        relabel: Documents to ask again, the most urgent first, with what is expected of it; they are
            no candidates.
        asked_before: Items of each lane asked in earlier turns, so that the shares hold in
            the long run; None for the first turn.
        cold: No useful model: uncertain and explore become ``manual``.

    Raises:
        EmptyPool: There is nothing left to ask.
        UnknownName: No such strategy.
    """
    choose = query_strategies.strategy(strategy)
    draft = _Draft(candidates, labelled, rng)
    sizes = lane_sizes(size, shares, asked_before or {})
    draft.draw("audit", candidates.audit, sizes["audit"])
    draft.draw("random", ~candidates.audit, sizes["random"])
    draft.ask_again(relabel or {}, sizes["relabel"])
    if cold:
        draft.start_cold(size - len(draft.picks))
    else:
        draft.choose("uncertain", choose, size - len(draft.picks) - sizes["explore"])
        draft.explore(sizes["explore"])
    if not draft.picks:
        raise EmptyPool("there is no document left to ask about", remedy="Add a source, or stop here")
    nothing_to_show = cold or candidates.probabilities is None
    picks = _blinded(interleaved(draft.picks), shares.blind, rng, nothing_to_show)
    return Composed(tuple(picks), (*_shortfalls(draft, sizes), *draft.notes))


_BLIND: tuple[Lane, ...] = ("audit", "manual", "relabel")
"""A second opinion is one only if the model's is not before the person's eyes."""


class _Draft:
    """A batch in the making: no document is picked twice."""

    def __init__(self, candidates: Candidates, labelled: Labelled, rng: np.random.Generator) -> None:
        self.candidates, self.labelled, self.rng = candidates, labelled, rng
        self.free = np.ones(len(candidates.document_ids), dtype=bool)
        self.picks: list[Pick] = []
        self.notes: list[str] = []

    def draw(self, lane: Lane, side: Bools, size: int) -> None:
        """A uniform draw without replacement from one side."""
        eligible = np.flatnonzero(side & self.free)
        size = min(size, len(eligible))
        rows = self.rng.choice(eligible, size=size, replace=False) if size else eligible[:0]
        self._add(lane, rows, np.full(size, size / max(len(eligible), 1)), None)

    def ask_again(self, documents: Mapping[int, float], size: int) -> None:
        """The most urgent second opinions; they are no candidates."""
        again = list(documents.items())[:size]
        self.picks += [Pick(document, "relabel", 1.0, gain) for document, gain in again]

    def choose(self, lane: Lane, choose: Strategy, size: int) -> None:
        """A query strategy's choice among the free documents of the train side."""
        rows = self._rows()
        if size > 0 and len(rows):
            self._take(lane, rows, choose(self._query(rows), size))

    def explore(self, size: int) -> None:
        """Up to half for labels hardly met yet, the rest from regions where no label is."""
        from labelloop.learning.rare_labels import for_rare_labels

        free = int(self.free.sum())
        names = self.labelled.names
        self.choose("explore", lambda query, most: for_rare_labels(query, most, names), (size + 1) // 2)
        left = size - (free - int(self.free.sum()))
        self.choose("explore", query_strategies.strategy("typiclust"), left)

    def start_cold(self, size: int) -> None:
        """The cold start's choice among the free documents of the train side."""
        from labelloop.learning.cold_start import cold_start

        rows = self._rows()
        if size > 0 and len(rows):
            known = self.labelled
            pool = RowView(self.candidates.vectors, rows)
            found = cold_start(
                pool, size, hints=known.hints, labelled=known.vectors, y=known.y, rng=self.rng
            )
            self._take("manual", rows, found)

    def _rows(self) -> Ints:
        return np.asarray(np.flatnonzero(self.free & ~self.candidates.audit), dtype=np.int64)

    def _query(self, rows: Ints) -> Query:
        known, probabilities = self.labelled, self.candidates.probabilities
        return Query(
            pool=RowView(self.candidates.vectors, rows),
            probabilities=None if probabilities is None else RowView(probabilities, rows),
            labelled=known.vectors, y=known.y, n_labels=known.n_labels, hints=known.hints,
            rng=self.rng,
        )  # fmt: skip

    def _take(self, lane: Lane, rows: Ints, found: Picks) -> None:
        self._add(lane, rows[found.indices], found.propensity, [float(s) for s in found.scores])
        if found.note:
            self.notes.append(f"{lane}: {found.note}")

    def _add(self, lane: Lane, rows: Ints, propensity: Floats, scores: Sequence[float] | None) -> None:
        self.free[rows] = False
        for i, row in enumerate(rows):
            document = int(self.candidates.document_ids[row])
            score = None if scores is None else scores[i]
            self.picks.append(Pick(document, lane, float(propensity[i]), score))


def _blinded(
    picks: list[Pick], share: float, rng: np.random.Generator, nothing_to_show: bool
) -> list[Pick]:
    """Hide suggestions: always in some lanes, elsewhere by chance."""
    hidden = rng.random(len(picks)) < share
    return [
        replace(pick, show_suggestion=not (nothing_to_show or hide or pick.lane in _BLIND))
        for pick, hide in zip(picks, hidden, strict=True)
    ]


def _shortfalls(draft: _Draft, sizes: Mapping[Lane, int]) -> list[str]:
    got: dict[Lane, int] = {}
    for pick in draft.picks:
        got[pick.lane] = got.get(pick.lane, 0) + 1
    drawn: tuple[Lane, ...] = ("audit", "random")
    notes = [
        f"{lane}: {got.get(lane, 0)} of {sizes[lane]} wanted, its side of the pool is used up"
        for lane in drawn
        if got.get(lane, 0) < sizes[lane]
    ]
    if len(draft.picks) < sum(sizes.values()):
        notes.append(f"the batch has {len(draft.picks)} of {sum(sizes.values())}: the pool is used up")
    return notes
