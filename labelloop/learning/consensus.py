"""From people's answers to labels: the majority, what is disputed, what must never be trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from labelloop.records import Answer, ConsensusLabel


@dataclass(frozen=True)
class Disagreement:
    """A document whose answers differ.

    Attributes:
        agreement: Share of the most frequent answer (0 to 1).
        answers: How many answers there are.
        disputed: True on a tie: the document has no label.
    """

    document_id: int
    agreement: float
    answers: int
    disputed: bool


@dataclass(frozen=True)
class Consensus:
    """What all answers come to.

    Attributes:
        labels: One per document with a majority, by document id. ``audit`` is true for the
            audit's own documents alone.
        disagreements: Documents to ask again, the most disputed first.
    """

    labels: tuple[ConsensusLabel, ...]
    disagreements: tuple[Disagreement, ...]

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
    would measure what was learnt by heart.
    """
    given = tuple(labels)
    kept_out = {label.group for label in given if label.audit}
    return tuple(label for label in given if label.group not in kept_out)


def consensus(
    answers: Iterable[Answer],
    *,
    content_hash: Mapping[int, str],
    root: Mapping[int, int],
    reserved: Collection[int],
) -> Consensus:
    """Weigh the answers on each document, one vote each.

    Answers without a label (skipped, flagged) do not count. A document on which the most
    frequent answers tie has no label.

    Args:
        answers: The verdicts that count, in any order.
        content_hash: Of the present text of each answered document.
        root: Document that a near-duplicate points to; itself, or absent, where it stands alone.
        reserved: Ids of the documents of the audit side.
    """
    labels, disagreements = [], []
    for document_id, given in sorted(_by_document(answers).items()):
        votes = Counter(tuple(sorted(answer.labels)) for answer in given)
        winner, count = min(votes.items(), key=lambda vote: (-vote[1], vote[0]))
        tie = list(votes.values()).count(count) > 1
        agreement = count / len(given)
        if len(votes) > 1:
            disagreements.append(Disagreement(document_id, agreement, len(given), tie))
        if not tie:
            audit = document_id in reserved or any(answer.lane == "audit" for answer in given)
            group = root.get(document_id, document_id)
            labels.append(
                ConsensusLabel(
                    document_id, content_hash[document_id], winner, group, audit, agreement, len(given)
                )
            )
    disagreements.sort(key=lambda d: (not d.disputed, d.agreement, d.document_id))
    return Consensus(tuple(labels), tuple(disagreements))


def _by_document(answers: Iterable[Answer]) -> dict[int, list[Answer]]:
    found: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.labels:
            found[answer.document_id].append(answer)
    return found
