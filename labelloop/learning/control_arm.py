"""Is asking by a strategy paying? Chosen answers against as many of the random lane, on audit answers.

Both arms begin with the same first answers; one goes on with chosen documents, the other with random
ones (``labelloop.learning.arms``). The lead of the one over the other, and the labels it saves, come
with intervals that have the noise of the audit answers and of which documents the random lane drew. The
chosen documents are taken as they are: the question is whether these taught more than random ones would.

What it does not do: say what a strategy is worth at counts that the random lane has not reached.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from labelloop.learning.arms import LEAST, Answered, Arms, Audit, Curves, Fitting, arms_of, measured
from labelloop.learning.arrays import Float64, Ints
from labelloop.records import Interval

Verdict = Literal["paying", "not paying", "unclear", "too early"]

LEVEL = 0.01
"""An advantage that is surely smaller than this is none."""

_DRAWS = 2000
_Z = 1.959964
_NOTHING = Interval(None, None, None, 0)


@dataclass(frozen=True)
class Paying:
    """Whether the strategy pays.

    Attributes:
        verdict: ``paying``: surely ahead of random; ``not paying``: surely behind, or level;
            ``unclear``; ``too early``.
        sentence: The verdict with its numbers, for a person.
        first: Answers that both arms begin with.
        compared: Further answers of each arm.
        chosen: Accuracy with the chosen ones; None where nothing was compared.
        random: Accuracy with as many of the random lane.
        ahead: Mean lead in accuracy over the counts compared, 95 % interval; ``n`` audit answers.
        saved: Labels saved of ``compared``, 95 % interval; negative: lost.
    """

    verdict: Verdict
    sentence: str
    first: int = 0
    compared: int = 0
    chosen: float | None = None
    random: float | None = None
    ahead: Interval = _NOTHING
    saved: Interval = _NOTHING


def paying(answers: Answered, audit: Audit, fitting: Fitting, *, seed: int = 0) -> Paying:
    """Compare the arms as far as the random lane reaches."""
    arms = arms_of(answers.lanes)
    lacking = _lacking(arms, len(audit.y))
    if lacking:
        return not_known(lacking)
    rng = np.random.default_rng(seed)
    curves = measured(answers, audit, fitting, arms, rng)
    return _judged(curves, arms, rng, " exact match" if audit.y.ndim > 1 else "")


def not_known(reason: str) -> Paying:
    """No verdict, and why."""
    return Paying("too early", f"Whether the strategy pays is not known: {reason}")


def _lacking(arms: Arms, audited: int) -> str:
    if len(arms.random) < LEAST:
        return f"not enough random-lane answers yet ({len(arms.random)} of at least {LEAST})"
    if len(arms.chosen) < LEAST:
        return f"not enough chosen answers yet ({len(arms.chosen)} of at least {LEAST})"
    if audited < LEAST:
        return f"not enough audit answers yet ({audited} of at least {LEAST})"
    return ""


def _judged(curves: Curves, arms: Arms, rng: np.random.Generator, measure: str) -> Paying:
    ahead = _ahead(curves)
    chosen, random = _drawn_anew(curves, rng)
    found = Paying(
        _verdict(ahead), "", len(arms.first), int(curves.sizes[-1]),
        float(curves.chosen[-1].mean()), float(curves.random[-1].mean()), ahead,
        _interval(_saved(curves.sizes, chosen, random), ahead.n),
    )  # fmt: skip
    return replace(found, sentence=_sentence(found, measure))


def _ahead(curves: Curves) -> Interval:
    """Mean lead over the sizes. Half an answer is added to each cell of won, lost, both and neither
    (Agresti and Min 2005): without one answer that differs, a difference is still possible."""
    lead = (curves.chosen - curves.random)[1:].mean(axis=0)
    n = len(lead) + 2
    middle = float(lead.sum()) / n
    spread = (float((lead**2).sum()) + 1.0) / n - middle**2
    half = _Z * float(np.sqrt(spread / n + curves.scatter**2))
    return Interval(float(lead.mean()), middle - half, middle + half, len(lead))


def _drawn_anew(curves: Curves, rng: np.random.Generator) -> tuple[Float64, Float64]:
    """Both curves (draws, s) with audit answers drawn anew, and the documents of the random arm."""
    n = curves.chosen.shape[1]
    weights = rng.multinomial(n, np.full(n, 1 / n), size=_DRAWS) / n
    begun = (curves.sizes > 0).astype(np.float64)  # the first answers are the same in both
    moved = rng.normal(scale=curves.scatter, size=(_DRAWS, 1)) * begun
    return weights @ curves.chosen.T, weights @ curves.random.T + moved


def _saved(sizes: Ints, chosen: Float64, random: Float64) -> Float64:
    """Labels (draws,) that the chosen arm saves; negative where it costs some."""
    return np.array([_saved_once(sizes, one, other) for one, other in zip(chosen, random, strict=True)])


def _saved_once(sizes: Ints, chosen: Float64, random: Float64) -> float:
    """How much earlier the arm that ends ahead has what the other ends with."""
    chosen, random = np.maximum.accumulate(chosen), np.maximum.accumulate(random)
    end = float(sizes[-1])
    if chosen[-1] == random[-1]:
        return 0.0
    if chosen[-1] > random[-1]:
        return end - _reaches(sizes, chosen, float(random[-1]))
    return _reaches(sizes, random, float(chosen[-1])) - end


def _reaches(sizes: Ints, curve: Float64, goal: float) -> float:
    """The least size, between points in proportion, at which a rising curve has the goal."""
    after = int(np.argmax(curve >= goal))
    if after == 0:
        return float(sizes[0])
    rise = curve[after] - curve[after - 1]
    part = (goal - curve[after - 1]) / rise
    return float(sizes[after - 1] + part * (sizes[after] - sizes[after - 1]))


def _interval(values: Float64, n: int) -> Interval:
    low, middle, high = (float(one) for one in np.quantile(values, (0.025, 0.5, 0.975)))
    return Interval(middle, low, high, n)


def _verdict(ahead: Interval) -> Verdict:
    assert ahead.low is not None and ahead.high is not None  # noqa: S101  just measured
    if ahead.low > 0:
        return "paying"
    if ahead.high < 0 or (ahead.high < LEVEL and ahead.low > -LEVEL):
        return "not paying"
    return "unclear"


_SAYS = {
    "paying": "Asking by the strategy pays",
    "not paying": "Asking by the strategy does not pay",
    "unclear": "Whether the strategy pays is not clear yet",
}


def _sentence(found: Paying, measure: str) -> str:
    assert found.saved.value is not None and found.chosen is not None  # noqa: S101
    low, high = found.saved.low or 0.0, found.saved.high or 0.0
    return (
        f"{_SAYS[found.verdict]}: {found.compared} chosen answers beyond the first {found.first:,} reach"
        f" {found.chosen:.1%}{measure} on {found.ahead.n} audit answers, as many of the random lane"
        f" {found.random:.1%}; labels saved: {found.saved.value:.0f} ({low:.0f} to {high:.0f})"
    )
