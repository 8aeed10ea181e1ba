"""Does the gate keep out challengers that it should let in? Simulated audits, challengers of all kinds.

    python benchmarks/gate_floors.py [--audits 1000] [--seed 0]

Labels have shares as in real projects: each next one 0.8 times as frequent as the one before. Champion
and challenger find a label with their own probabilities, and agree as often as two trainings on nearly
the same labels do: four of five answers are decided for both by the same draw. Printed, as Markdown: how
often the paired test on all answers keeps the challenger out / how often a label's floor does so where
that test would not. ``lost`` is a challenger that gives up a fifth of what the champion found of its
most frequent label and is better on the others by as much in all.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

from labelloop.learning.floors import FloorRule
from labelloop.learning.gate import decide

FOUND = 0.8
SHARED = 0.8
CHALLENGERS = {
    "equal": 0.0,
    "better by .03": 0.03,
    "better by .10": 0.1,
    "worse by .10": -0.1,
}


def audits(k: int, n: int, count: int, gain: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Answers (n,), whether the champion found each, whether the challenger did."""
    rng = np.random.default_rng([seed, k, n])
    share = 0.8 ** np.arange(k)
    for _ in range(count):
        y = rng.choice(k, n, p=share / share.sum())
        one, other = rng.random((2, n))
        other = np.where(rng.random(n) < SHARED, one, other)
        yield y, one < FOUND, other < FOUND + gain[y]


def kept_out(k: int, n: int, gain: np.ndarray, rule: FloorRule, options: argparse.Namespace) -> str:
    """Shares of audits: by the test on all answers, and by a floor alone."""
    labels = [str(i) for i in range(k)]
    overall = floor = 0
    for y, champion, challenger in audits(k, n, options.audits, gain, options.seed):
        found = decide(champion, challenger, y=y, labels=labels, rule=rule)
        worse = found.numbers["p_worse"] < found.numbers["alpha"]
        overall += worse
        floor += not worse and not found.promote
    return f"{overall / options.audits:.1%} / {floor / options.audits:.1%}"


def lost(k: int) -> np.ndarray:
    """A fifth less of the first label, made up by the others."""
    share = 0.8 ** np.arange(k)
    share = share / share.sum()
    gain = np.full(k, 0.16 * share[0] / (1 - share[0]))
    gain[0] = -0.16
    return gain


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--audits", type=int, default=1000)
    words.add_argument("--seed", type=int, default=0)
    options = words.parse_args()
    cases = {name: (lambda k, by=by: np.full(k, by), FloorRule()) for name, by in CHALLENGERS.items()}
    cases["lost"] = (lost, FloorRule())
    cases["equal, own floors of .7"] = (
        np.zeros,
        FloorRule(own={str(i): 0.7 for i in range(20)}),
    )
    print(f"| labels, audit answers | {' | '.join(cases)} |")
    print("|---|" + "---|" * len(cases))
    for k, n in ((2, 50), (2, 200), (6, 50), (6, 200), (6, 500), (20, 200), (20, 500)):
        cells = [kept_out(k, n, gain(k), rule, options) for gain, rule in cases.values()]
        print(f"| {k}, {n} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
