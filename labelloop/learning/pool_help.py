"""Whether the pool's help is a help: the head it shaped beside the plain one, on audit answers."""

from __future__ import annotations

from dataclasses import dataclass

from labelloop.learning.arrays import Bools
from labelloop.learning.evaluation import mcnemar

ENOUGH = 50
"""Audit answers before they may overrule it: with fewer, 5 % cannot be told from chance."""
_SURE = 0.05


@dataclass(frozen=True)
class Word:
    """What the audit answers say of the pool's help.

    Attributes:
        helps: It stays on. It does unless the plain head is better beyond chance.
        reason: One sentence for a person.
    """

    helps: bool
    reason: str


def judged(with_pool: Bools, plain: Bools) -> Word:
    """Compare two heads on the same audit answers (n,), True where each was right.

    One-sided sign test on the answers where they differ (McNemar 1947, exact).
    """
    n = len(with_pool)
    if n < ENOUGH:
        return Word(True, f"{n} audit answers; from {ENOUGH} on they judge it")
    lost, won = plain & ~with_pool, with_pool & ~plain
    chance = mcnemar(wins=lost, losses=won)
    told = f"of {n} audit answers it gains {int(won.sum())} and costs {int(lost.sum())}"
    return Word(chance >= _SURE, f"{told}, p = {chance:.2g}")
