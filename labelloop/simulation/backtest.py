"""The loop replayed on known answers: choose, answer, train, measure.

Choosing and training are those of ``labelloop.learning``; this file only plays the person.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from labelloop.errors import EmptyPool, TooFewLabels
from labelloop.learning import query_strategies
from labelloop.learning.arrays import Floats, Ints, RowView, take
from labelloop.learning.batch import Candidates, Labelled, compose
from labelloop.learning.cold_start import cold_start
from labelloop.learning.evaluation import evaluate
from labelloop.learning.head import Head
from labelloop.learning.lanes import Shares
from labelloop.learning.query_strategies.base import Query
from labelloop.learning.training import hint_head, train_head
from labelloop.records import Lane
from labelloop.simulation.dataset import KnownAnswers, asked_once
from labelloop.simulation.report import summarise

Start = Literal["random", "cold"]
Progress = Callable[[int], None]
"""Called with the number of rounds just finished (1 each time)."""


@dataclass(frozen=True)
class Plan:
    """How a back-test goes.

    Attributes:
        start: Labels before the first round.
        batch: Labels per round.
        rounds: Rounds after the start.
        start_by: First documents at ``random`` or by the production ``cold`` start; the same
            for all strategies of a seed.
        shares: Lanes beside the strategy, as in production; None: the strategy alone.
            Audit answers cost labels and are not trained on; the audit side is a seeded tenth.
    """

    start: int = 25
    batch: int = 25
    rounds: int = 20
    start_by: Start = "random"
    shares: Shares | None = None


def backtest(
    data: KnownAnswers,
    vectors: Floats,
    *,
    hints: Floats | None,
    strategies: Sequence[str],
    plan: Plan | None = None,
    seeds: int = 3,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Replay the loop for each strategy and seed; the first documents are paired by seed.

    Args:
        data: Texts with their labels and split.
        vectors: (n, d) of ``data.texts``.
        hints: (k, d) of ``data.labels``, or None. All strategies get the same.
        strategies: Names of query strategies.
        plan: How it goes.
        seeds: Number of repetitions: seeds 0, 1, …
        progress: Called once per finished point of a curve.

    Returns:
        JSON: dataset, settings, runs, summary.

    Raises:
        UnknownName: No such strategy.
        EmptyPool: No text to train on but near-duplicates of the test.
    """
    plan = plan or Plan()
    for name in strategies:
        query_strategies.strategy(name)
    pool = np.asarray(np.flatnonzero(asked_once(data)), dtype=np.int64)
    if not len(pool):
        raise EmptyPool(
            f"every text to train on in {data.name} is a near-duplicate of one of the test",
            remedy="Mark other rows as the test in the column 'split'",
        )
    runs = [
        _Replay(data, vectors, hints, plan, pool=pool, strategy=name, seed=seed).run(progress)
        for seed in range(seeds)
        for name in dict.fromkeys(strategies)
    ]
    return {
        "dataset": data.name,
        "settings": _settings(plan, hints, seeds),
        "runs": runs,
        "summary": summarise(runs),
    }


def _settings(plan: Plan, hints: Floats | None, seeds: int) -> dict[str, Any]:
    return {
        "start": plan.start,
        "batch": plan.batch,
        "rounds": plan.rounds,
        "seeds": seeds,
        "start_by": plan.start_by,
        "label_hints": hints is not None,
        "lanes": None if plan.shares is None else vars(plan.shares),
    }


@dataclass
class _Curve:
    """One run as it grows, a value per point."""

    labels: list[int] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    macro_f1: list[float] = field(default_factory=list)
    query_seconds: list[float] = field(default_factory=list)
    fit_seconds: list[float] = field(default_factory=list)


