"""Does the accuracy's interval hold the truth as often as it says, however often people look?

    python benchmarks/coverage.py [--projects 1000] [--answers 200] [--batch 5] [--seed 0]

Simulated projects: documents of a difficulty that the model sees in part, answers drawn at random
from the audit side, a look after every batch of them. Models are of all qualities; half of them are
overconfident. Of each project two labels are looked at by themselves. Two kinds of project: one model
that stays; and one that is trained anew before each look and takes over where the gate lets it, judged
on the same audit answers.

Printed, as Markdown: how often each interval holds the truth at a look, and at all looks until then;
and how wide it is on average. The truth is the champion's accuracy on the documents the audit can
draw; in the last column, on all documents there could ever be.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from scipy.stats import norm
from tqdm import tqdm

from labelloop.learning.evaluation import wilson
from labelloop.learning.gate import decide
from labelloop.learning.honest_accuracy import anytime_interval, anytime_share, tally

SHARES = {"recall of a label of a fifth": 0.2, "recall of a label of a twentieth": 0.05}
"""Labels by their share of the documents; precision is the same arithmetic on other counts."""
NAMES = ("Wilson", "at every look", "at every look, powered", *SHARES)
NOMINAL = 0.95
_SPREAD = 1.2
"""How far the model sees a document's difficulty, in units of what it does not see."""
_STAYS = 0.95
"""Correlation, from training to training, of what it does not see."""


@dataclass(frozen=True)
class Look:
    """What somebody sees: answers so far, the champion's results and confidence, and the truth.

    ``labels`` are 0 and 1 for the labels of ``SHARES``, 2 for any other.
    """

    n: int
    correct: np.ndarray
    confidence: np.ndarray
    everywhere: float
    labels: np.ndarray


def project(rng: np.random.Generator, answers: int, batch: int, retrained: bool) -> Iterator[Look]:
    """One project, look by look; the first ``n`` documents are the ones that are answered."""
    documents = int(rng.integers(2 * answers, 10 * answers))
    seen, unseen = rng.normal(size=(2, documents))
    looks = range(batch, answers + 1, batch)
    skill, boldness = rng.uniform(0.2, 2.5), rng.choice([1.0, 2.0])
    grows = rng.uniform(0, 1.5) / len(looks) if retrained else 0.0
    # Drawn apart, so that the other figures stay what they were without labels.
    labels = np.random.default_rng([documents, answers]).choice(3, documents, p=[*SHARES.values(), 0.75])
    champion: Look | None = None
    for n in looks:
        if retrained or champion is None:
            candidate = replace(_model(n, seen, unseen, skill, boldness), labels=labels)
            if champion is None or _takes_over(champion.correct[:n], candidate.correct[:n]):
                champion = candidate
        champion = replace(champion, n=n)
        yield champion
        if retrained:
            skill += grows + 0.05 * rng.normal()
            unseen = _STAYS * unseen + np.sqrt(1 - _STAYS**2) * rng.normal(size=documents)


def _model(n: int, seen: np.ndarray, unseen: np.ndarray, skill: float, boldness: float) -> Look:
    understood = skill + _SPREAD * seen
    confidence = np.maximum(norm.cdf(boldness * understood), 0.2)
    everywhere = float(norm.cdf(skill / np.sqrt(1 + _SPREAD**2)))
    return Look(n, understood + unseen > 0, confidence, everywhere, np.full(len(seen), 2))


def _takes_over(champion: np.ndarray, candidate: np.ndarray) -> bool:
    return decide(champion, candidate).promote


def intervals(look: Look) -> np.ndarray:
    """(5, 2) low and high of each interval in ``NAMES``; 0 and 1 where a label has no answer yet."""
    correct, confidence = look.correct[: look.n], look.confidence[: look.n]
    once = wilson(int(correct.sum()), look.n, NOMINAL)
    plain = anytime_interval(tally(confidence, correct), NOMINAL)
    powered = anytime_interval(tally(confidence, correct, look.confidence), NOMINAL)
    asked = look.labels[: look.n]
    recalls = [
        _recall(int(correct[asked == i].sum()), int((asked == i).sum())) for i in range(len(SHARES))
    ]
    return np.array([(once.low, once.high), plain, powered, *recalls])


@cache
def _recall(found: int, n: int) -> tuple[float, float]:
    return anytime_share(found, n, NOMINAL) or (0.0, 1.0)


def truth_of(look: Look) -> np.ndarray:
    """(5, 2) what each interval should hold: of the documents there are, of all there could be."""
    recalls = [look.correct[look.labels == i].mean() for i in range(len(SHARES))]
    return np.array([(value, look.everywhere) for value in [look.correct.mean()] * 3 + recalls])


def measure(options: argparse.Namespace, retrained: bool) -> tuple[np.ndarray, ...]:
    """Over projects and looks: held (p, l, 5), held for all there could be, width."""
    held, held_everywhere, width = [], [], []
    for seed in tqdm(range(options.projects), leave=False):
        rng = np.random.default_rng([options.seed, int(retrained), seed])
        looks = list(project(rng, options.answers, options.batch, retrained))
        found = np.array([intervals(look) for look in looks])
        truth = np.array([truth_of(look) for look in looks])
        inside = (found[..., :1] <= truth + 1e-9) & (truth - 1e-9 <= found[..., 1:])
        held.append(inside[..., 0])
        held_everywhere.append(inside[..., 1])
        width.append(found[..., 1] - found[..., 0])
    return np.array(held), np.array(held_everywhere), np.array(width)


def report(title: str, options: argparse.Namespace, measured: tuple[np.ndarray, ...]) -> None:
    """A Markdown table: a line per look and interval at chosen looks, and the worst look of all."""
    held, everywhere, width = measured
    so_far = np.logical_and.accumulate(held, axis=1)
    all_looks = np.logical_and.accumulate(everywhere, axis=1)
    chosen = [n for n in (5, 10, 25, 50, 100, 200, 500, 1000) if n <= options.answers]
    print(f"\n{title}; {options.projects:,} projects, promised {NOMINAL:.0%}\n")
    heads = ("answers", "interval", "at this look", "at all so far", "mean width", "all, everywhere")
    print(f"| {' | '.join(heads)} |")
    print("|-|-|-|-|-|-|")
    for n in chosen:
        look = n // options.batch - 1
        for i, name in enumerate(NAMES):
            cells = (held[:, look, i].mean(), so_far[:, look, i].mean())
            shown = " | ".join(f"{cell:.1%}" for cell in cells)
            at_all = f"{all_looks[:, look, i].mean():.1%}"
            print(f"| {n} | {name} | {shown} | {width[:, look, i].mean():.3f} | {at_all} |")
    for i, name in enumerate(NAMES):
        worst = held[..., i].mean(axis=0)
        print(f"\n{name}: worst of {len(worst)} looks holds {worst.min():.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--projects", type=int, default=1000)
    parser.add_argument("--answers", type=int, default=200)
    parser.add_argument("--batch", type=int, default=5, help="answers between two looks")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for retrained, title in ((False, "One model"), (True, "Trained anew before every look")):
        report(title, options, measure(options, retrained))


if __name__ == "__main__":
    main()
