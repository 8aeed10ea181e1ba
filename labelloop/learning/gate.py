"""Challenger against champion: may the new model take over?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from labelloop.learning import floors
from labelloop.learning.arrays import Bools, Ints
from labelloop.learning.evaluation import mcnemar
from labelloop.learning.floors import Floor, FloorRule

Basis = Literal["audit", "cross-fitted"]


@dataclass(frozen=True)
class Decision:
    """The gate's verdict.

    Attributes:
        promote: The candidate takes over.
        reason: One readable line.
        numbers: What it rests on; JSON values.
        warnings: Labels that got much worse and keep it out no more than noise does, one line each.
        floors: Every label by itself; empty where there are no audit answers.
    """

    promote: bool
    reason: str
    numbers: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    floors: tuple[Floor, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What a model's metrics keep of it, whatever a person decides afterwards."""
        found = {"floors": floors.as_json(self.floors), "warnings": list(self.warnings)}
        return {"reason": self.reason, **self.numbers, **found}


def decide(
    champion_correct: Bools | None,
    candidate_correct: Bools,
    *,
    y: Ints | None = None,
    labels: Sequence[str] = (),
    basis: Basis = "audit",
    alpha: float = 0.05,
    rule: FloorRule | None = None,
) -> Decision:
    """Compare both on the same answers; the candidate is promoted unless it is worse beyond noise.

    Worse beyond noise: a one-sided exact McNemar test (McNemar 1947) on the answers that only
    one of the two got right says so with p below ``alpha``; or a label falls through its floor
    (``labelloop.learning.floors``), which audit answers alone can tell.

    Args:
        champion_correct: (n,) whether the champion got each answer right; None: there is none.
        candidate_correct: (n,) the same of the candidate.
        y: (n,) the answers, for the floors of labels; None: no floors.
        labels: Names of the labels.
        basis: ``audit`` answers; or, where there are none, cross-fitted results of both
            recipes on the training answers.
        alpha: Significance below which the candidate counts as worse.
        rule: The project's floors; the default ones.
    """
    decision = _overall(champion_correct, candidate_correct, basis, alpha)
    if y is None or basis != "audit":
        return decision
    has = y[:, None] == np.arange(len(labels))
    before = None if champion_correct is None else has & champion_correct[:, None]
    return with_floors(decision, has, before, has & candidate_correct[:, None], labels=labels, rule=rule)


def with_floors(
    decision: Decision,
    has: Bools,
    champion: Bools | None,
    candidate: Bools,
    *,
    labels: Sequence[str],
    rule: FloorRule | None,
) -> Decision:
    """A decision on all answers, and then every label's veto; arrays as ``floors.floors`` takes them."""
    rule = rule or FloorRule()
    found = floors.floors(has, champion, candidate, labels, rule)
    fallen, few = floors.vetoed(found), floors.unknown(found)
    reason, promote = decision.reason, decision.promote
    if fallen and rule.veto:
        reason = f"{reason.replace('promoted:', 'kept out:', 1)}; below the floor: {fallen}"
        promote = False
    if champion is not None:
        reason = "; ".join(filter(None, (reason, few, floors.strangers(found, rule))))
    told = floors.warnings(found, rule)
    return replace(decision, promote=promote, reason=reason, warnings=told, floors=found)


def _overall(
    champion_correct: Bools | None, candidate_correct: Bools, basis: Basis, alpha: float
) -> Decision:
    n, right = len(candidate_correct), int(candidate_correct.sum())
    if champion_correct is None:
        reason = f"promoted: the first model, {_share(right, n)} {basis} answers right"
        return Decision(True, reason, {"basis": basis, "n": n, "candidate_right": right})
    if n == 0:
        return Decision(True, "promoted: no answers to compare on yet", {"basis": basis, "n": 0})
    fallen, risen = champion_correct & ~candidate_correct, candidate_correct & ~champion_correct
    p = mcnemar(wins=fallen, losses=risen)  # small: the champion wins too often for chance
    numbers = _numbers(champion_correct, candidate_correct, basis) | {"p_worse": p, "alpha": alpha}
    return Decision(p >= alpha, _reason(numbers), numbers)


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
