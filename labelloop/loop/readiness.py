"""Whether the champion is of any use to choose and suggest by, and why."""

from __future__ import annotations

from dataclasses import dataclass

from labelloop.loop.measuring import audit_outcomes
from labelloop.loop.sets import KIND, judge_outcomes
from labelloop.loop.workspace import Workspace
from labelloop.store import models

ENOUGH_AUDIT_ANSWERS = 20
"""With fewer, a model's use is judged by cross-fitting on the training answers."""


@dataclass(frozen=True)
class Readiness:
    """Whether the champion may choose and suggest, and why."""

    useful: bool
    reason: str


def readiness(workspace: Workspace) -> Readiness:
    """Whether there is a champion that knows more than the best constant guess."""
    with workspace.store.transaction("judge the champion") as tx:
        champion = models.champion(tx)
        outcomes = audit_outcomes(tx)
    if champion is None:
        return Readiness(False, "there is no model yet")
    if len(outcomes) < ENOUGH_AUDIT_ANSWERS:
        return Readiness(bool(champion.metrics["useful"]), str(champion.metrics["useful_reason"]))
    if champion.kind == KIND:
        judged = judge_outcomes(outcomes, workspace.project.label_names)
        return Readiness(judged.useful, judged.reason)
    return _judge(outcomes)


def _judge(outcomes: list[tuple[str, str]]) -> Readiness:
    import numpy as np

    from labelloop.learning.evaluation import better_than_guessing

    names = sorted({label for label, _ in outcomes})
    y = np.asarray([names.index(label) for label, _ in outcomes], dtype=np.int64)
    correct = np.asarray([label == predicted for label, predicted in outcomes], dtype=bool)
    judged = better_than_guessing(
        audit_y=y, audit_correct=correct, crossfit_y=y[:0], crossfit_correct=correct[:0]
    )
    return Readiness(judged.useful, judged.reason)
