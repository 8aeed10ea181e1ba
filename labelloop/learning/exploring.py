"""How much to explore: by what the last turns' answers told the model, explored or merely unsure.

An answer that the model of its day had predicted taught it little; one it had not, more. Where
explored documents surprised it oftener than those it was unsure of, there is more to find where no
label is, and the explore lane grows, up to double its share; where less often, it shrinks, down to
half. Documents of the explore lane were not chosen for being unsure: that they surprise as often as
those that were is reason enough to look there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from labelloop.learning.lanes import Shares
from labelloop.records import Lane

ENOUGH = 20
"""Answers of either lane before they move anything."""
LOOKED_BACK = 10
"""Turns: models change, and what surprised an old one says little of the next."""
_LEAST, _MOST = 0.5, 2.0


@dataclass(frozen=True)
class Surprises:
    """Answers of one lane in the last turns.

    Attributes:
        answers: How many had a prediction when they were asked.
        surprised: In how many the person's label was another.
    """

    answers: int
    surprised: int

    @property
    def rate(self) -> float:
        """Share that surprised, drawn towards a half by one answer either way."""
        return (self.surprised + 1) / (self.answers + 2)


def counted(outcomes: Iterable[tuple[Lane, bool]]) -> dict[Lane, Surprises]:
    """By lane, of (lane, whether the answer was another than predicted)."""
    answers: Counter[Lane] = Counter()
    surprised: Counter[Lane] = Counter()
    for lane, other in outcomes:
        answers[lane] += 1
        surprised[lane] += other
    return {lane: Surprises(answers[lane], surprised[lane]) for lane in answers}


def adapted(shares: Shares, seen: Mapping[Lane, Surprises]) -> tuple[Shares, str]:
    """The shares with the explore lane's adapted, and a sentence where it changed.

    The uncertain lane gives or takes the difference; the other lanes keep theirs.
    """
    explored, unsure = seen.get("explore"), seen.get("uncertain")
    if not explored or not unsure or min(explored.answers, unsure.answers) < ENOUGH:
        return shares, ""
    wanted = shares.explore * min(_MOST, max(_LEAST, explored.rate / unsure.rate))
    share = min(wanted, 1 - shares.audit - shares.random - shares.relabel)
    if abs(share - shares.explore) < 0.005:
        return shares, ""
    return replace(shares, explore=share), (
        f"explore: {share:.0%} of the batch instead of {shares.explore:.0%}; in the last turns"
        f" {explored.surprised} of {explored.answers} explored and {unsure.surprised} of"
        f" {unsure.answers} uncertain documents were not what the model said"
    )
