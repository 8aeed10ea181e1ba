"""When to stop asking: predictions that no longer change, and what more labels would bring.

Stabilising predictions (Bloodgood and Vijay-Shanker 2009): successive models label one fixed random set
of documents; once Cohen's kappa between them is .99 or more on the average of the last few steps, more
labels change little. Kappa of K or more bounds what a step can change the F-measure of a label by,
4 (1 - K) / K (Bloodgood and Grothendieck 2013).

Pure functions; ``labelloop.loop.stopping`` brings the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from labelloop.learning.arrays import Ints
from labelloop.learning.expected_gain import Gain
from labelloop.plurals import counted

Verdict = Literal["go on", "stop", "too early"]

WINDOW = 3
"""Steps whose kappa is averaged, as in the paper."""


@dataclass(frozen=True)
class Step:
    """From one model to the next, on the stop set.

    Attributes:
        labels_before: Labels that the earlier model was trained on.
        labels_after: Labels that the later one was.
        kappa: Cohen's kappa of their predictions; None where both give one label throughout.
        differing: Share of documents that they label differently: the accuracy cannot have
            changed by more on these.
    """

    labels_before: int
    labels_after: int
    kappa: float | None
    differing: float

    @property
    def f_change_most(self) -> float:
        """What the F-measure of a label can have changed by at most (0 to 1)."""
        if self.kappa is None or self.kappa <= 0:
            return 1.0
        return min(1.0, 4 * (1 - self.kappa) / self.kappa)


@dataclass(frozen=True)
class Spent:
    """What has been asked and what more would take.

    Attributes:
        labels: Documents labelled so far.
        left: Documents that can still be asked: of the pool, and within the budget.
        max_labels: The budget, None where there is none.
        seconds_per_label: People's time on one label; None where nobody's was taken.
        price_per_second: Of people's time; 0 where none was set.
    """

    labels: int
    left: int
    max_labels: int | None = None
    seconds_per_label: float | None = None
    price_per_second: float = 0.0


@dataclass(frozen=True)
class Rule:
    """When enough is enough.

    Attributes:
        kappa: Mean kappa of the last steps from which predictions count as stable.
        smallest_gain: Rise of the accuracy that the next labels must be able to bring.
    """

    kappa: float = 0.99
    smallest_gain: float = 0.005


@dataclass(frozen=True)
class StopReport:
    """Whether to go on, and why.

    Attributes:
        verdict: ``go on``, ``stop`` or ``too early``.
        sentence: The verdict with its reason, for a person.
        stability: How far predictions still change, for a person.
        kappa: Mean over the last steps; None where there are too few.
        steps: From model to model, oldest first.
        stop_set: Documents that kappa is taken on.
        gain: What the next labels are expected to bring.
        seconds: People's time for these labels; None where it is unknown.
        cost: What it costs; None where the time or its price is unknown.
        spent: What has been spent.
        notes: What was left out, and why; sentences for a person.
    """

    verdict: Verdict
    sentence: str
    stability: str
    kappa: float | None
    steps: tuple[Step, ...]
    stop_set: int
    gain: Gain
    seconds: float | None
    cost: float | None
    spent: Spent
    notes: tuple[str, ...] = ()


def step(before: Ints, after: Ints, labels_before: int, labels_after: int) -> Step:
    """Compare two models by the codes (n,) of the labels they predict."""
    differing = float((before != after).mean()) if len(before) else 0.0
    return Step(labels_before, labels_after, kappa(before, after), differing)


def kappa(one: Ints, other: Ints) -> float | None:
    """Cohen's kappa (1960) of two labellings (n,); None where chance alone explains all."""
    if not len(one):
        return None
    k = int(max(one.max(), other.max())) + 1
    first, second = (np.bincount(codes, minlength=k) / len(codes) for codes in (one, other))
    by_chance = float(first @ second)
    if by_chance > 1 - 1e-12:
        return None
    return (float((one == other).mean()) - by_chance) / (1 - by_chance)


def mean_kappa(steps: Sequence[Step]) -> float | None:
    """Mean of the last ``WINDOW`` steps; None where there are fewer, or one of them is undefined."""
    last = [one.kappa for one in steps[-WINDOW:]]
    known = [value for value in last if value is not None]
    return sum(known) / WINDOW if len(known) == WINDOW else None


