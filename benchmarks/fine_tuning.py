"""How far labels go when the encoder is tuned: the loop chooses, tunes, chooses by the tuned model.

    python benchmarks/fine_tuning.py FOLDER [--sets trec6 …] [--labels 525] [--many 1000]
        [--tune-at 0.5 1.0]

FOLDER holds CSV files with the columns text, label and perhaps split. Each set begins with 25 labels
drawn at random and asks 25 at a time by the default strategy; on frozen vectors until the first
tuning, by the tuned model from then on. Sets of more than 50 labels have the budget --many. Printed are
the test accuracy before and after each tuning, and all computing time: choosing, tuning and encoding.
The encoding of the pool for the frozen stage is kept under --cache and timed where it happens.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from labelloop.learning.encoders import Encoder, load_encoder
from labelloop.learning.fine_tuning.procedure import Task, TunedEncoder, fine_tune
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.query_strategies import DEFAULT, strategy
from labelloop.learning.query_strategies.base import Query
from labelloop.learning.training import label_hint_text, train_head
from labelloop.simulation.dataset import KnownAnswers, asked_once, read_known_answers, vectors_of

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
START, BATCH, SAMPLE = 25, 25, 2000


@dataclass
class Run:
    """One set from the first labels to the end of the budget."""

    data: KnownAnswers
    base: np.ndarray
    base_hints: np.ndarray
    pool: np.ndarray
    test: np.ndarray
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, 0])
        self.asked = rng.choice(self.pool, START, replace=False).tolist()
        self.vectors, self.hints = self.base, self.base_hints
        self.model: Any = None
        self.points: list[dict[str, Any]] = []

    def spent(self, what: str, since: float) -> None:
        """Add to the processor seconds of a kind of work."""
        self.seconds[what] = self.seconds.get(what, 0.0) + time.process_time() - since

    def choose_until(self, labels: int) -> None:
        """Ask batch after batch, the head trained after each."""
        while True:
            began = time.process_time()
            self._train()
            if len(self.asked) >= labels:
                return self.spent("choosing", began)
            rows, k = np.setdiff1d(self.pool, self.asked), len(self.data.labels)
            rng = np.random.default_rng([self.seed, 1, len(self.asked)])
            query = Query(
                self.vectors[rows], self.model.predict_proba(self.vectors[rows]),
                self.vectors[self.asked], self.data.y[self.asked], k, self.hints, rng,
            )  # fmt: skip
            found = strategy(DEFAULT)(query, min(BATCH, labels - len(self.asked)))
            self.asked += [int(rows[i]) for i in found.indices]
            self.spent("choosing", began)

    def _train(self) -> None:
        self.model = train_head(
            self.vectors[self.asked], self.data.y[self.asked], labels=self.data.labels,
            hints=self.hints, seed=self.seed,
        ).head  # fmt: skip

    def tune(self, work: Path, *, last: bool) -> None:
        """Tune on what has been asked; the tuned model is measured, and chooses from now on."""
        before = self._accuracy(self.model, self.vectors[self.test])
        began = time.process_time()
        tuned = fine_tune(self._task(), work=work, minutes=600, recipe=Recipe(seed=self.seed))
        self.spent("tuning", began)
        began = time.process_time()
        encoder = load_encoder(str(tuned.folder), precision="auto")
        self.hints = encoder.encode([label_hint_text(label) for label in self.data.labels])
        self.vectors = self._encoded(
            encoder, self.test if last else np.concatenate([self.pool, self.test])
        )
        self.spent("encoding", began)
        after = self._accuracy(tuned.head, self.vectors[self.test])
        self._note(tuned, before, after)

    def _task(self) -> Task:
        data, rows = self.data, self.asked
        rest = np.setdiff1d(self.pool, rows)
        sample = np.random.default_rng([self.seed, 2]).permutation(rest)[:SAMPLE]
        return Task(
            encoder=MODEL, precision="auto", texts=[data.texts[i] for i in rows], y=data.y[rows],
            labels=data.labels, vectors=self.base[rows], sample=[data.texts[i] for i in sample],
            sample_vectors=self.base[sample], hints=self.base_hints,
        )  # fmt: skip

    def _encoded(self, encoder: Encoder, rows: np.ndarray) -> np.ndarray:
        vectors = np.zeros((len(self.data.texts), encoder.dimension), np.float32)
        vectors[rows] = encoder.encode([self.data.texts[i] for i in rows])
        return vectors

    def _accuracy(self, head: Any, vectors: np.ndarray) -> float:
        return float((head.predict_proba(vectors).argmax(axis=1) == self.data.y[self.test]).mean())

    def _note(self, tuned: TunedEncoder, before: float, after: float) -> None:
        share = tuned.report["teacher"]["share"]
        self.points.append(
            {"labels": len(self.asked), "before": before, "tuned": after, "teacher_share": share}
        )
        print(
            f"{self.data.name:12} {len(self.asked):5} labels: {before:.4f} before, {after:.4f} tuned"
            f" (the teacher is {share:.0%} tuned); {_told(self.seconds)}",
            flush=True,
        )


def _told(seconds: dict[str, float]) -> str:
    each = ", ".join(f"{what} {spent:.0f} s" for what, spent in seconds.items())
    return f"processor time so far {sum(seconds.values()):.0f} s ({each})"


def measure(file: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One set: frozen stage, tunings, the tuned model choosing between them."""
    data, frozen = read_known_answers(file), load_encoder(MODEL)
    began = time.process_time()
    base = vectors_of(data.texts, frozen, options.cache)
    hints = frozen.encode([label_hint_text(label) for label in data.labels])
    pool, test = np.flatnonzero(asked_once(data)), np.flatnonzero(~data.train)
    run = Run(data, base, hints, pool, test, options.seed)
    run.spent("first encoding", began)
    budget = options.labels if len(data.labels) <= 50 else options.many
    budget = min(budget, len(pool))
    for share in sorted(options.tune_at):
        labels = START + BATCH * round((budget * share - START) / BATCH)
        run.choose_until(labels)
        with tempfile.TemporaryDirectory() as work:
            run.tune(Path(work), last=share == max(options.tune_at))
    return {"set": data.name, "points": run.points, "seconds": run.seconds}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--sets", nargs="*", help="names of files without .csv; all by default")
    words.add_argument("--labels", type=int, default=525, help="the budget")
    words.add_argument("--many", type=int, default=1000, help="that of sets of more than 50 labels")
    words.add_argument(
        "--tune-at", type=float, nargs="+", default=[0.5, 1.0], help="shares of the budget"
    )
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    words.add_argument("--out", type=Path, help="a JSON file")
    options = words.parse_args()
    files = [
        f for f in sorted(options.folder.glob("*.csv")) if not options.sets or f.stem in options.sets
    ]
    found = [measure(file, options) for file in files]
    if options.out:
        options.out.write_text(json.dumps(found, indent=1), "utf-8")


if __name__ == "__main__":
    main()
