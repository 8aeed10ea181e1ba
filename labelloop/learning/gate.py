"""Challenger against champion: may the new model take over?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from labelloop.learning.arrays import Bools, Ints


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
    basis: Literal["audit", "cross-fitted"] = "audit",
    alpha: float = 0.05,
) -> Decision:
    """Compare both on the same answers.

    Args:
        champion_correct: (n,) whether the champion got each answer right; None: there is none.
        candidate_correct: (n,) the same of the candidate.
        y: (n,) the answers, for the per-class warnings.
        labels: Names of the labels.
        basis: ``audit`` answers; or, where there are none, cross-fitted results of both
            recipes on the training answers.
        alpha: Significance below which the candidate counts as worse.
    """
    raise NotImplementedError
