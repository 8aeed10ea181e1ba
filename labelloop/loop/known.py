"""What is known so far: the consensus of the answers, and its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.learning.consensus import Consensus, consensus
from labelloop.records import ConsensusLabel
from labelloop.store import documents, embeddings, verdicts
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.arrays import Floats, Ints


@dataclass(frozen=True)
class Examples:
    """Labelled documents as arrays, aligned.

    Attributes:
        document_ids: (n,).
        vectors: (n, d) float16.
        y: (n,) index of each one's label.
        groups: (n,) number of the group of near-duplicates each belongs to.
    """

    document_ids: Ints
    vectors: Floats
    y: Ints
    groups: Ints


def present_consensus(tx: Transaction) -> Consensus:
    """The consensus of all answers that count now."""
    answers = verdicts.answers(tx)
    ids = sorted({answer.document_id for answer in answers})
    about = documents.groups(tx, ids)
    return consensus(
        answers,
        content_hash=dict(zip(ids, about.content_hash, strict=True)),
        root=dict(zip(ids, about.root.tolist(), strict=True)),
        reserved={number for number, audit in zip(ids, about.audit.tolist(), strict=True) if audit},
    )


def examples(
    tx: Transaction, encoder_id: str, found: Sequence[ConsensusLabel], labels: Sequence[str]
) -> Examples:
    """Consensus labels with the vectors of their documents; those without a vector are left out."""
    import numpy as np

    by_id = {label.document_id: label for label in found if label.labels[0] in labels}
    ids, vectors = embeddings.load(tx, encoder_id, sorted(by_id))
    index = {name: number for number, name in enumerate(labels)}
    chosen = [by_id[number] for number in ids.tolist()]
    return Examples(
        document_ids=ids,
        vectors=vectors,
        y=np.asarray([index[label.labels[0]] for label in chosen], dtype=np.int64),
        groups=np.asarray([label.group for label in chosen], dtype=np.int64),
    )