def report(
    steps: Sequence[Step],
    gain: Gain,
    spent: Spent,
    *,
    stop_set: int,
    rule: Rule | None = None,
    notes: Sequence[str] = (),
) -> StopReport:
    """Come to a verdict.

    Nothing left to ask, or a spent budget, ends it. Otherwise: stop where the gain cannot reach
    the smallest that is worth it, or where predictions are stable and the gain is not surely
    above that; go on where either speaks against; and where neither can be told yet, say so.
    """
    rule = rule or Rule()
    agreed = mean_kappa(steps)
    verdict, why = _verdict(agreed, gain, spent, rule)
    seconds = None if spent.seconds_per_label is None else spent.seconds_per_label * gain.more
    priced = seconds is not None and spent.price_per_second > 0
    cost = seconds * spent.price_per_second if priced and seconds is not None else None
    return StopReport(
        verdict=verdict,
        sentence=f"{verdict.capitalize() if verdict != 'too early' else 'Too early to tell'}: {why}"
        + (_effort(seconds, cost, gain) + _room(spent, gain) if verdict == "go on" else ""),
        stability=_stability(agreed, steps, rule, stop_set),
        kappa=agreed,
        steps=tuple(steps),
        stop_set=stop_set,
        gain=gain,
        seconds=seconds,
        cost=cost,
        spent=spent,
        notes=tuple(notes),
    )


def _verdict(agreed: float | None, gain: Gain, spent: Spent, rule: Rule) -> tuple[Verdict, str]:
    why = _over(spent) or _enough(agreed, gain, rule)
    if why:
        return "stop", why
    if not spent.left:
        return "too early", "nothing has been asked, and there is no document to ask about"
    if gain.gain.value is not None:
        return "go on", _gains(gain)
    if agreed is not None:
        return "go on", f"predictions still change from model to model ({_kappa(agreed)})"
    return "too early", gain.reason or f"fewer than {WINDOW + 1} models to compare"


def _over(spent: Spent) -> str:
    """Why nothing more can be asked; empty where something can."""
    if spent.max_labels is not None and spent.labels >= spent.max_labels:
        return f"the budget of {counted(spent.max_labels, 'label')} is spent"
    if spent.labels and not spent.left:
        return "no document is left to ask about"
    return ""


def _enough(agreed: float | None, gain: Gain, rule: Rule) -> str:
    """Why more labels would change little; empty where they might."""
    low, high = gain.gain.low, gain.gain.high
    if high is not None and high < rule.smallest_gain:
        return f"{_gains(gain)}, less than the {_points(rule.smallest_gain)} worth asking for"
    surely_gains = low is not None and low > rule.smallest_gain
    if agreed is None or agreed < rule.kappa or surely_gains:
        return ""
    same = f"the last {WINDOW + 1} models say the same of unseen documents ({_kappa(agreed)})"
    return same if gain.gain.value is None else f"{same}; {_gains(gain)}"


def _stability(agreed: float | None, steps: Sequence[Step], rule: Rule, stop_set: int) -> str:
    """The mean kappa beside what counts as stable, and what the last step can have changed at most."""
    if agreed is None:
        return f"not known before {WINDOW + 1} models can be compared on the same unseen documents"
    stable = "stable" if agreed >= rule.kappa else f"stable from {_points(rule.kappa)} on"
    most = steps[-1].f_change_most
    bound = (
        "too little to bound the change of F1"
        if most >= 1
        else f"the last step can have changed a label's F1 by {_points(most)} at most"
    )
    on = counted(stop_set, "unseen document")
    return f"{_kappa(agreed)} of the last {WINDOW} steps on {on}, {stable}; {bound}"


def _kappa(value: float) -> str:
    return f"mean kappa {_points(value)}"


def _gains(gain: Gain) -> str:
    value, low, high = (_points(one) for one in (gain.gain.value, gain.gain.low, gain.gain.high))
    return f"the next {gain.more:,} labels are expected to gain {value} ({low} to {high})"


def _points(value: float | None) -> str:
    """Three decimals without the leading zero: .012."""
    if value is None:
        return "–"
    shown = f"{round(value, 3) + 0.0:.3f}"  # no -0.000
    return shown.replace("0.", ".", 1) if abs(value) < 1 else shown


def _effort(seconds: float | None, cost: float | None, gain: Gain) -> str:
    if seconds is None:
        return ""
    work = f"{duration(seconds)} of work" + ("" if cost is None else f", at {cost:,.2f}")
    if gain.gain.value is None:
        why = f" ({gain.reason})" if gain.reason else ""
        return f"; the next {gain.more:,} labels take {work}, what they bring cannot be told yet{why}"
    return f" for {work}"


def _room(spent: Spent, gain: Gain) -> str:
    """That fewer can be asked than is looked ahead; empty where enough can."""
    in_budget = spent.left if spent.max_labels is None else spent.max_labels - spent.labels
    room = min(spent.left, in_budget)
    return f"; only {counted(room, 'more document')} can be asked" if room < gain.more else ""


def duration(seconds: float) -> str:
    """Seconds for a person: 40 seconds, 14 minutes, 2.5 hours."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
