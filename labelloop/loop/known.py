"""What is known so far: the consensus of the answers, and its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.learning.consensus import Consensus, Rule, Weighing, consensus
from labelloop.loop.sets import matrix
from labelloop.loop.workspace import Workspace
from labelloop.records import Answer, ConsensusLabel
from labelloop.store import documents, embeddings, labelling, verdicts
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.arrays import Floats, Ints


@dataclass(frozen=True)
class Examples:
    """Labelled documents as arrays, aligned.

    Attributes:
        document_ids: (n,).
        vectors: (n, d) float16.
        y: (n,) index of each one's label; (n, k) 1 for each label it has where it may have several.
        groups: (n,) number of the group of near-duplicates each belongs to.
        sureness: (n,) agreement of the answers on each one's label.
    """

    document_ids: Ints
    vectors: Floats
    y: Ints
    groups: Ints
    sureness: Floats

    @property
    def weights(self) -> Floats | None:
        """What each label weighs in training; None where nobody ever differed."""
        return None if (self.sureness == 1).all() else self.sureness


@dataclass(frozen=True)
class Gathered:
    """All answers that count now and what their weighing needs, as one look into the store gave it.

    Weighing people takes seconds the first time: do it when the store is free again.
    """

    answers: tuple[Answer, ...]
    content_hash: dict[int, str]
    root: dict[int, int]
    reserved: frozenset[int]
    multi_label: bool

    @property
    def drawn_for_audit(self) -> frozenset[int]:
        """Documents that the audit lane asked about."""
        return frozenset(one.document_id for one in self.answers if one.lane == "audit")

    def consensus(self, rule: Rule) -> Consensus:
        """What the answers come to.

        Args:
            rule: The project's setting ``annotators.consensus``.
        """
        return consensus(
            self.answers,
            content_hash=self.content_hash,
            root=self.root,
            reserved=self.reserved,
            weighing=Weighing(rule, self.multi_label),
        )


def gather(tx: Transaction) -> Gathered:
    """All answers that count now."""
    answers = verdicts.answers(tx)
    ids = sorted({answer.document_id for answer in answers})
    about = documents.groups(tx, ids)
    return Gathered(
        answers=tuple(answers),
        content_hash=dict(zip(ids, about.content_hash, strict=True)),
        root=dict(zip(ids, about.root.tolist(), strict=True)),
        reserved=frozenset(
            number for number, audit in zip(ids, about.audit.tolist(), strict=True) if audit
        ),
        multi_label=labelling.is_multi_label(tx),
    )


def weigh_ahead(workspace: Workspace) -> None:
    """Weigh the people while nobody waits for the store: what follows finds it done."""
    with workspace.store.transaction("gather the answers") as tx:
        found = gather(tx)
    found.consensus(workspace.project.settings.annotators.consensus)


def present_consensus(tx: Transaction, rule: Rule) -> Consensus:
    """The consensus of all answers that count now, weighed while the store is held."""
    return gather(tx).consensus(rule)


def examples(
    tx: Transaction, encoder_id: str, found: Sequence[ConsensusLabel], labels: Sequence[str]
) -> Examples:
    """Consensus labels with the vectors of their documents; those without a vector are left out."""
    import numpy as np

    several = labelling.is_multi_label(tx)
    by_id = {
        label.document_id: label
        for label in found
        if set(labels).issuperset(label.labels) and (several or len(label.labels) == 1)
    }
    ids, vectors = embeddings.load(tx, encoder_id, sorted(by_id))
    index = {name: number for number, name in enumerate(labels)}
    chosen = [by_id[number] for number in ids.tolist()]
    return Examples(
        document_ids=ids,
        vectors=vectors,
        y=matrix([label.labels for label in chosen], labels).astype(np.int64)
        if several
        else np.asarray([index[label.labels[0]] for label in chosen], dtype=np.int64),
        groups=np.asarray([label.group for label in chosen], dtype=np.int64),
        sureness=np.asarray([label.agreement for label in chosen], dtype=np.float64),
    )
