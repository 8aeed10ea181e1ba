"""Back-tests with fine-tuning stages: tuned by production's code, the encoder chooses from then on.

The stages are numbers of labels. Where the plan has an audit lane, the gate judges encoder and head
together on the audit answers, as in production; without one there is nothing to judge by, and the tuned
pair takes over. Heads trained on a tuned encoder are calibrated as production does it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labelloop.learning.arrays import Floats, Ints, RowView, take
from labelloop.learning.directions import directions_of
from labelloop.learning.encoders import Encoder, Precision, load_encoder, precision_of
from labelloop.learning.fine_tuning.procedure import Task, TunedEncoder, fine_tune, steps_of
from labelloop.learning.fine_tuning.recalibration import recalibrated
from labelloop.learning.fine_tuning.recipe import SAMPLE, Recipe
from labelloop.learning.fine_tuning.speed import seconds_per_step
from labelloop.learning.floors import FloorRule
from labelloop.learning.gate import Decision, decide
from labelloop.learning.head import Head
from labelloop.learning.training import Trained
from labelloop.simulation.dataset import KnownAnswers
from labelloop.simulation.plan import Plan
from labelloop.simulation.replay import Replay

_TEXTS_TIMED = 64


@dataclass(frozen=True)
class Tuner:
    """What tuning in a back-test needs beside the plan.

    Attributes:
        model: Folder or hub name of the encoder to begin with; its vectors are the back-test's.
        encoder: The same, loaded.
        hint_texts: k texts whose vectors are the labels' hints.
        minutes: The most that one tuning may take.
        rule: The gate's floors of labels.
        advance: Called with steps done of ``Cost.steps``.
    """

    model: str
    encoder: Encoder
    hint_texts: Sequence[str]
    minutes: float = 30.0
    rule: FloorRule = field(default_factory=FloorRule)
    advance: Callable[[int], None] | None = None

    @property
    def precision(self) -> Precision:
        """In which tuned encoders encode, too."""
        return precision_of(self.encoder.encoder_id)


@dataclass(frozen=True)
class Cost:
    """What the fine-tuning stages of one run will take; ``seconds`` measured on this machine."""

    steps: int
    seconds: float


def cost_of_run(data: KnownAnswers, plan: Plan, pool: Ints, tuner: Tuner) -> Cost:
    """Steps and seconds of one run's tunings, from a few steps and a few texts timed here."""
    texts = [data.texts[i] for i in pool]
    each = [_steps(data, plan, len(texts), labels) for labels in _stages(plan)]
    step = seconds_per_step(tuner.model, texts, len(data.labels), Recipe())
    some = texts[:: max(1, len(texts) // _TEXTS_TIMED)]
    tuner.encoder.encode(some[:1])
    begun = time.perf_counter()
    tuner.encoder.encode(some)
    per_text = (time.perf_counter() - begun) / len(some)
    encoded = len(texts) + int((~data.train).sum())
    tuned = sum(min(step * steps, 60 * tuner.minutes) for steps in each)
    return Cost(sum(each), tuned + len(each) * per_text * encoded)


def _stages(plan: Plan) -> list[int]:
    """Labels there are when the encoder is tuned: after the round that reaches the number asked for."""
    rounds = {max(0, -(-(labels - plan.start) // plan.batch)) for labels in plan.fine_tune_at}
    return [plan.start + plan.batch * number for number in sorted(rounds) if number <= plan.rounds]


def _steps(data: KnownAnswers, plan: Plan, pool: int, labels: int) -> int:
    """Of one tuning at so many labels; audit answers are not learned from."""
    audit = 0.0 if plan.shares is None else plan.shares.audit
    n = min(plan.start + round((labels - plan.start) * (1 - audit)), pool)
    nothing = np.zeros((0, 1), np.float32)
    sample = [""] * min(SAMPLE, pool - n)
    task = Task("", "float32", [""] * n, np.zeros(n, np.int64), data.labels, nothing, sample, nothing)
    return steps_of(task, Recipe())


class TunedReplay(Replay):
    """A run whose encoder is tuned where the plan says so."""

    def __init__(self, *material: Any, tuner: Tuner, **how: Any) -> None:
        super().__init__(*material, **how)
        self.tuner = tuner
        self.frozen = (self.vectors, self.hints, self.directions)
        self.due = sorted(self.plan.fine_tune_at)
        self.came: Head | None = None
        self.learned: Ints = np.zeros(0, dtype=np.int64)
        self.tunings: list[dict[str, Any]] = []

    def run(self, progress: Any, watch: Any = None) -> dict[str, Any]:
        """As every run, with what came of each tuning."""
        return super().run(progress, watch) | {"tunings": self.tunings}

    def control(self) -> Any:
        """On the vectors of before, as production: a tuned encoder has learnt from both arms.

        Nor is a penalty chosen on its vectors one for these.
        """
        if self.came is None:
            return super().control()
        now = (self.vectors, self.hints, self.directions, self.recipe)
        self.vectors, self.hints, self.directions, self.recipe = (*self.frozen, None)
        try:
            return super().control()
        finally:
            self.vectors, self.hints, self.directions, self.recipe = now

    def _train(self) -> None:
        super()._train()
        if self.due and len(self.asked) >= self.due[0] and self.head is not None:
            self.due = [labels for labels in self.due if labels > len(self.asked)]
            self._tune()

    def _fitted(self, vectors: Floats, y: Ints, **how: Any) -> Any:
        trained = super()._fitted(vectors, y, **how)
        if self.came is None or not isinstance(trained, Trained):
            return trained
        rows = self._training_rows()
        rest = np.setdiff1d(np.arange(len(self.pool)), rows)
        some = np.random.default_rng(self.seed).permutation(rest)[:SAMPLE]
        return recalibrated(
            trained, y, fresh=~np.isin(rows, self.learned), came_with_encoder=self.came,
            unlabelled=take(self.vectors, np.sort(some)),
        )  # fmt: skip

    def _tune(self) -> None:
        begun, before = time.perf_counter(), self._measured()[0]
        with tempfile.TemporaryDirectory(prefix="labelloop-") as work:
            tuned = fine_tune(
                self._task(), work=Path(work), minutes=self.tuner.minutes,
                recipe=Recipe(seed=self.seed), advance=self.tuner.advance,
            )  # fmt: skip
            encoder = load_encoder(str(tuned.folder), precision=self.tuner.precision)
            decision = self._judged(tuned, encoder)
            if decision.promote:
                self._take_over(tuned, encoder)
        self.tunings.append(
            {
                "labels": len(self.asked), "before": before, "after": self._measured()[0],
                "promoted": decision.promote, "reason": decision.reason,
                "seconds": round(time.perf_counter() - begun, 1),
            }
        )  # fmt: skip

    def _task(self) -> Task:
        """As production makes it, on the vectors of the encoder to begin with."""
        vectors, hints, _ = self.frozen
        rows = self._training_rows()
        free = np.flatnonzero(~self.audit)
        free = free[~np.isin(free, self.asked)]
        sample = np.random.default_rng([self.seed, len(rows)]).permutation(free)[:SAMPLE]
        return Task(
            encoder=self.tuner.model, precision=self.tuner.precision, texts=self._texts(rows),
            y=self.y[rows], labels=self.data.labels, vectors=take(vectors, rows),
            sample=self._texts(sample), sample_vectors=take(vectors, sample),
            hints=None if hints is None else np.asarray(hints, np.float32),
            class_weight=self.plan.class_weight,
        )  # fmt: skip

    def _judged(self, tuned: TunedEncoder, encoder: Encoder) -> Decision:
        rows = np.array([row for row in self.asked if self.audit[row]], dtype=np.int64)
        if not len(rows):
            return Decision(True, "promoted: no audit lane to judge by", {})
        champion = self._probabilities(rows)
        assert champion is not None  # noqa: S101  tuning begins with a head
        y, said = self.y[rows], tuned.head.predict_proba(encoder.encode(self._texts(rows)))
        return decide(
            champion.argmax(axis=1) == y, said.argmax(axis=1) == y,
            y=y, labels=self.data.labels, rule=self.tuner.rule,
        )  # fmt: skip

    def _take_over(self, tuned: TunedEncoder, encoder: Encoder) -> None:
        """Pool, test and hints as vectors of the tuned encoder; its head is the model."""
        vectors = encoder.encode(self._texts(np.arange(len(self.pool))))
        self.vectors = RowView(vectors, np.arange(len(self.pool)))
        self.test = encoder.encode([self.data.texts[i] for i in np.flatnonzero(~self.data.train)])
        if self.hints is not None:
            self.hints = encoder.encode(list(self.tuner.hint_texts))
        if self.plan.pool_help:
            self.directions = directions_of(self.vectors, hints=self.hints)
        self.head, self.recipe, self.came = tuned.head, tuned.report, tuned.head
        self.learned = self._training_rows()

    def _training_rows(self) -> Ints:
        """Places in the pool, in the order of asking, as ``_labelled`` has them."""
        return np.array([row for row in self.asked if not self.audit[row]], dtype=np.int64)

    def _texts(self, rows: Ints) -> list[str]:
        return [self.data.texts[self.pool[row]] for row in rows]
