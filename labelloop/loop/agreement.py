"""Agreement of people with each other, and how far suggestions sway them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labelloop.records import Answer, Interval
from labelloop.store.tallies import SwayCount

MOST_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people agree beyond chance.

    Attributes:
        alpha: Krippendorff's, over all documents with two answers or more.
        by_person: Kappa of each with the others, by name.
    """

    alpha: Interval
    by_person: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Sway:
    """Agreement with the model where its suggestion was seen, and where it was hidden."""

    name: str
    shown: Interval
    blind: Interval


def agreement(answers: Sequence[Answer]) -> Agreement:
    """Of the answers that count; labels that came with files are nobody's."""
    import numpy as np

    from labelloop.learning.agreement import alpha, kappa_with_others

    given = [answer for answer in answers if answer.labels and answer.annotator != "import"]
    people = sorted({answer.annotator for answer in given})[:MOST_PEOPLE]
    column = {name: place for place, name in enumerate(people)}
    row = {n: place for place, n in enumerate(sorted({answer.document_id for answer in given}))}
    code = {label: place for place, label in enumerate(sorted({a.labels[0] for a in given}))}
    codes = np.full((len(row), len(people)), -1, dtype=np.int64)
    for answer in given:
        if answer.annotator in column:
            codes[row[answer.document_id], column[answer.annotator]] = code[answer.labels[0]]
    codes = codes[(codes >= 0).sum(axis=1) > 1]
    by_person = {name: kappa_with_others(codes, place) for name, place in column.items()}
    return Agreement(alpha(codes), by_person)


def sway(counts: Sequence[SwayCount], by: Callable[[SwayCount], str]) -> list[Sway]:
    """Shares of answers equal to the model's label, shown beside blind, by name."""
    return [
        Sway(
            name,
            *(
                _share([c for c in counts if by(c) == name and c.shown is shown])
                for shown in (True, False)
            ),
        )
        for name in sorted({by(count) for count in counts})
    ]


def _share(counts: Sequence[SwayCount]) -> Interval:
    from labelloop.learning.evaluation import wilson

    return wilson(sum(one.agreed for one in counts), sum(one.answers for one in counts))
