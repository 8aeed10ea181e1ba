"""Accuracy that people may look at every day: a confidence sequence from audit answers.

A Wilson interval holds at one look that was planned beforehand. Who looks after every answer and
stops when the number pleases is wrong far more often than one time in twenty. The intervals here
hold at all looks at once: at every candidate value of the accuracy someone bets against it, and
a value leaves the interval once the bets have multiplied the stake by 2 / (1 - confidence), which
happens to the true value at any time with half the error allowed (Ville 1939; betting after
Waudby-Smith and Ramdas 2024, 'Estimating means of bounded random variables by betting'). The bets
are a fixed mixture of sizes (as in Cover's universal portfolio), so the order of the answers
does not matter.

Prediction-powered (Angelopoulos et al. 2023): where the audited documents happened to be easier or
harder than all that could have been audited, the model's own confidence tells, and corrects. The
correction needs no trust in that confidence: a useless one only widens. Full, half and no
correction share the stake, so that it helps where it can and costs little where it cannot.

What it does not do: promise anything about many models at once. The promise is one model's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Bools, Float64, Floats, Ints

STEPS = 20
"""Steps that a confidence is rounded to: any function of it corrects as soundly as itself."""

_STAKES = np.array([1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.125, 0.09, 0.06, 0.045, 0.03])
"""Sizes of the bets, as parts of the most that cannot be lost: right for 10 to 10,000 answers."""
_CORRECTIONS = {0.0: 0.5, 0.5: 0.25, 1.0: 0.25}
"""How much of the correction is applied, and the share of the stake that goes to it."""
_HALVINGS = 20  # to a millionth


@dataclass(frozen=True)
class Tally:
    """Audit answers and predictions, counted by the model's confidence.

    Attributes:
        right: (b,) answered documents that the model got right, by step of its confidence.
        wrong: (b,) those it got wrong.
        all: (b,) all documents that could have been audited, answered or not. All 0: unknown.
    """

    right: Ints
    wrong: Ints
    all: Ints

    @property
    def n(self) -> int:
        """Answers."""
        return int(self.right.sum() + self.wrong.sum())


def steps_of(confidence: Floats) -> Ints:
    """Step (n,) of each confidence from 0 to 1."""
    steps = np.floor(np.asarray(confidence, dtype=np.float64) * STEPS).astype(np.int64)
    return np.asarray(np.clip(steps, 0, STEPS - 1), dtype=np.int64)


def tally(confidence: Floats, correct: Bools, all_confidence: Floats | None = None) -> Tally:
    """Count answers.

    Args:
        confidence: (n,) the model's confidence in each answered document.
        correct: (n,) whether it was right.
        all_confidence: (m,) its confidence in every document that could have been drawn, the
            answered among them; None for no correction.
    """
    steps, hit = steps_of(confidence), np.asarray(correct, dtype=bool)
    everything = steps[:0] if all_confidence is None else steps_of(all_confidence)
    return Tally(_counted(steps[hit]), _counted(steps[~hit]), _counted(everything))


def _counted(steps: Ints) -> Ints:
    return np.bincount(steps, minlength=STEPS).astype(np.int64)


def anytime_interval(answers: Tally, confidence: float = 0.95) -> tuple[float, float] | None:
    """Accuracy's interval that holds at every look; None without answers.

    The answers must be drawn at random from the documents counted in ``all``, and the model must
    not have learnt from them. Time and memory do not grow with their number.
    """
    if answers.n == 0:
        return None
    needed = 2.0 / (1.0 - confidence)
    counts = np.concatenate([answers.right, answers.wrong]).astype(np.float64)
    low = _lower(_payoffs(answers), counts, needed)
    high = 1.0 - _lower([p.mirrored() for p in _payoffs(answers)], counts, needed)
    # Beyond all doubt both sides can pass each other by the rounding; the hull of both is shown.
    return min(low, high), max(low, high)


def anytime_share(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """The same for a plain share, such as the recall of one label; None where ``n`` is 0."""
    return anytime_interval(tally(np.zeros(n), np.arange(n) < successes), confidence)


@dataclass(frozen=True)
class _Payoff:
    """One way to measure the accuracy without bias: value per kind of answer, least value, stake."""

    values: Float64
    least: float
    most: float
    share: float

    def mirrored(self) -> _Payoff:
        """The same for the error, 1 - accuracy."""
        return _Payoff(1.0 - self.values, 1.0 - self.most, 1.0 - self.least, self.share)


def _payoffs(answers: Tally) -> list[_Payoff]:
    """Right or wrong, less a part of how far the confidence lies above the mean of all."""
    right = np.concatenate([np.ones(STEPS), np.zeros(STEPS)])
    everything = answers.all.sum()
    if everything == 0:
        return [_Payoff(right, 0.0, 1.0, 1.0)]
    step = np.arange(STEPS) / (STEPS - 1)
    above = np.tile(step - (answers.all @ step) / everything, 2)
    return [
        _Payoff(right - part * above, part * -float(above.max()), 1 - part * float(above.min()), share)
        for part, share in _CORRECTIONS.items()
    ]


def _lower(payoffs: list[_Payoff], counts: Float64, needed: float) -> float:
    """The largest accuracy that the bets on more than it have refuted; 0 where they refuted none."""
    low, high = 0.0, 1.0
    if _wealth(payoffs, counts, high) >= needed:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _wealth(payoffs, counts, middle) >= needed:
            low = middle
        else:
            high = middle
    return low


def _wealth(payoffs: list[_Payoff], counts: Float64, mean: float) -> float:
    """What a stake of 1 has become on 'more than ``mean``'; falls as ``mean`` grows.

    A bet of part c of what is at stake turns 1 into 1 + c ((x - least) / (mean - least) - 1): 1 in
    expectation where ``mean`` is the truth, less where the truth is below it, never under 0.
    """
    total = -np.inf
    met = counts > 0
    for payoff in payoffs:
        room = max(mean - payoff.least, 1e-12)
        gain = (payoff.values[met] - payoff.least) / room - 1.0
        with np.errstate(divide="ignore"):  # a bet of everything that was lost: log 0
            grown = np.log(np.maximum(1.0 + _STAKES[:, None] * gain, 0.0)) @ counts[met]
        shared = np.log(payoff.share / len(_STAKES))
        total = np.logaddexp(total, shared + np.logaddexp.reduce(grown))
    return float(np.exp(min(total, 700.0)))
