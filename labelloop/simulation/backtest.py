"""The loop replayed on known answers, for each strategy, kind of people and seed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from labelloop.errors import EmptyPool
from labelloop.learning import query_strategies
from labelloop.learning.arrays import Floats, Ints, RowView
from labelloop.learning.directions import directions_of
from labelloop.simulation.comparison import comparisons, default_targets, needed
from labelloop.simulation.dataset import KnownAnswers, asked_once
from labelloop.simulation.people import People
from labelloop.simulation.plan import Plan
from labelloop.simulation.replay import Progress, Replay
from labelloop.simulation.report import summarise
from labelloop.simulation.sets import SetReplay

if TYPE_CHECKING:
    from labelloop.simulation.tuning import Tuner

__all__ = ["Plan", "askable", "backtest"]


def backtest(
    data: KnownAnswers,
    vectors: Floats,
    *,
    hints: Floats | None,
    strategies: Sequence[str],
    plan: Plan | None = None,
    seeds: int = 3,
    progress: Progress | None = None,
    people: Sequence[People] = (People(),),
    targets: Sequence[float] = (),
    tuner: Tuner | None = None,
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
        people: Kinds of people to answer; every strategy meets each of them.
        targets: Accuracies to count labels to; none: three that are reached.
        tuner: For the plan's fine-tuning stages; one label per document alone.

    Returns:
        JSON: dataset, measure (where texts have sets of labels, every accuracy is the exact match:
        the share of texts whose whole set is right), settings, runs, summary, targets (labels
        needed for each), comparisons.

    Raises:
        UnknownName: No such strategy.
        EmptyPool: No text to train on but near-duplicates of the test.
    """
    plan = plan or Plan()
    for name in strategies:
        query_strategies.strategy(name)
    pool = askable(data)
    directions = directions_of(RowView(vectors, pool), hints=hints) if plan.pool_help else None
    several = data.y.ndim > 1
    kind = _kind(several, tuner if plan.fine_tune_at else None)
    runs = [
        _named(
            kind(
                data, vectors, hints, plan, pool=pool, strategy=name, seed=seed,
                directions=directions, people=who,
            ).run(progress),
            several=len(people) > 1,
        )
        for seed in range(seeds)
        for who in people
        for name in dict.fromkeys(strategies)
    ]  # fmt: skip
    wanted = tuple(targets) or default_targets(runs)
    return {
        "dataset": data.name,
        "measure": "exact match" if several else "accuracy",
        "settings": _settings(plan, hints, seeds) | {"people": [vars(who) for who in people]},
        "runs": runs,
        "summary": summarise(runs),
        "targets": needed(runs, wanted),
        "comparisons": comparisons(runs, wanted),
    }


def askable(data: KnownAnswers) -> Ints:
    """Rows that may be asked, one of each group of near-duplicates.

    Raises:
        EmptyPool: There is none.
    """
    pool = np.asarray(np.flatnonzero(asked_once(data)), dtype=np.int64)
    if not len(pool):
        raise EmptyPool(
            f"every text to train on in {data.name} is a near-duplicate of one of the test",
            remedy="Mark other rows as the test in the column 'split'",
        )
    return pool


def _kind(several: bool, tuner: Tuner | None) -> Any:
    if several or tuner is None:
        return SetReplay if several else Replay
    from labelloop.simulation.tuning import TunedReplay

    return partial(TunedReplay, tuner=tuner)


def _named(run: dict[str, Any], several: bool) -> dict[str, Any]:
    who = f" · {run['people'] or 'never wrong'}" if several else ""
    return {"name": f"{run['strategy']}{who}"} | run


def _settings(plan: Plan, hints: Floats | None, seeds: int) -> dict[str, Any]:
    return {
        "start": plan.start,
        "batch": plan.batch,
        "rounds": plan.rounds,
        "seeds": seeds,
        "start_by": plan.start_by,
        "label_hints": hints is not None,
        "pool_help": plan.pool_help,
        "when_not_paying": plan.when_not_paying,
        "adapt_exploring": plan.adapt_exploring,
        "class_weight": plan.class_weight,
        "head": plan.head or None,
        "fine_tune_at": list(plan.fine_tune_at),
        "lanes": None if plan.shares is None else vars(plan.shares),
    }
