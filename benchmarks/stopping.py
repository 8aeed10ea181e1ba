"""Where does the stop rule say stop, what does that cost, and does the expected gain hold the real one?

    python benchmarks/stopping.py FOLDER [--seeds 3] [--labels 1000] [--batch 50] [--cache FOLDER]

FOLDER holds CSV files with the columns text, label and perhaps split. Each is played with the lanes of
production (a tenth audit, a twentieth random); after every batch the report of `labelloop status` is
made from what a project knows: its models on the stop set, its audit answers. What no project knows, the
truth, is the accuracy on the test rows and on every document that has not been asked by then.

Printed, per set: labels at the first 'stop' and the accuracy on the test there and at the end; how often
the interval of the expected gain holds the gain that came, and its mean over the seeds; and the control
arm's words.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from tqdm import tqdm

from labelloop.learning.arrays import Floats, take
from labelloop.learning.directions import directions_of
from labelloop.learning.encoders import Encoder, load_encoder
from labelloop.learning.expected_gain import expected_gain
from labelloop.learning.head import Head
from labelloop.learning.lanes import Shares
from labelloop.learning.stopping import Spent, StopReport, report, step
from labelloop.learning.training import label_hint_text
from labelloop.simulation.dataset import KnownAnswers, asked_once, read_known_answers, vectors_of
from labelloop.simulation.plan import Plan
from labelloop.simulation.replay import Replay

AHEAD = 100
STOP_SET = (2000, 500)
"""Most and enough, as in labelloop.store.stop_set."""


@dataclass
class Watched:
    """One run: the report at every look, and the heads to measure the truth with."""

    looks: list[StopReport] = field(default_factory=list)
    heads: list[Head | None] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    trained_on: list[int] = field(default_factory=list)
    control: str = ""

    def __call__(self, replay: Replay) -> None:
        """Look as a project would, after each training."""
        lanes = np.array(replay.asked_in)
        self.heads.append(replay.head)
        self.labels.append(len(lanes))
        self.trained_on.append(int((lanes != "audit").sum()))
        self.looks.append(self._look(replay, np.array(replay.asked)[lanes == "audit"]))

    def _look(self, replay: Replay, audited: np.ndarray) -> StopReport:
        unseen = take(replay.vectors, _stop_set(replay))
        rows = [i for i, head in enumerate(self.heads) if head is not None]
        said = {i: _codes(self.heads[i], unseen) for i in rows}
        steps = [
            step(said[i], said[j], self.trained_on[i], self.trained_on[j]) for i, j in pairwise(rows)
        ]
        asked = take(replay.vectors, audited)
        right = [_codes(self.heads[i], asked) == replay.y[audited] for i in rows]
        correct = np.array(right, dtype=bool).reshape(len(rows), len(audited))
        gain = expected_gain(np.array([self.trained_on[i] for i in rows]), correct, AHEAD)
        spent = Spent(len(replay.asked), len(replay.pool) - len(replay.asked))
        return report(steps, gain, spent, stop_set=len(unseen))


def _codes(head: Head | None, vectors: Floats) -> np.ndarray:
    assert head is not None
    return np.asarray(head.predict_proba(vectors).argmax(axis=1))


def _stop_set(replay: Replay) -> np.ndarray:
    """The audit side first, topped up, in an order drawn once."""
    order = np.random.default_rng([replay.seed, 4]).permutation(len(replay.pool))
    order = order[np.argsort(~replay.audit[order], kind="stable")]
    return np.sort(order[: min(STOP_SET[0], max(STOP_SET[1], int(replay.audit.sum())))])


@dataclass(frozen=True)
class Played:
    """What one run showed, per look: accuracy, and the gain by the look ``AHEAD`` labels later."""

    watched: Watched
    accuracy: np.ndarray
    gains: dict[int, float]


def played(
    data: KnownAnswers, vectors: Floats, hints: Floats, options: argparse.Namespace, seed: int
) -> Played:
    """Play one project to the end, then measure what it could not know."""
    pool = np.flatnonzero(asked_once(data))
    rounds = (options.labels - options.batch) // options.batch
    plan = Plan(options.batch, options.batch, rounds, shares=Shares())
    directions = directions_of(take(vectors, pool), hints=hints)
    replay = Replay(
        data,
        vectors,
        hints,
        plan,
        pool=pool,
        strategy=options.strategy,
        seed=seed,
        directions=directions,
    )
    watched = Watched()
    with tqdm(total=rounds + 1, desc=f"{data.name} {seed}", leave=False) as bar:
        run = replay.run(bar.update, watched)
    watched.control = replay.control().sentence
    gains = {}
    for i, n in enumerate(watched.trained_on):
        later = [j for j, m in enumerate(watched.trained_on) if m >= n + AHEAD]
        if later and watched.heads[i] is not None:
            gains[i] = _gain(replay, watched, i, later[0])
    return Played(watched, np.array(run["accuracy"]), gains)


def _gain(replay: Replay, watched: Watched, before: int, after: int) -> float:
    """Gain per ``AHEAD`` training labels, on the test and on what neither model was trained on."""
    free = np.setdiff1d(np.arange(len(replay.pool)), replay.asked[: watched.labels[after]])
    vectors = np.concatenate([take(replay.vectors, free), replay.test])
    truth = np.concatenate([replay.y[free], replay.test_y])
    first, second = ((_codes(watched.heads[i], vectors) == truth).mean() for i in (before, after))
    return float(second - first) * AHEAD / (watched.trained_on[after] - watched.trained_on[before])


def row(name: str, runs: list[Played]) -> str:
    """One Markdown line of the table."""
    stops = [
        next((i for i, look in enumerate(r.watched.looks) if look.verdict == "stop"), -1) for r in runs
    ]
    pairs = list(zip(runs, stops, strict=True))
    said = [f"{r.watched.labels[i]}" if i >= 0 else "–" for r, i in pairs]
    there, end = [r.accuracy[i] for r, i in pairs], [r.accuracy[-1] for r in runs]
    expected, came, widths, held, held_mean = (
        np.array(column) for column in zip(*_held(runs), strict=True)
    )
    cells = (
        name, " / ".join(said), f"{np.mean(there):.3f}", f"{np.mean(end):.3f}",
        f"{np.mean(end) - np.mean(there):+.3f}", f"{expected.mean():.4f} / {came.mean():.4f}",
        f"{widths.mean():.3f}", f"{held.mean():.0%}", f"{held_mean.mean():.0%}", str(len(held)),
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _held(runs: list[Played]) -> Iterator[tuple[float, float, float, bool, bool]]:
    """Per run and look: gain expected, gain that came, width, whether it held it, and its mean."""
    for i in range(len(runs[0].watched.looks)):
        mean = np.mean([r.gains[i] for r in runs if i in r.gains] or [np.nan])
        for r in runs:
            gain = r.watched.looks[i].gain.gain
            if gain.value is not None and i in r.gains:
                held, held_mean = (gain.low <= one <= gain.high for one in (r.gains[i], mean))
                yield gain.value, r.gains[i], gain.high - gain.low, held, held_mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--labels", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--strategy", default="cluster_margin")
    parser.add_argument("--only", nargs="*", help="names of sets; default: all")
    parser.add_argument("--encoder", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--cache", type=Path, default=Path(__file__).parent / ".cache" / "vectors")
    options = parser.parse_args()
    encoder: Encoder = load_encoder(options.encoder)
    print("| | stop at, per seed | accuracy there | at the end | lost | gain of the next 100:"
          " expected / came | width | holds it | holds the mean | looks |")  # fmt: skip
    print("|-|-|-|-|-|-|-|-|-|-|")
    controls = []
    for file in sorted(options.folder.glob("*.csv")):
        if options.only and file.stem not in options.only:
            continue
        data = read_known_answers(file)
        vectors = vectors_of(data.texts, encoder, options.cache)
        hints = encoder.encode([label_hint_text(label) for label in data.labels])
        runs = [played(data, vectors, hints, options, seed) for seed in range(options.seeds)]
        print(row(data.name, runs), flush=True)
        controls += [f"{data.name}, seed {i}: {r.watched.control}" for i, r in enumerate(runs)]
    print("\n" + "\n".join(controls))


if __name__ == "__main__":
    main()
