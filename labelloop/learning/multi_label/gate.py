"""Challenger against champion where documents have sets of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labelloop.learning.arrays import Bools
from labelloop.learning.evaluation import mcnemar
from labelloop.learning.floors import FloorRule
from labelloop.learning.gate import Basis, Decision, with_floors
from labelloop.learning.multi_label.evaluation import wrong_labels


def decide_sets(
    champion: Bools | None,
    candidate: Bools,
    Y: Bools,
    *,
    labels: Sequence[str],
    basis: Basis = "audit",
    alpha: float = 0.05,
    rule: FloorRule | None = None,
) -> Decision:
    """Compare both on the same documents; the candidate is promoted unless it is worse beyond noise.

    The paired test is an exact one-sided sign test on the documents in which one of the two has
    fewer labels wrong than the other: it sees what exact match sees, and half-right sets, too. On
    audit answers each label has its floor besides (``labelloop.learning.floors``).

    Args:
        champion: (n, k) its sets; None: there is none.
        candidate: (n, k) the candidate's.
        Y: (n, k) people's.
        labels: Names of the labels.
        basis: ``audit`` answers, or cross-fitted results on training answers.
        alpha: Significance below which the candidate counts as worse.
        rule: The project's floors; the default ones.
    """
    decision = _overall(champion, candidate, Y, basis, alpha)
    if basis != "audit":
        return decision
    before = None if champion is None else Y & champion
    return with_floors(decision, Y, before, Y & candidate, labels=labels, rule=rule)


def _overall(champion: Bools | None, candidate: Bools, Y: Bools, basis: Basis, alpha: float) -> Decision:
    n, exact = len(Y), _exact(candidate, Y)
    if champion is None:
        reason = f"promoted: the first model, {exact} of {n} {basis} sets exactly right"
        return Decision(True, reason, {"basis": basis, "n": n, "candidate_exact": exact})
    if n == 0:
        return Decision(True, "promoted: no answers to compare on yet", {"basis": basis, "n": 0})
    before, after = wrong_labels(Y, champion), wrong_labels(Y, candidate)
    p = mcnemar(wins=before < after, losses=after < before)
    numbers = {
        "basis": basis,
        "n": n,
        "champion_exact": _exact(champion, Y),
        "candidate_exact": exact,
        "champion_wrong_labels": int(before.sum()),
        "candidate_wrong_labels": int(after.sum()),
        "champion_nearer": int((before < after).sum()),
        "candidate_nearer": int((after < before).sum()),
        "p_worse": p,
        "alpha": alpha,
    }
    return Decision(p >= alpha, _reason(numbers), numbers)


def _exact(sets: Bools, Y: Bools) -> int:
    return int((sets == Y).all(axis=1).sum())


def _reason(numbers: Mapping[str, Any]) -> str:
    promote = numbers["p_worse"] >= numbers["alpha"]
    return (
        f"{'promoted' if promote else 'kept out'}: {numbers['candidate_exact']} of {numbers['n']}"
        f" {numbers['basis']} sets exactly right, champion {numbers['champion_exact']};"
        f" nearer in {numbers['candidate_nearer']} documents, farther in"
        f" {numbers['champion_nearer']}, {'not worse beyond noise' if promote else 'worse beyond noise'}"
        f" (exact sign test on wrong labels, p = {numbers['p_worse']:.2g})"
    )
