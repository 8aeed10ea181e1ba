"""Second opinions: which answered documents are worth another person's answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from labelloop.label_sets import written
from labelloop.learning.consensus import Consensus
from labelloop.learning.second_opinions import (
    MOST_PEOPLE,
    ErrorRate,
    Labelled,
    error_rate,
    gain_of_new,
    worth_asking,
)
from labelloop.loop.clock import now
from labelloop.records import Answer, ConsensusLabel
from labelloop.store import annotators, doubts
from labelloop.store.doubts import Doubt
from labelloop.store.pool import Frame
from labelloop.store.transaction import Transaction


def second_opinions(
    tx: Transaction, found: Consensus, answers: Sequence[Answer], frame: Frame
) -> dict[int, float]:
    """Documents to ask one more person about, with the expected gain, the most urgent first.

    None where nobody but those who answered has been here within a week: nobody is asked twice.

    Args:
        tx: The transaction.
        found: What the answers come to.
        answers: Those that count.
        frame: Of the pool: duplicates, waiting and flagged documents are left out.
    """
    people = doubts.people_here(tx, now() - annotators.ABSENT_AFTER, annotators.IMPORT)
    if len(people) < 2:
        return {}
    gains = expected_gains(found, answers, doubts.load(tx))
    free = frame.document_ids[~(frame.queued | frame.flagged)]
    askable = {int(number) for number in free if int(number) in gains}
    met = doubts.met(tx, sorted(askable))
    return {
        document: gain
        for document, gain in gains.items()
        if document in askable and people - met.get(document, set())
    }


def expected_gains(
    found: Consensus, answers: Sequence[Answer], doubted: Iterable[Doubt]
) -> dict[int, float]:
    """What a second opinion on each document brings, where it is more than a new document would."""
    choices = _choices(found, answers)
    error = present_error(found, answers).value
    said: dict[int, list[str]] = {}
    for answer in answers:
        said.setdefault(answer.document_id, []).append(written(answer.labels))
    asked = _contested(found, doubted)
    labelled = {
        document: Labelled(
            agreeing=_agreeing(said[document]),
            answers=len(said[document]),
            posterior=None if found.weighing.method == "majority" else label.agreement,
            probability=asked[document],
        )
        for document, label in _by_document(found.labels).items()
        if document in asked and document in said
    }
    gains = worth_asking(labelled, error=error, choices=choices)
    # A third answer makes a label of a document that has none: worth what a new document is.
    for one in found.disagreements:
        if one.disputed and one.answers < MOST_PEOPLE:
            gains.setdefault(one.document_id, gain_of_new(error))
    return dict(sorted(gains.items(), key=lambda pair: (-pair[1], pair[0])))


def present_error(found: Consensus, answers: Sequence[Answer]) -> ErrorRate:
    """How often an answer is wrong, as far as documents that several answered tell."""
    return error_rate(answers, _choices(found, answers))


def _choices(found: Consensus, answers: Sequence[Answer]) -> int:
    """How many answers people choose from; of sets each label is a question of yes and no."""
    return 2 if found.weighing.multi_label else len({written(one.labels) for one in answers})


def _contested(found: Consensus, doubted: Iterable[Doubt]) -> dict[int, float | None]:
    """Documents whose label not everybody, or the model, agrees with; the model's probability of it."""
    labels = {one.document_id: one.labels for one in found.labels}
    asked: dict[int, float | None] = {
        one.document_id: None for one in found.disagreements if not one.disputed
    }
    for one in doubted:
        if set(labels.get(one.document_id, ())) == set(one.labels):  # nobody has said otherwise since
            asked[one.document_id] = one.probability
    return asked


def _by_document(labels: Iterable[ConsensusLabel]) -> Mapping[int, ConsensusLabel]:
    return {one.document_id: one for one in labels}


def _agreeing(said: Sequence[str]) -> int:
    """Answers for the most frequent label, less those for the next."""
    counts = [count for _, count in Counter(said).most_common(2)]
    return counts[0] - (counts[1] if len(counts) > 1 else 0)
