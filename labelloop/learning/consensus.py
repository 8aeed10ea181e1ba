"""From people's answers to labels: the majority, what is disputed, what must never be trained on."""

from __future__ import annotations

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
        labels: One per document with a majority, by document id. Those with ``audit`` true
            are never trained on.
        disagreements: Documents to ask again, the most disputed first.
        training: The labels that may be trained on: no audit label, and no member of a
            group that has one.
    """

    labels: tuple[ConsensusLabel, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def training(self) -> tuple[ConsensusLabel, ...]:
        """The labels that may be trained on."""
        return tuple(label for label in self.labels if not label.audit)

    @property
    def audit(self) -> tuple[ConsensusLabel, ...]:
        """The labels of the audit: the honest yardstick."""
        return tuple(label for label in self.labels if label.audit)


def consensus(
    answers: Iterable[Answer],
    *,
    content_hash: Mapping[int, str],
    root: Mapping[int, int],
    reserved: Collection[int],
) -> Consensus:
    """Weigh the answers on each document.

    Args:
        answers: The verdicts that count, in any order.
        content_hash: Of the present text of each answered document.
        root: Document that a near-duplicate points to; itself, or absent, where it stands alone.
        reserved: Ids of the documents of the audit side.
    """
    raise NotImplementedError
