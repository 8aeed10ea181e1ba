"""Label efficiency beside other libraries, in one run: same vectors, start, budget and seeds.

    python benchmarks/learning.py FOLDER [--seeds 5 --slow-seeds 1] [--out build/learning]

FOLDER holds CSV files with the columns text, label and perhaps split. 25 random first labels, then 20
batches of 25. Peers choose with plain logistic regression (C = 10) and are judged by it, as their users
would run them; "labelloop" beside a name means that they choose with labelloop's head and are judged by
it, so that what comes from the head stands apart from what comes from the strategy. Runs that --out
holds already are not repeated: an interrupted benchmark goes on where it was. Needs the extra 'peers'.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from peers import PEERS, SLOW, Asked
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from labelloop.learning.directions import Directions, directions_of
from labelloop.learning.encoders import load_encoder
from labelloop.learning.query_strategies import DEFAULT, STRATEGIES, strategy
from labelloop.learning.query_strategies.base import Query
from labelloop.learning.training import label_hint_text, train_head
from labelloop.simulation.dataset import asked_once, read_known_answers, vectors_of

START, BATCH, ROUNDS = 25, 25, 20
PLAIN, OURS, OLD = "plain", "labelloop", "labelloop, pool_help never"
ALONE = "labelloop, no self-training"
ABLATION = ("modAL margin", "modAL entropy", "scikit-activeml FALCUN")


@dataclass(frozen=True)
class Task:
    """One set: pool and test as vectors, what the labels are called as vectors."""

    name: str
    pool: np.ndarray
    y: np.ndarray
    test: np.ndarray
    test_y: np.ndarray
    hints: np.ndarray
    directions: Directions | None


@dataclass(frozen=True)
class Contender:
    """A strategy with the head it chooses and is judged by."""

    strategy: str
    head: str
    seeds: int

    @property
    def file_name(self) -> str:
        return f"{self.strategy}, {self.head}".replace(" ", "-").replace(",", "")


class LabelloopHead(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """labelloop's head behind scikit-learn's interface, for libraries that fit the classifier."""

    def __init__(
        self, hints: np.ndarray, directions: Directions | None, seed: int, previous: Any
    ) -> None:
        self.hints, self.directions, self.seed, self.previous = hints, directions, seed, previous

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> LabelloopHead:
        """Train it as production does."""
        k = len(self.hints)
        trained = train_head(
            X, np.asarray(y, dtype=np.int64), labels=[str(i) for i in range(k)], hints=self.hints,
            seed=self.seed, previous=self.previous, directions=self.directions,
        )  # fmt: skip
        self.head_, self.report_, self.classes_ = trained.head, trained.report, np.arange(k)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """(n, k)."""
        return self.head_.predict_proba(X)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """(n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def play(task: Task, who: Contender, seed: int) -> dict[str, Any]:
    """One run: accuracy on the test per point, seconds per choice."""
    rng = np.random.default_rng([seed, 0])
    asked = [int(i) for i in rng.choice(len(task.pool), START, replace=False)]
    accuracy, query_seconds, fit_seconds, previous = [], [], [], None
    for turn in range(ROUNDS + 1):
        begun = time.perf_counter()
        make = _maker(task, who.head, seed, previous)
        classifier = make().fit(task.pool[asked], task.y[asked])
        previous = getattr(classifier, "report_", None)
        fit_seconds.append(time.perf_counter() - begun)
        accuracy.append(float((classifier.predict(task.test) == task.test_y).mean()))
        if turn == ROUNDS:
            break
        rest = np.setdiff1d(np.arange(len(task.pool)), asked)
        begun = time.perf_counter()
        chosen = _choose(task, who, (rest, asked), (classifier, make), [seed, 1, turn + 1])
        query_seconds.append(time.perf_counter() - begun)
        asked += [int(i) for i in rest[chosen]]
    return {"accuracy": accuracy, "query_seconds": query_seconds, "fit_seconds": fit_seconds}


def _maker(task: Task, head: str, seed: int, previous: Any) -> Callable[[], Any]:
    if head == PLAIN:
        return lambda: LogisticRegression(C=10, max_iter=1000)
    directions = None if head == OLD else task.directions
    if directions is not None and head == ALONE:
        directions = replace(directions, sample=None)
    return lambda: LabelloopHead(task.hints, directions, seed, previous)


def _choose(
    task: Task, who: Contender, split: tuple[np.ndarray, list[int]], fitted: Any, seed: list[int]
) -> np.ndarray:
    """Rows among the first of ``split`` (not asked, asked), by the fitted classifier and its like."""
    rest, asked = split
    classifier, make = fitted
    pool, known, y, k = task.pool[rest], task.pool[asked], task.y[asked], len(task.hints)
    rng = np.random.default_rng(seed)
    if who.strategy in PEERS:
        its_seed = int(rng.integers(2**31))
        return PEERS[who.strategy](Asked(pool, known, y, k, classifier, make, its_seed), BATCH)
    probabilities = np.zeros((len(rest), k), dtype=np.float32)
    if who.strategy != "random":
        probabilities[:, classifier.classes_] = classifier.predict_proba(pool)
    query = Query(pool, probabilities, known, y, k, task.hints, rng)
    return strategy(who.strategy)(query, BATCH).indices


def tasks(folder: Path, cache: Path, encoder_name: str) -> Iterator[Task]:
    encoder = load_encoder(encoder_name)
    for file in sorted(folder.glob("*.csv")):
        data = read_known_answers(file)
        with tqdm(total=len(data.texts), desc=f"{data.name}: vectors", leave=False) as bar:
            vectors = vectors_of(data.texts, encoder, cache, bar.update)
        pool = np.asarray(vectors[asked_once(data)], dtype=np.float32)
        hints = encoder.encode([label_hint_text(label) for label in data.labels])
        yield Task(
            data.name, pool, data.y[asked_once(data)], vectors[~data.train], data.y[~data.train],
            hints, directions_of(pool, hints=hints),
        )  # fmt: skip


def contenders(seeds: int, slow_seeds: int) -> list[Contender]:
    """labelloop's default; peers and random as they come; then strategies apart from heads."""
    peers = [Contender(name, PLAIN, slow_seeds if name in SLOW else seeds) for name in PEERS]
    ablation = [Contender(name, OURS, seeds) for name in ("random", "margin", *ABLATION)]
    others = [name for name in STRATEGIES if name not in ("random", "margin", DEFAULT, "entropy")]
    rest = [Contender(name, OURS, slow_seeds) for name in others]
    return [
        Contender(DEFAULT, OURS, seeds), Contender("random", PLAIN, seeds), *peers, *ablation,
        *(Contender(DEFAULT, head, seeds) for head in (ALONE, OLD, PLAIN)), *rest,
    ]  # fmt: skip


def runs(task: Task, who: Contender, out: Path) -> list[dict[str, Any]]:
    """All seeds of a contender on a set, from the folder or played now."""
    found = []
    for seed in range(who.seeds):
        file = out / "runs" / task.name / f"{who.file_name}-{seed}.json"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            with threadpool_limits(1):
                file.write_text(json.dumps(play(task, who, seed)))
        found.append(json.loads(file.read_text()))
    return found


def main() -> None:
    from learning_report import plot, tables

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--slow-seeds", type=int, default=1)
    parser.add_argument("--only", nargs="+", help="contenders whose name contains one of these")
    parser.add_argument("--encoder", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    parser.add_argument("--out", type=Path, default=Path("build") / "learning")
    options = parser.parse_args()
    sets = list(tasks(options.folder, options.cache, options.encoder))
    who = [
        one
        for one in contenders(options.seeds, options.slow_seeds)
        if not options.only or any(part in f"{one.strategy}, {one.head}" for part in options.only)
    ]
    found = {}
    with tqdm(total=len(who) * len(sets), desc="contenders × sets") as bar:
        for one in who:
            for task in sets:
                found[one, task.name] = runs(task, one, options.out)
                bar.update(1)
    print(tables(who, [task.name for task in sets], found))
    plot(who, [task.name for task in sets], found, options.out / "label-efficiency.png")


if __name__ == "__main__":
    main()
