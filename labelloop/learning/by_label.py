"""How a model does on each label, with intervals that hold at every look.

Recall looks at the answers that have the label, precision at the predictions of it: both are shares of
answers drawn at random, so the confidence sequence of ``labelloop.learning.honest_accuracy`` holds for
each. It holds for each label by itself: of a hundred labels, some five may be missed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from labelloop.learning.honest_accuracy import anytime_share
from labelloop.records import Interval

FEW = 5
"""With fewer answers a label is named: nothing can be said of it yet."""


@dataclass(frozen=True)
class ByLabel:
    """One label.

    Attributes:
        label: Its name.
        recall: Share of the answers with it that the model found; ``n`` counts them.
        precision: Share of the model's predictions of it that are right; ``n`` counts them.
    """

    label: str
    recall: Interval
    precision: Interval

    @property
    def few(self) -> bool:
        """Whether there are too few answers with it to say anything."""
        return self.recall.n < FEW


def by_label(
    answers: Sequence[Collection[str]], predicted: Sequence[Collection[str]], labels: Sequence[str]
) -> tuple[ByLabel, ...]:
    """Count each label over n audit answers and the predictions beside them.

    Args:
        answers: n sets of labels that people gave; of one label each where a document has one.
        predicted: n sets of labels that the model gave.
        labels: The labels, in the order wanted.
    """
    both = list(zip(answers, predicted, strict=True))
    return tuple(
        ByLabel(
            label,
            _share([label in said for given, said in both if label in given]),
            _share([label in given for given, said in both if label in said]),
        )
        for label in labels
    )


def _share(right: Sequence[bool]) -> Interval:
    """A share with its interval; values are None where nothing was counted."""
    n, found = len(right), sum(right)
    bounds = _bounds(found, n)
    if bounds is None:
        return Interval(None, None, None, 0)
    return Interval(found / n, *bounds, n)


@lru_cache(maxsize=8192)
def _bounds(found: int, n: int) -> tuple[float, float] | None:
    """Kept: of 77 labels most have the same few counts, and each costs some milliseconds."""
    return anytime_share(found, n)
