"""Challenger against champion: may the new model take over?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from labelloop.learning.arrays import Bools, Ints
from labelloop.learning.evaluation import mcnemar

Basis = Literal["audit", "cross-fitted"]

_FLOOR_ANSWERS = 5
_FLOOR_DROP = 0.2
"""A label of at least 5 answers that loses a fifth of them is worth a warning, noise or not."""


@dataclass(frozen=True)
class Decision:
    """The gate's verdict.

    Attributes:
        promote: The candidate takes over.
        reason: One readable line.
        numbers: What it rests on; JSON values.
        warnings: Labels that got much worse, one line each.
    """

    promote: bool
    reason: str
    numbers: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def decide(
    champion_correct: Bools | None,
    candidate_correct: Bools,
    *,
    y: Ints | None = None,
    labels: Sequence[str] = (),
    basis: Basis = "audit",
    alpha: float = 0.05,
) -> Decision:
    """Compare both on the same answers; the candidate is promoted unless it is worse beyond noise.

    Worse beyond noise: a one-sided exact McNemar test (McNemar 1947) on the answers that only
    one of the two got right says so with p below ``alpha``.

    Args:
        champion_correct: (n,) whether the champion got each answer right; None: there is none.
        candidate_correct: (n,) the same of the candidate.
        y: (n,) the answers, for the per-class warnings.
        labels: Names of the labels.
        basis: ``audit`` answers; or, where there are none, cross-fitted results of both
            recipes on the training answers.
        alpha: Significance below which the candidate counts as worse.
    """
    n, right = len(candidate_correct), int(candidate_correct.sum())
    if champion_correct is None:
        reason = f"promoted: the first model, {_share(right, n)} {basis} answers right"
        return Decision(True, reason, {"basis": basis, "n": n, "candidate_right": right})
    if n == 0:
        return Decision(True, "promoted: no answers to compare on yet", {"basis": basis, "n": 0})
    fallen, risen = champion_correct & ~candidate_correct, candidate_correct & ~champion_correct
    p = mcnemar(wins=fallen, losses=risen)  # small: the champion wins too often for chance
    numbers = _numbers(champion_correct, candidate_correct, basis) | {"p_worse": p, "alpha": alpha}
    warnings = () if y is None else _fallen(champion_correct, candidate_correct, y, labels)
    return Decision(p >= alpha, _reason(numbers), numbers, warnings)


def _numbers(champion: Bools, candidate: Bools, basis: Basis) -> dict[str, Any]:
    return {
        "basis": basis,
        "n": len(champion),
        "champion_right": int(champion.sum()),
        "candidate_right": int(candidate.sum()),
        "only_champion_right": int((champion & ~candidate).sum()),
        "only_candidate_right": int((candidate & ~champion).sum()),
    }


def _reason(numbers: Mapping[str, Any]) -> str:
    promote = numbers["p_worse"] >= numbers["alpha"]
    return (
        f"{'promoted' if promote else 'kept out'}: {_share(numbers['candidate_right'], numbers['n'])}"
        f" {numbers['basis']} answers right, champion {numbers['champion_right']};"
        f" {numbers['only_candidate_right']} won, {numbers['only_champion_right']} lost,"
        f" {'not worse beyond noise' if promote else 'worse beyond noise'}"
        f" (exact McNemar test, p = {numbers['p_worse']:.2g})"
    )


def _share(right: int, n: int) -> str:
    return f"{right} of {n}"


def _fallen(champion: Bools, candidate: Bools, y: Ints, labels: Sequence[str]) -> tuple[str, ...]:
    found = []
    for i in np.unique(y):
        own = y == i
        before, after, n = int(champion[own].sum()), int(candidate[own].sum()), int(own.sum())
        if n >= _FLOOR_ANSWERS and before - after >= _FLOOR_DROP * n:
            found.append(f"{labels[int(i)]}: {after} of {n} right, the champion had {before}")
    return tuple(found)
