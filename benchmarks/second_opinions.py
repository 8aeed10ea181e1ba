"""Does a second opinion pay? One budget of answers, people who err at a rate, shares of it asked again.

Policies are 'never', and a rule with the largest share of a batch that it may spend: ``gain``
(production's rule before people overlap), ``known`` (the same once overlaps have shown the share of
wrong answers), ``known2`` (with a wrong label as harmful as two right ones are useful), ``doubt`` (the
most doubtful labels whatever they bring). Documents whose answers tie come first.

    python benchmarks/second_opinions.py ../shared/data/trec6.csv --seeds 4
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labelloop.learning import query_strategies
from labelloop.learning.arrays import RowView, take
from labelloop.learning.doubts import doubts
from labelloop.learning.query_strategies.base import Query
from labelloop.learning.second_opinions import HARM, Labelled, error_rate, worth_asking
from labelloop.learning.training import train_head
from labelloop.simulation.dataset import asked_once, read_known_answers

START, BATCH, ROUNDS = 25, 25, 20


class Project:
    """One run: people answer, a share of each batch may be asked again."""

    def __init__(self, data, vectors, hints, *, error: float, policy: str, seed: int) -> None:
        self.data, self.hints, self.error, self.policy = data, hints, error, policy
        self.pool = np.flatnonzero(asked_once(data))
        self.vectors, self.truth = RowView(vectors, self.pool), data.y[self.pool]
        test = np.flatnonzero(~data.train)
        self.test, self.test_y = take(vectors, test), data.y[test]
        self.k = len(data.labels)
        self.rng, self.seed = np.random.default_rng(seed), seed
        self.said: dict[int, list[tuple[int, str]]] = {}
        self.again = 0
        self.recipe = None

    def answer(self, row: int, lane: str) -> None:
        wrong = self.rng.random() < self.error
        y = (self.truth[row] + (self.rng.integers(1, self.k) if wrong else 0)) % self.k
        self.said.setdefault(row, []).append((int(y), lane))

    def labels(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows with a majority, and their labels."""
        rows, y = [], []
        for row, said in self.said.items():
            counts = np.sort(np.bincount([one for one, _ in said], minlength=self.k))
            if counts[-1] > counts[-2]:
                rows.append(row)
                y.append(np.bincount([one for one, _ in said]).argmax())
        return np.array(rows), np.array(y)

    def spent(self) -> int:
        return sum(map(len, self.said.values()))

    def run(self) -> tuple[list[float], float]:
        for row in self.rng.choice(len(self.pool), START, replace=False):
            self.answer(int(row), "random")
        curve = []
        for turn in range(1, ROUNDS + 2):
            rows, y = self.labels()
            trained = train_head(
                take(self.vectors, rows), y, labels=self.data.labels, hints=self.hints,
                seed=self.seed, previous=self.recipe,
            )  # fmt: skip
            self.recipe = trained.report
            guess = trained.head.predict_proba(self.test).argmax(axis=1)
            curve.append(float((guess == self.test_y).mean()))
            while self.spent() < START + BATCH * turn and turn <= ROUNDS:
                left = START + BATCH * turn - self.spent()
                picked = self.second(rows, y, trained, left) if left == BATCH else []
                for row in picked:
                    self.answer(row, "relabel")
                for row in self.new(trained.head, rows, y, left - len(picked)):
                    if self.spent() < START + BATCH * turn:
                        self.answer(row, "uncertain")
        rows, y = self.labels()
        wrong = float((y != self.truth[rows]).mean())
        return curve, wrong

    def new(self, head, rows, y, size: int) -> list[int]:
        free = np.setdiff1d(np.arange(len(self.pool)), list(self.said))
        view = RowView(self.vectors, free)
        query = Query(
            view, head.predict_proba(view), take(self.vectors, rows), y, self.k, self.hints, self.rng
        )
        return [int(free[i]) for i in query_strategies.strategy("cluster_margin")(query, size).indices]

    def second(self, rows, y, trained, left: int) -> list[int]:
        """Whom the policy asks again."""
        if self.policy == "never":
            return []
        rule, share = self.policy.split(" ")  # 'gain 0.1'
        most = round(float(share) * left)
        found = doubts(trained.crossfit_probabilities, y)
        tied = [row for row in self.said if row not in set(rows.tolist()) and len(self.said[row]) < 5]
        if rule == "doubt":
            picked = [int(rows[i]) for i in found.rows if len(self.said[int(rows[i])]) < 2]
        else:
            picked = self.by_gain(
                rows, found, known=rule.startswith("known"), harm=2.0 if rule == "known2" else HARM
            )
        picked = [*tied, *picked][:most]
        self.again += len(picked)
        return picked

    def by_gain(self, rows, found, *, known: bool, harm: float) -> list[int]:
        """As production does: with the prior's share of wrong answers, or the one that overlaps show."""
        error = self.error if known else error_rate((), self.k).value
        p = dict(zip(found.rows.tolist(), found.probability.tolist(), strict=True))
        labelled = {}
        for i, row in enumerate(rows.tolist()):
            said = [one for one, _ in self.said[row]]
            counts = np.sort(np.bincount(said, minlength=self.k))
            labelled[row] = Labelled(counts[-1] - counts[-2], len(said), None, p.get(i, 1.0))
        return list(worth_asking(labelled, error=error, choices=self.k, harm=harm))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, help="float32 rows aligned to the file; else encoded")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--errors", type=float, nargs="+", default=[0.0, 0.1, 0.2])
    parser.add_argument(
        "--policies",
        nargs="+",
        default=["never", "gain 0.1", "known 0.1", "known 0.25", "known2 0.25", "doubt 0.1"],
    )
    asked = parser.parse_args(arguments)
    data, vectors, hints = known(asked.data, asked.vectors)
    print("| wrong answers | policy | area | accuracy at the end | labels wrong | asked again |")
    print("|---|---|---|---|---|---|")
    for error in asked.errors:
        base = None
        for policy in asked.policies:
            runs = [
                Project(data, vectors, hints, error=error, policy=policy, seed=s)
                for s in range(asked.seeds)
            ]
            found = [one.run() for one in runs]
            areas = np.array([np.mean(curve) for curve, _ in found])
            ends = np.array([np.mean(curve[-3:]) for curve, _ in found])
            base = areas if base is None else base
            gap = areas - base
            error_of = gap.std(ddof=1) / len(gap) ** 0.5 if policy != asked.policies[0] else 0.0
            print(
                f"| {error:.0%} | {policy} | {areas.mean():.4f} ({gap.mean():+.4f} ± {error_of:.4f}) |"
                f" {ends.mean():.4f} | {np.mean([w for _, w in found]):.3f} |"
                f" {np.mean([one.again for one in runs]):.0f} |",
                flush=True,
            )


def known(path: Path, vectors: Path | None):
    """Texts with labels, their vectors and those of the labels."""
    from labelloop.learning.encoders import load_encoder
    from labelloop.learning.training import label_hint_text

    data = read_known_answers(path)
    encoder = load_encoder("sentence-transformers/all-MiniLM-L6-v2")
    hints = encoder.encode([label_hint_text(label) for label in data.labels])
    rows = np.load(vectors) if vectors else encoder.encode(data.texts)
    return data, rows, hints


if __name__ == "__main__":
    main()
