"""How many documents each lane of a batch gets, and in which order people meet them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labelloop.records import LANES, Lane, Pick


@dataclass(frozen=True)
class Shares:
    """How a batch is divided (0 to 1 each); what is left is the uncertain lane's.

    Attributes:
        relabel: The largest share; documents to ask again may be fewer.
        blind: Share of the picks whose suggestion is hidden; audit and manual always are.
    """

    audit: float = 0.1
    random: float = 0.05
    explore: float = 0.1
    relabel: float = 0.1
    blind: float = 0.1


def without_strategy(shares: Shares) -> Shares:
    """The same with everything random that a strategy would have chosen because it is unsure."""
    rest = 1 - shares.audit - shares.explore - shares.relabel
    return replace(shares, random=max(shares.random, rest))


def lane_sizes(size: int, shares: Shares, asked_before: Mapping[Lane, int]) -> dict[Lane, int]:
    """Documents per lane, so that over all turns each lane comes to its share, rounded.

    A lane gets what it lacks of its share of everything asked so far and now. It never gets
    more than its share of this batch, rounded up: a lane that fell short for many turns does
    not fill a whole batch once it can.
    """
    total = size + sum(asked_before.values())
    wanted: dict[Lane, float] = {
        "audit": shares.audit, "random": shares.random,
        "explore": shares.explore, "relabel": shares.relabel,
    }  # fmt: skip
    sizes: dict[Lane, int] = {}
    left = size
    for lane, share in wanted.items():
        lacking = _round(share * total) - asked_before.get(lane, 0)
        sizes[lane] = max(0, min(lacking, math.ceil(round(share * size, 9)), left))
        left -= sizes[lane]
    return {"uncertain": left, **sizes}


def _round(value: float) -> int:
    """Halves go up, so that 2.5 and 3.5 do not both become even numbers."""
    return math.floor(value + 0.5)


def interleaved(picks: Sequence[Pick]) -> list[Pick]:
    """Rank order in which each lane is spread evenly: who stops early has met all of them."""
    counts = Counter(pick.lane for pick in picks)
    met: Counter[Lane] = Counter()
    placed: list[tuple[float, int, int, Pick]] = []
    for pick in picks:
        place = (met[pick.lane] + 0.5) / counts[pick.lane]
        placed.append((place, LANES.index(pick.lane), len(placed), pick))
        met[pick.lane] += 1
    return [entry[3] for entry in sorted(placed, key=lambda entry: entry[:3])]
