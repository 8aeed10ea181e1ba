"""From people's answers to labels: what they come to, what is disputed, what is never trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from labelloop.learning.dawid_skene import Rule
from labelloop.learning.voting import Weighing, weigh
from labelloop.records import Answer, ConsensusLabel

__all__ = ["Consensus", "Disagreement", "Rule", "Weighing", "consensus", "trainable"]


@dataclass(frozen=True)
class Disagreement:
    """A document whose answers differ, or contradict those on a near-duplicate.

    Attributes:
        agreement: Share of the most frequent answer (0 to 1), or its posterior probability
            where people are weighed by their reliability.
        answers: How many answers there are.
        disputed: True on a tie, and where no answer is likely enough: the document has no label.
    """

    document_id: int
    agreement: float
    answers: int
    disputed: bool


@dataclass(frozen=True)
class Consensus:
    """What all answers come to.

    Attributes:
        labels: One per document with a consensus, by document id. ``audit`` is true for the
            audit's own documents alone.
        disagreements: Documents to ask again, the most disputed first. What an adjudicator
            has settled is none.
        weighing: How the answers were weighed, why so, and everybody's reliability.
    """

    labels: tuple[ConsensusLabel, ...]
    disagreements: tuple[Disagreement, ...]
    weighing: Weighing = field(default_factory=Weighing)

    @property
    def audit(self) -> tuple[ConsensusLabel, ...]:
        """The labels of the audit: the honest yardstick."""
        return tuple(label for label in self.labels if label.audit)

    @property
    def training(self) -> tuple[ConsensusLabel, ...]:
        """The labels that may be trained on: no audit label, nor any near-duplicate of one."""
        return trainable(self.labels)


def trainable(labels: Iterable[ConsensusLabel]) -> tuple[ConsensusLabel, ...]:
    """Those of some labels, a data set's say, that may be trained on.

    No audit label, nor any label of a near-duplicate of an audit document: the yardstick
    would measure what was learnt by heart. Of near-duplicates that contradict each other, the
    label with most answers; none where they tie.
    """
    given = tuple(labels)
    kept_out = {label.group for label in given if label.audit}
    usable = [label for label in given if label.group not in kept_out]
    wins = _winners(usable)
    return tuple(label for label in usable if wins.get(label.group, label.labels) == label.labels)


def _winners(labels: Iterable[ConsensusLabel]) -> dict[int, tuple[str, ...] | None]:
    """Of each group with several labels: the one with most answers, None on a tie."""
    votes: dict[int, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for label in labels:
        votes[label.group][label.labels] += label.answers
    found: dict[int, tuple[str, ...] | None] = {}
    for group, counted in votes.items():
        if len(counted) > 1:
            (first, most), (_, second) = counted.most_common(2)
            found[group] = first if most > second else None
    return found


def consensus(
    answers: Iterable[Answer],
    *,
    content_hash: Mapping[int, str],
    root: Mapping[int, int],
    reserved: Collection[int],
    weighing: Weighing | None = None,
) -> Consensus:
    """Weigh the answers on each document.

    By majority, one vote each, until people overlap enough to be weighed by their reliability
    (``dawid_skene.choose_method``). A document on which the most frequent answers tie, or on
    which none is likely enough, has no label. What an adjudicator has settled is settled.

    Args:
        answers: The verdicts that count, in any order.
        content_hash: Of the present text of each answered document.
        root: Document that a near-duplicate points to; itself, or absent, where it stands alone.
        reserved: Ids of the documents of the audit side.
        weighing: The project's rule, and whether its answers are sets of labels. Answers
            without a label do not count unless they are.
    """
    asked_for = weighing or Weighing()
    given = _by_document(answers, asked_for.multi_label)
    decided, weighed = weigh(given, asked_for)
    labels, disagreements = [], []
    for document_id, found in sorted(decided.items()):
        own = given[document_id]
        if found.differ and not found.settled:
            disagreements.append(
                Disagreement(document_id, found.agreement, len(own), found.labels is None)
            )
        if found.labels is not None:
            audit = document_id in reserved or any(answer.lane == "audit" for answer in own)
            group = root.get(document_id, document_id)
            labels.append(
                ConsensusLabel(
                    document_id, content_hash[document_id], found.labels, group, audit,
                    found.agreement, len(own),
                )
            )  # fmt: skip
    disagreements += _contradictions(labels, {one.document_id for one in disagreements})
    disagreements.sort(key=lambda d: (not d.disputed, d.agreement, d.document_id))
    return Consensus(tuple(labels), tuple(disagreements), weighed)


def _contradictions(labels: Iterable[ConsensusLabel], known: Collection[int]) -> list[Disagreement]:
    """Groups of near-duplicates with several labels: their first document is asked again.

    The audit's documents are left alone: nothing but their own answers may change them.
    """
    by_group: dict[int, list[ConsensusLabel]] = defaultdict(list)
    for label in labels:
        by_group[label.group].append(label)
    found = []
    for group, members in by_group.items():
        if len({label.labels for label in members}) < 2 or any(label.audit for label in members):
            continue
        counted: Counter[tuple[str, ...]] = Counter()
        for label in members:
            counted[label.labels] += label.answers
        (_, most), (_, second) = counted.most_common(2)
        # Once one label is two answers ahead, asking again has done what it can.
        if group not in known and most - second < 2:
            total = counted.total()
            found.append(Disagreement(group, most / total, total, most == second))
    return found


def _by_document(answers: Iterable[Answer], multi_label: bool) -> dict[int, list[Answer]]:
    found: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.labels or multi_label:
            found[answer.document_id].append(answer)
    return found
