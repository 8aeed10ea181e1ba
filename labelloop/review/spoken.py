"""At which second a part of a long text is said, as captions tell of themselves. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

APART = 60.0
"""Seconds between two links within a text: more would be in the way of reading."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Where in a text (characters) which second of its video is said, both ascending."""

    moments: tuple[tuple[int, float], ...]

    @classmethod
    def of(cls, text: str, metadata: Mapping[str, Any]) -> Spoken | None:
        """What a document's metadata says under ``moments``; None without any, or where it is broken."""
        said = metadata.get("moments")
        if not isinstance(said, list) or not said or not all(map(_is_moment, said)):
            return None
        moments = tuple((place, float(second)) for place, second in said)
        within = moments[0][0] >= 0 and moments[-1][0] <= len(text)
        return cls(moments) if within and list(moments) == sorted(moments) else None

    def second_of(self, place: int) -> float:
        """The last moment at or before a place: a little early, so that no word is missed."""
        number = bisect_right(self.moments, place, key=lambda one: one[0])
        return self.moments[max(0, number - 1)][1]

    def minutes(self) -> Iterator[tuple[int, float]]:
        """The moments, none within a minute of the one before."""
        last = float("-inf")
        for place, second in self.moments:
            if second - last >= APART:
                last = second
                yield place, second


def _is_moment(said: object) -> bool:
    return (
        isinstance(said, list)
        and len(said) == 2
        and type(said[0]) is int
        and type(said[1]) in (int, float)
        and 0 <= said[1] < 1e9
    )
