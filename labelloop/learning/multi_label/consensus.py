"""From people's sets to one set per document: each label is put to the vote by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from labelloop.learning.consensus import Consensus, Disagreement
from labelloop.records import Answer, ConsensusLabel

Vote = Callable[[str, Mapping[int, Sequence[tuple[str, bool]]]], Mapping[int, bool | None]]
"""Decides one label on all documents: its name, and per document who said whether it has it.
None where it cannot be decided."""


def majority(_label: str, said: Mapping[int, Sequence[tuple[str, bool]]]) -> dict[int, bool | None]:
    """One vote each; None on a tie."""
    decided: dict[int, bool | None] = {}
    for document_id, votes in said.items():
        lead = sum(1 if has else -1 for _, has in votes)
        decided[document_id] = None if lead == 0 else lead > 0
    return decided


def consensus_of_sets(
    answers: Iterable[Answer],
    *,
    labels: Sequence[str],
    content_hash: Mapping[int, str],
    root: Mapping[int, int],
    reserved: Collection[int],
    vote: Vote = majority,
) -> Consensus:
    """Weigh the sets given to each document, label by label.

    A document of which some label cannot be decided has no consensus and is disputed. The
    agreement of a consensus is the mean overlap (Jaccard) of the answers with it.

    Args:
        answers: The verdicts that count, in any order; an empty set says 'none of these'.
        labels: All labels; others that answers give are voted on, too.
        content_hash: Of the present text of each answered document.
        root: Document that a near-duplicate points to; itself, or absent, where it stands alone.
        reserved: Ids of the documents of the audit side.
        vote: Decides one label on all documents; by default the majority.
    """
    given: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        given[answer.document_id].append(answer)
    undecided, sets = _voted(given, labels, vote)
    found, disagreements = [], []
    for document_id, said in sorted(given.items()):
        winner, disputed = tuple(sorted(sets[document_id])), document_id in undecided
        agreement = sum(_overlap(answer.labels, winner) for answer in said) / len(said)
        if len({frozenset(answer.labels) for answer in said}) > 1:
            disagreements.append(Disagreement(document_id, agreement, len(said), disputed))
        if not disputed:
            audit = document_id in reserved or any(answer.lane == "audit" for answer in said)
            found.append(
                ConsensusLabel(
                    document_id, content_hash[document_id], winner,
                    root.get(document_id, document_id), audit, agreement, len(said),
                )
            )  # fmt: skip
    disagreements.sort(key=lambda d: (not d.disputed, d.agreement, d.document_id))
    return Consensus(tuple(found), tuple(disagreements))


def _voted(
    given: Mapping[int, Sequence[Answer]], labels: Sequence[str], vote: Vote
) -> tuple[set[int], dict[int, set[str]]]:
    """Documents with a label that could not be decided, and the labels that each was given."""
    undecided: set[int] = set()
    sets: dict[int, set[str]] = {document_id: set() for document_id in given}
    named = {label for said in given.values() for answer in said for label in answer.labels}
    for label in dict.fromkeys([*labels, *sorted(named)]):
        votes = {
            document_id: [(answer.annotator, label in answer.labels) for answer in said]
            for document_id, said in given.items()
        }
        for document_id, has in vote(label, votes).items():
            if has is None:
                undecided.add(document_id)
            elif has:
                sets[document_id].add(label)
    return undecided, sets


def _overlap(one: Collection[str], other: Collection[str]) -> float:
    """Jaccard; two empty sets are equal."""
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 1.0
