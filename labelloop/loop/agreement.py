"""Agreement of people with each other, and how far suggestions sway them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from labelloop.loop.sets import matrix
from labelloop.records import Answer, Interval
from labelloop.store.tallies import SwayCount

MOST_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people agree beyond chance.

    Attributes:
        alpha: Krippendorff's, over all documents with two answers or more; of sets of labels
            with the MASI distance.
        by_person: Kappa of each with the others, by name; of sets, that they are equal.
        by_label: Of sets: alpha of each label by itself, has it or not.
    """

    alpha: Interval
    by_person: dict[str, Interval]
    by_label: dict[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sway:
    """Agreement with the model where its suggestion was seen, and where it was hidden."""

    name: str
    shown: Interval
    blind: Interval


def agreement(answers: Sequence[Answer], *, multi_label: bool = False) -> Agreement:
    """Of the answers that count; labels that came with files are nobody's."""
    import numpy as np

    from labelloop.learning.agreement import alpha, kappa_with_others
    from labelloop.learning.multi_label.agreement import alpha_of_sets, alpha_per_label

    given = [one for one in answers if (one.labels or multi_label) and one.annotator != "import"]
    people = sorted({answer.annotator for answer in given})[:MOST_PEOPLE]
    column = {name: place for place, name in enumerate(people)}
    row = {n: place for place, n in enumerate(sorted({answer.document_id for answer in given}))}
    said = sorted({tuple(sorted(answer.labels)) for answer in given})
    code = {labels: place for place, labels in enumerate(said)}
    codes = np.full((len(row), len(people)), -1, dtype=np.int64)
    for answer in given:
        if answer.annotator in column:
            codes[row[answer.document_id], column[answer.annotator]] = code[tuple(sorted(answer.labels))]
    codes = codes[(codes >= 0).sum(axis=1) > 1]
    by_person = {name: kappa_with_others(codes, place) for name, place in column.items()}
    if multi_label:
        labels = sorted({label for one in said for label in one})
        sets = matrix(said, labels)
        per_label = alpha_per_label(codes, sets, labels)
        return Agreement(alpha_of_sets(codes, sets), by_person, per_label)
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