class _Replay:
    """One strategy with one seed."""

    def __init__(
        self, data: KnownAnswers, vectors: Floats, hints: Floats | None, plan: Plan,
        *, pool: Ints, strategy: str, seed: int,
    ) -> None:  # fmt: skip
        self.data, self.hints, self.plan, self.strategy, self.seed = data, hints, plan, strategy, seed
        self.pool = pool
        self.vectors = RowView(vectors, self.pool)
        self.y = data.y[self.pool]
        test = np.asarray(np.flatnonzero(~data.train), dtype=np.int64)
        self.test, self.test_y = take(vectors, test), data.y[test]
        self.audit = np.random.default_rng([seed, 2]).random(len(self.pool)) < 0.1
        self.audit &= plan.shares is not None and plan.shares.audit > 0
        self.asked: list[int] = []
        self.lanes: dict[Lane, int] = {}
        self.head: Head | None = None
        self.recipe: Any = None

    def run(self, progress: Progress | None) -> dict[str, Any]:
        curve = _Curve()
        for turn in range(self.plan.rounds + 1):
            begun = time.perf_counter()
            self.asked += self._start() if turn == 0 else self._choose(turn)
            chosen = time.perf_counter()
            self._train()
            curve.query_seconds.append(chosen - begun)
            curve.fit_seconds.append(time.perf_counter() - chosen)
            self._measure(curve)
            if progress is not None:
                progress(1)
            if len(self.asked) == len(self.pool):
                break
        return {"strategy": self.strategy, "seed": self.seed, **vars(curve)}

    def _start(self) -> list[int]:
        """The first documents; the generator is the seed's alone, so that strategies are paired."""
        rng = np.random.default_rng([self.seed, 0])
        if self.plan.start_by == "random":
            free = np.flatnonzero(~self.audit)
            return [int(i) for i in rng.choice(free, min(self.plan.start, len(free)), replace=False)]
        return self._cold(np.flatnonzero(~self.audit), self.plan.start, rng)

    def _cold(self, free: Ints, size: int, rng: np.random.Generator) -> list[int]:
        known = self._labelled()
        found = cold_start(
            RowView(self.vectors, free), size, hints=self.hints,
            labelled=known.vectors, y=known.y, rng=rng,
        )  # fmt: skip
        return [int(free[i]) for i in found.indices]

    def _choose(self, turn: int) -> list[int]:
        rng = np.random.default_rng([self.seed, 1, turn])
        free = np.ones(len(self.pool), dtype=bool)
        free[self.asked] = False
        rows = np.asarray(np.flatnonzero(free), dtype=np.int64)
        if self.plan.shares is not None:
            return self._compose(rows, rng)
        if self.head is None and self.strategy != "random":
            return self._cold(rows, self.plan.batch, rng)
        known = self._labelled()
        query = Query(
            RowView(self.vectors, rows), self._probabilities(rows), known.vectors, known.y,
            known.n_labels, self.hints, rng,
        )  # fmt: skip
        found = query_strategies.strategy(self.strategy)(query, self.plan.batch)
        return [int(rows[i]) for i in found.indices]

    def _compose(self, rows: Ints, rng: np.random.Generator) -> list[int]:
        assert self.plan.shares is not None  # noqa: S101  the caller looked
        candidates = Candidates(
            rows, RowView(self.vectors, rows), self._probabilities(rows), self.audit[rows]
        )
        found = compose(
            candidates, self.plan.batch, labelled=self._labelled(), shares=self.plan.shares,
            rng=rng, strategy=self.strategy, asked_before=self.lanes, cold=self.head is None,
        )  # fmt: skip
        for pick in found.picks:
            self.lanes[pick.lane] = self.lanes.get(pick.lane, 0) + 1
        return [pick.document_id for pick in found.picks]

    def _probabilities(self, rows: Ints) -> Floats | None:
        return None if self.head is None else self.head.predict_proba(RowView(self.vectors, rows))

    def _labelled(self) -> Labelled:
        rows = np.array([i for i in self.asked if not self.audit[i]], dtype=np.int64)
        return Labelled(take(self.vectors, rows), self.y[rows], len(self.data.labels), self.hints)

    def _train(self) -> None:
        known = self._labelled()
        try:
            trained = train_head(
                known.vectors, known.y, labels=self.data.labels, hints=self.hints,
                seed=self.seed, previous=self.recipe,
            )  # fmt: skip
        except TooFewLabels:
            return  # as in production: the cold start goes on
        self.head, self.recipe = trained.head, trained.report

    def _measure(self, curve: _Curve) -> None:
        measured = evaluate(self.test_y, self._guess(), self.data.labels)
        curve.labels.append(len(self.asked))
        curve.accuracy.append(measured.accuracy.value or 0.0)
        curve.macro_f1.append(measured.macro_f1 or 0.0)

    def _guess(self) -> Floats:
        """Predictions on the test; without a model by the hints, or the one label met."""
        if self.head is not None:
            return self.head.predict_proba(self.test)
        if self.hints is not None:
            return hint_head(self.hints, labels=self.data.labels).predict_proba(self.test)
        constant = np.bincount(self._labelled().y, minlength=len(self.data.labels))
        return np.tile(constant / max(constant.sum(), 1), (len(self.test_y), 1))
