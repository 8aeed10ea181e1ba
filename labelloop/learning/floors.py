"""Floors: a challenger that gives up a label is kept out, however well it does on the others.

On the audit answers that have a label, champion and challenger are compared by the same exact test as
on all of them (one-sided McNemar). Many labels are looked at, so each test must be surer than one alone
would have to be: by Bonferroni's rule over those labels only whose test could come out significant at
all (Tarone 1990), so that together they keep out an equal challenger in at most ``alpha`` of the cases.

A label with few answers cannot veto: nothing could be said of it. A project may set a floor of its own
for a label: a challenger that finds less of it beyond chance (exact binomial test), and less than the
champion, is kept out, too. Taken without a test, such floors kept out a quarter of equal challengers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from labelloop.learning.arrays import Bools
from labelloop.learning.evaluation import mcnemar

ENOUGH = 10
"""Audit answers of a label before it can veto."""
_WORTH_A_WARNING = 5
_DROP = 0.2
"""A label of at least 5 answers that loses a fifth of them is worth a warning, noise or not."""
_NAMED = 3
"""Labels that a reason names; the others are counted."""

State = Literal["holds", "fallen", "below", "too few"]


@dataclass(frozen=True)
class FloorRule:
    """What floors a project has.

    Attributes:
        veto: A label that falls keeps the challenger out; else it is only told.
        own: Label → least recall (0 to 1) that the project itself demands.
        alpha: Probability, at most, that labels together keep an equal challenger out.
    """

    veto: bool = True
    own: Mapping[str, float] = field(default_factory=dict)
    alpha: float = 0.05


@dataclass(frozen=True)
class Floor:
    """One label on the audit answers that have it.

    Attributes:
        answers: How many have it.
        champion: In how many the champion found it; None without a champion.
        candidate: In how many the challenger found it.
        lost: Found by the champion alone.
        won: Found by the challenger alone.
        p: Chance of so many lost if both were equally good; 1 without a champion.
        own: The project's own floor, None where it sets none.
        state: ``fallen``: lost beyond chance; ``below``: lower than the champion, and under the
            project's own floor beyond chance; ``too few``: fewer than ``ENOUGH`` answers.
    """

    label: str
    answers: int
    champion: int | None
    candidate: int
    lost: int = 0
    won: int = 0
    p: float = 1.0
    own: float | None = None
    state: State = "holds"

    @property
    def vetoes(self) -> bool:
        """Whether this label keeps the challenger out."""
        return self.state in ("fallen", "below")

    def for_people(self) -> str:
        """Found in how many, with what it is compared with."""
        before = "" if self.champion is None else f", the champion found it in {self.champion}"
        demanded = f", the project wants {self.own:.0%}" if self.state == "below" else ""
        surely = f" (p = {self.p:.2g})" if self.state == "fallen" else ""
        return f"{self.label}: found in {self.candidate} of {self.answers}{before}{demanded}{surely}"


def floors(
    has: Bools,
    champion: Bools | None,
    candidate: Bools,
    labels: Sequence[str],
    rule: FloorRule,
) -> tuple[Floor, ...]:
    """Look at each label that some audit answer has, or that the project has a floor for.

    Args:
        has: (n, k) which labels each answer has.
        champion: (n, k) which of them the champion found; None: there is none.
        candidate: (n, k) the same of the challenger.
        labels: The k labels.
        rule: The project's.
    """
    counted = [
        _counted(label, has[:, i], None if champion is None else champion[:, i], candidate[:, i], rule)
        for i, label in enumerate(labels)
        if has[:, i].any() or label in rule.own
    ]
    level = _level([one for one in counted if one.answers >= ENOUGH], rule.alpha)
    return tuple(replace(one, state=_state(one, level, rule.alpha)) for one in counted)


def _counted(label: str, has: Bools, champion: Bools | None, candidate: Bools, rule: FloorRule) -> Floor:
    found = candidate[has]
    floor = Floor(label, len(found), None, int(found.sum()), own=rule.own.get(label))
    if champion is None:
        return floor
    before = champion[has]
    lost, won = before & ~found, found & ~before
    return replace(
        floor, champion=int(before.sum()), lost=int(lost.sum()), won=int(won.sum()),
        p=mcnemar(wins=lost, losses=won),
    )  # fmt: skip


def _level(tested: Sequence[Floor], alpha: float) -> float:
    """Significance that each label's test must reach (Tarone 1990)."""
    least = np.array([0.5 ** (one.lost + one.won) for one in tested])
    over = next(n for n in range(1, len(tested) + 2) if (least < alpha / n).sum() <= n)
    return alpha / over


def _state(one: Floor, level: float, alpha: float) -> State:
    if one.answers < ENOUGH:
        return "too few"
    if one.p < level:
        return "fallen"
    lower = one.champion is not None and one.candidate < one.champion
    return "below" if lower and _surely_under(one, alpha) else "holds"


def _surely_under(one: Floor, alpha: float) -> bool:
    from scipy.stats import binom

    return one.own is not None and float(binom.cdf(one.candidate, one.answers, one.own)) < alpha


def vetoed(found: Sequence[Floor]) -> str:
    """Which labels keep the challenger out, for a person; empty where none does."""
    return _listed([one.for_people() for one in found if one.vetoes], "; ")


def unknown(found: Sequence[Floor]) -> str:
    """Which labels have too few answers to keep anything out, for a person; empty where none has."""
    few = [one for one in found if one.state == "too few"]
    if not few:
        return ""
    if len(few) == len(found):
        return f"no label has a floor yet, for fewer than {ENOUGH} audit answers"
    named = _listed([f"{one.label} ({one.answers})" for one in few], ", ")
    return f"no floor yet, for fewer than {ENOUGH} audit answers: {named}"


def _listed(parts: Sequence[str], between: str) -> str:
    more = f" and {len(parts) - _NAMED:,} more" if len(parts) > _NAMED else ""
    return between.join(parts[:_NAMED]) + more


def warnings(found: Sequence[Floor], rule: FloorRule) -> tuple[str, ...]:
    """Labels that fell, or lie under the project's own floor, and keep nobody out; a line each."""
    return tuple(
        one.for_people()
        for one in found
        if (one.vetoes and not rule.veto) or (not one.vetoes and (_dropped(one) or _under(one)))
    )


def strangers(found: Sequence[Floor], rule: FloorRule) -> str:
    """Floors of the project's own for labels that are gone, renamed perhaps; empty where none is."""
    gone = [repr(name) for name in rule.own if name not in {one.label for one in found}]
    return f"recall_floors names {_listed(gone, ', ')}, no label of the project" if gone else ""


def _dropped(one: Floor) -> bool:
    fell = (one.champion or 0) - one.candidate
    return one.answers >= _WORTH_A_WARNING and fell >= _DROP * one.answers


def _under(one: Floor) -> bool:
    enough = one.answers >= ENOUGH
    return one.own is not None and enough and one.candidate < one.own * one.answers


def as_json(found: Sequence[Floor]) -> list[dict[str, Any]]:
    """All of it as JSON values."""
    return [asdict(one) for one in found]
