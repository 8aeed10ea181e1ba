"""What the lanes and the start are worth: each switched off alone, batches composed as in production.

    python benchmarks/lanes.py FOLDER [--seeds 3 --rounds 10 --batch 50] [--only "no exploring"]

FOLDER holds CSV files with the columns text, label and perhaps split. Documents with known answers,
five hundredths random, a tenth exploring, the rest by the default strategy; accuracy on the test is
taken after every batch. "random start" draws the first batch; all others begin with the cold start.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

import numpy as np
from learning import Task, tasks
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from labelloop.learning import rare_labels
from labelloop.learning.batch import Candidates, Labelled, Shares, compose
from labelloop.learning.exploring import LOOKED_BACK, adapted, counted
from labelloop.learning.query_strategies.base import Picks, Query
from labelloop.learning.query_strategies.picking import deterministic
from labelloop.learning.training import Trained, train_head
from labelloop.records import Lane

SHARES = Shares(audit=0.0, random=0.05, explore=0.1, relabel=0.0)


@dataclass(frozen=True)
class Variant:
    """What is switched on."""

    name: str
    shares: Shares = SHARES
    adapting: bool = True
    rare: bool = True
    cold_start: bool = True


VARIANTS = (
    Variant("default"),
    Variant("exploring not adapted", adapting=False),
    Variant("no half for rare labels", rare=False),
    Variant("no exploring", replace(SHARES, explore=0.0)),
    Variant("random start", cold_start=False),
)


class Project:
    """One run: what is asked, what was answered, what surprised."""

    def __init__(self, task: Task, variant: Variant, seed: int) -> None:
        self.task, self.variant, self.seed = task, variant, seed
        self.asked: list[int] = []
        self.lanes: dict[Lane, int] = {}
        self.outcomes: list[list[tuple[Lane, bool]]] = []
        self.trained: Trained | None = None

    def ask(self, size: int, turn: int) -> None:
        """One batch, answered rightly."""
        rng = np.random.default_rng([self.seed, turn])
        rest = np.setdiff1d(np.arange(len(self.task.pool)), self.asked)
        vectors = self.task.pool[rest]
        head = None if self.trained is None else self.trained.head
        if head is None and not self.variant.cold_start:
            self.asked += [int(i) for i in rng.choice(rest, size, replace=False)]
            return
        said = None if head is None else head.predict_proba(vectors)
        known = Labelled(
            self.task.pool[self.asked], self.task.y[self.asked], len(self.task.hints), self.task.hints
        )
        found = compose(
            Candidates(rest, vectors, said, np.zeros(len(rest), dtype=bool)), size, labelled=known,
            shares=self._shares(), rng=rng, asked_before=self.lanes, cold=head is None,
        )  # fmt: skip
        self._remember(found.picks, rest, said)

    def _shares(self) -> Shares:
        if not self.variant.adapting:
            return self.variant.shares
        seen = [one for turn in self.outcomes[-LOOKED_BACK:] for one in turn]
        return adapted(self.variant.shares, counted(seen))[0]

    def _remember(self, picks: object, rest: np.ndarray, said: np.ndarray | None) -> None:
        turn: list[tuple[Lane, bool]] = []
        for pick in picks:  # type: ignore[attr-defined]
            self.lanes[pick.lane] = self.lanes.get(pick.lane, 0) + 1
            self.asked.append(pick.document_id)
            if said is not None:
                row = int(np.searchsorted(rest, pick.document_id))
                turn.append((pick.lane, bool(said[row].argmax() != self.task.y[pick.document_id])))
        self.outcomes.append(turn)

    def train(self) -> float:
        """Accuracy on the test of a head trained on everything asked."""
        task, before = self.task, self.trained
        self.trained = train_head(
            task.pool[self.asked], task.y[self.asked], labels=[str(i) for i in range(len(task.hints))],
            hints=task.hints, seed=self.seed, directions=task.directions,
            previous=None if before is None else before.report,
        )  # fmt: skip
        said = self.trained.head.predict_proba(task.test)
        return float((said.argmax(axis=1) == task.test_y).mean())


def nothing_rare(query: Query, size: int, names: object = ()) -> Picks:
    """In place of the documents for rare labels."""
    return deterministic(np.zeros(0, dtype=np.int64), np.zeros(0), 0)


def curve(
    task: Task, variant: Variant, seed: int, rounds: int, batch: int
) -> Iterator[tuple[float, int]]:
    """Accuracy, and labels met, after each batch."""
    project = Project(task, variant, seed)
    kept = rare_labels.for_rare_labels if variant.rare else nothing_rare
    with threadpool_limits(1), mock.patch.object(rare_labels, "for_rare_labels", kept):
        for turn in range(rounds):
            project.ask(batch, turn)
            yield project.train(), len(np.unique(task.y[project.asked]))


def line(name: str, found: np.ndarray, default: np.ndarray) -> str:
    """Area, difference to the default seed by seed with its standard error, first and last accuracy."""
    area = found[:, :, 0].mean(axis=1)
    apart = area - default[:, :, 0].mean(axis=1)
    error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else float("nan")
    first, last = found[:, 0, 0].mean(), found[:, -1, 0].mean()
    met = found[:, :, 1].mean(axis=0)
    return (
        f"| {name} | {area.mean():.3f} ({apart.mean():+.3f} ± {error:.3f}) | {first:.3f} | {last:.3f} "
        f"| {met[0]:.1f} / {met[-1]:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--only", nargs="+", default=[one.name for one in VARIANTS])
    parser.add_argument("--encoder", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    options = parser.parse_args()
    for task in tasks(options.folder, options.cache, options.encoder):
        print(f"\n{task.name}: {options.rounds} batches of {options.batch}, {options.seeds} seeds\n")
        print("| | area (less the default) | first | last | labels met |\n|---|---|---|---|---|")
        default: np.ndarray | None = None
        for variant in (one for one in VARIANTS if one.name in {"default", *options.only}):
            seeds = tqdm(range(options.seeds), desc=f"{task.name}, {variant.name}", leave=False)
            runs = [list(curve(task, variant, seed, options.rounds, options.batch)) for seed in seeds]
            found = np.array(runs)
            default = found if default is None else default
            print(line(variant.name, found, default), flush=True)


if __name__ == "__main__":
    main()
