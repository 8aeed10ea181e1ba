"""When fine-tuning is worth its time: the rule behind ``fine_tune = "auto"``.

The encoder is tuned when all of this holds:

1. there are at least ``fine_tune_from`` (200) training labels, and at least 5 for each label met
   (below, a head on the frozen vectors is nearly as good and takes seconds);
2. it was never tuned, or the training labels have grown by half since;
3. tuning and encoding the pool anew are expected to take no longer than ``fine_tune_minutes``.

``always`` waives the first two as soon as there is anything new to learn, ``never`` means never. What
is expected comes from a few steps and a few texts timed on this very machine, each time the rest of the
rule lets it begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Wish = Literal["auto", "always", "never"]

ENOUGH_PER_LABEL = 5
GROWN_BY = 1.5


@dataclass(frozen=True)
class Situation:
    """What the decision rests on.

    Attributes:
        labels: Labels to train on.
        labels_met: Different ones among them.
        at_last_tuning: Labels to train on when the encoder was last tuned, None if never.
        seconds: Expected for tuning and for encoding the pool.
        minutes: What the project allows.
        enough: Labels to train on from which tuning begins.
    """

    labels: int
    labels_met: int
    at_last_tuning: int | None
    seconds: float
    minutes: float
    enough: int = 200


@dataclass(frozen=True)
class Due:
    """Whether to tune now, and why or why not in one line."""

    due: bool
    reason: str


def is_due(wish: Wish, now: Situation) -> Due:
    """Apply the rule; ``reason`` names the numbers."""
    if wish == "never":
        return Due(False, 'fine_tune = "never"')
    reason = _not_new(now) if wish == "always" else _too_few(now) or _not_grown(now)
    if reason is None:
        reason = _too_slow(now)
    if reason is not None:
        return Due(False, reason)
    return Due(True, f"{now.labels:,} labels, about {_minutes(now.seconds)} minutes of computing")


def _too_few(now: Situation) -> str | None:
    needed = max(now.enough, ENOUGH_PER_LABEL * now.labels_met)
    if now.labels >= needed:
        return None
    return f"{now.labels:,} labels to train on, fine-tuning begins at {needed:,}"


def _not_grown(now: Situation) -> str | None:
    if now.at_last_tuning is None or now.labels >= GROWN_BY * now.at_last_tuning:
        return None
    again = -(-now.at_last_tuning * 3 // 2)
    return (
        f"{now.labels:,} labels to train on, {now.at_last_tuning:,} when the encoder was last"
        f" tuned: due again at {again:,}"
    )


def _not_new(now: Situation) -> str | None:
    if now.at_last_tuning is None or now.labels != now.at_last_tuning:
        return None
    return f"the encoder has been tuned on these {now.labels:,} labels already"


def _too_slow(now: Situation) -> str | None:
    if now.seconds <= 60 * now.minutes:
        return None
    return (
        f"fine-tuning and encoding the pool would take about {_minutes(now.seconds)} minutes,"
        f" fine_tune_minutes allows {now.minutes:g}"
    )


def _minutes(seconds: float) -> str:
    return f"{max(1, round(seconds / 60)):,}"
