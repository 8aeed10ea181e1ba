"""One run of a back-test: choose, answer, train, measure, round by round.

Choosing and training are those of ``labelloop.learning``; this file only plays the project.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelloop.errors import TooFewLabels
from labelloop.learning import query_strategies
from labelloop.learning.arms import Answered, Audit, Fitting
from labelloop.learning.arrays import Bools, Floats, Ints, Rows, RowView, take
from labelloop.learning.batch import Candidates, Labelled, compose
from labelloop.learning.cold_start import cold_start
from labelloop.learning.control_arm import Paying, paying
from labelloop.learning.directions import Directions
from labelloop.learning.evaluation import evaluate
from labelloop.learning.exploring import LOOKED_BACK, adapted, counted
from labelloop.learning.head import Head
from labelloop.learning.lanes import Shares, without_strategy
from labelloop.learning.multi_label.training import TrainedSets
from labelloop.learning.own_estimator import train_estimator
from labelloop.learning.pool_help import ENOUGH, judged
from labelloop.learning.query_strategies.base import Query
from labelloop.learning.training import FIRST_PENALTY, Trained, hint_head, train_head
from labelloop.records import Lane, Pick
from labelloop.simulation.dataset import KnownAnswers
from labelloop.simulation.people import People, answers
from labelloop.simulation.plan import Plan

Progress = Callable[[int], None]
"""Called with the number of rounds just finished (1 each time)."""
Watch = Callable[["Replay"], None]
"""Called with the state after each round."""


@dataclass
class Curve:
    """One run as it grows, a value per point; verdicts are more than labels where several answer."""

    labels: list[int] = field(default_factory=list)
    verdicts: list[int] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    macro_f1: list[float] = field(default_factory=list)
    query_seconds: list[float] = field(default_factory=list)
    fit_seconds: list[float] = field(default_factory=list)


class Replay:
    """One strategy with one seed."""

    def __init__(
        self, data: KnownAnswers, vectors: Floats, hints: Floats | None, plan: Plan,
        *, pool: Ints, strategy: str, seed: int, directions: Directions | None = None,
        people: People | None = None,
    ) -> None:  # fmt: skip
        self.directions = directions
        self.data, self.hints, self.plan, self.strategy, self.seed = data, hints, plan, strategy, seed
        self.pool, self.people = pool, people or People()
        self.vectors: Rows = RowView(vectors, self.pool)
        given = answers(self.people, data.y[self.pool], len(data.labels), seed)
        self.y, self.verdicts = given.y, given.verdicts
        test = np.asarray(np.flatnonzero(~data.train), dtype=np.int64)
        self.test, self.test_y = take(vectors, test), data.y[test]
        self.audit = np.random.default_rng([seed, 2]).random(len(self.pool)) < 0.1
        self.audit &= plan.shares is not None and plan.shares.audit > 0
        self.asked: list[int] = []
        self.asked_in: list[Lane] = []
        self.lanes: dict[Lane, int] = {}
        self.head: Head | None = None
        self.recipe: Any = None
        self.paying: Paying | None = None
        self.surprised: list[list[tuple[Lane, bool]]] = []

    def run(self, progress: Progress | None, watch: Watch | None = None) -> dict[str, Any]:
        """Play all rounds; ``watch`` sees the state after each."""
        curve = Curve()
        for turn in range(self.plan.rounds + 1):
            begun = time.perf_counter()
            self._ask(turn)
            chosen = time.perf_counter()
            self._train()
            curve.query_seconds.append(chosen - begun)
            curve.fit_seconds.append(time.perf_counter() - chosen)
            self._measure(curve)
            if self.plan.when_not_paying == "fall_back":
                self.paying = self.control()
            if watch is not None:
                watch(self)
            if progress is not None:
                progress(1)
            if len(self.asked) == len(self.pool):
                break
        return {
            "strategy": self.strategy,
            "people": self.people.name,
            "seed": self.seed,
            **vars(curve),
        }

    def control(self) -> Paying:
        """Whether the strategy pays, as production judges it."""
        rows = np.array(self.asked, dtype=np.int64)
        lanes = np.array(self.asked_in)
        audited, train = rows[lanes == "audit"], rows[lanes != "audit"]
        recipe = self.recipe or {}
        helped = self.directions if recipe.get("pool_help", True) else None
        return paying(
            Answered(take(self.vectors, train), self.y[train], lanes[lanes != "audit"].tolist()),
            Audit(take(self.vectors, audited), self.y[audited]),
            Fitting(
                len(self.data.labels), self.hints, self.plan.class_weight, directions=helped,
                penalty=recipe.get("C", FIRST_PENALTY),
            ),
            seed=self.seed,
        )  # fmt: skip

    def _ask(self, turn: int) -> None:
        if turn == 0:
            asked = self._start()
            self.asked_in += ["manual"] * len(asked)
        else:
            asked = self._choose(turn)
            drawn = self.strategy == "random"
            missing = len(self.asked) + len(asked) - len(self.asked_in)
            self.asked_in += ["random" if drawn else "uncertain"] * missing
        self.asked += asked

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
            candidates, self.plan.batch, labelled=self._labelled(), shares=self._shares(),
            rng=rng, strategy=self.strategy, asked_before=self.lanes, cold=self.head is None,
        )  # fmt: skip
        self.asked_in += [pick.lane for pick in found.picks]
        self._note_surprises(found.picks)
        for pick in found.picks:
            self.lanes[pick.lane] = self.lanes.get(pick.lane, 0) + 1
        return [pick.document_id for pick in found.picks]

    def _shares(self) -> Shares:
        assert self.plan.shares is not None  # noqa: S101  the caller looked
        stopped = self.paying is not None and self.paying.verdict == "not paying"
        if stopped:
            return without_strategy(self.plan.shares)
        if not self.plan.adapt_exploring:
            return self.plan.shares
        last = [seen for turn in self.surprised[-LOOKED_BACK:] for seen in turn]
        return adapted(self.plan.shares, counted(last))[0]

    def _note_surprises(self, picks: Sequence[Pick]) -> None:
        """What the answers to this batch tell the model that chose it."""
        chosen = [pick for pick in picks if pick.lane in ("explore", "uncertain")]
        if not chosen or self.head is None:
            return
        wrong = self._wrong(np.array([pick.document_id for pick in chosen], dtype=np.int64))
        self.surprised.append([(p.lane, bool(w)) for p, w in zip(chosen, wrong, strict=True)])

    def _wrong(self, rows: Ints) -> Bools:
        """Whether the model's answer is not people's: (n,)."""
        said = self._probabilities(rows)
        assert said is not None  # noqa: S101  the caller looked
        return np.asarray(said.argmax(axis=1) != self.y[rows])

    def _probabilities(self, rows: Ints) -> Floats | None:
        return None if self.head is None else self.head.predict_proba(RowView(self.vectors, rows))

    def _labelled(self) -> Labelled:
        rows = np.array([i for i in self.asked if not self.audit[i]], dtype=np.int64)
        return Labelled(take(self.vectors, rows), self.y[rows], len(self.data.labels), self.hints)

    def _train(self) -> None:
        known = self._labelled()
        try:
            trained = self._fitted(
                known.vectors, known.y, labels=self.data.labels, hints=self.hints,
                seed=self.seed, previous=self.recipe, directions=self.directions,
            )  # fmt: skip
        except TooFewLabels:
            return  # as in production: the cold start goes on
        self.head, self.recipe = trained.head, trained.report

    def _fitted(self, vectors: Floats, y: Ints, **how: Any) -> Trained | TrainedSets:
        """A head, shaped by the pool as long as the audit answers do not object, or one's own."""
        if self.plan.head:
            labels, seed = how["labels"], how["seed"]
            return train_estimator(self.plan.head, vectors, y, labels=labels, seed=seed)
        trained = train_head(vectors, y, class_weight=self.plan.class_weight, **how)
        audited = np.array([row for row in self.asked if self.audit[row]], dtype=np.int64)
        if how["directions"] is None or len(audited) < ENOUGH:
            return trained
        plain = train_head(vectors, y, class_weight=self.plan.class_weight, **how | {"directions": None})
        known, answers = take(self.vectors, audited), self.y[audited]
        right, right_plain = (
            one.head.predict_proba(known).argmax(axis=1) == answers for one in (trained, plain)
        )
        return trained if judged(right, right_plain).helps else plain

    def _measure(self, curve: Curve) -> None:
        accuracy, macro_f1 = self._measured()
        curve.labels.append(len(self.asked))
        curve.verdicts.append(int(self.verdicts[self.asked].sum()))
        curve.accuracy.append(accuracy or 0.0)
        curve.macro_f1.append(macro_f1 or 0.0)

    def _measured(self) -> tuple[float | None, float | None]:
        found = evaluate(self.test_y, self._guess(), self.data.labels)
        return found.accuracy.value, found.macro_f1

    def _guess(self) -> Floats:
        """Predictions on the test; without a model by the hints, or the one label met."""
        if self.head is not None:
            return self.head.predict_proba(self.test)
        if self.hints is not None:
            return hint_head(self.hints, labels=self.data.labels).predict_proba(self.test)
        constant = np.bincount(self._labelled().y, minlength=len(self.data.labels))
        return np.tile(constant / max(constant.sum(), 1), (len(self.test_y), 1))
