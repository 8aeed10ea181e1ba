"""Documents: taken in by the batch, told apart by content, revised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from labelloop.errors import UnknownName
from labelloop.records import Batch, BatchCounts, Rejected
from labelloop.store import document_rows, imported_labels, quarantine, sources
from labelloop.store.columns import integers, relation
from labelloop.store.intake import Prepared, prepare
from labelloop.store.text_identity import side_of
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Groups:
    """Which document each document stands for, and whether it is reserved for the audit.

    Attributes:
        root: (n,) the document a duplicate points to, itself where it is none.
        audit: (n,) True where the document is on the audit side.
        content_hash: n hashes of the present texts.
    """

    root: NDArray[np.int64]
    audit: NDArray[np.bool_]
    content_hash: tuple[str, ...]


def save_batch(
    tx: Transaction,
    *,
    source: str,
    connector: str,
    batch: Batch,
    languages: Sequence[str | None] | None = None,
    ready: Prepared | None = None,
    audit_share: float,
    seed: int,
    known_labels: Collection[str],
    now: datetime,
    to_be_continued: bool = False,
) -> BatchCounts:
    """Take in a connector's batch and its cursor, all or nothing.

    Args:
        to_be_continued: More of this batch follows: its cursor is saved with the last part, so
            that a run that dies between them reads it again.
        languages: Detected languages, aligned to ``batch.documents``; what the source says wins.
        ready: What ``intake.prepare`` made of those of the batch's documents that are wanted, where it
            was called before the transaction.
        audit_share: Share of new documents reserved for the audit lane.
        known_labels: Labels that may come with a document; others go to quarantine
            (counted as rejected) while the document stays.

    Returns:
        How many documents were new, changed, unchanged; how many rows or labels were
        rejected; how many labels were taken over; how many of the new and changed are
        exact duplicates of an earlier document.
    """
    tx.serialise("documents")
    incoming, unusable = ready or prepare(batch.documents, languages)
    arrived = document_rows.told_apart(tx, source, incoming)
    sides = {one.external_id: side_of(seed, source, one.external_id, audit_share) for one in arrived.new}
    doubles = document_rows.insert(tx, source, arrived, sides, now) + document_rows.revise(
        tx, arrived, now
    )
    document_rows.refresh(tx, arrived)
    labelled, unknown = imported_labels.save(
        tx, [*arrived.new, *arrived.changed, *arrived.same], arrived.document_id, known_labels, now
    )
    rejected: list[Rejected] = [*batch.rejected, *unusable, *unknown]
    quarantine.add(tx, source, rejected, now)
    if not to_be_continued:
        sources.save_cursor(tx, source, connector, batch.cursor)
    return BatchCounts(
        new=len(arrived.new),
        changed=len(arrived.changed),
        unchanged=len(arrived.same) + batch.unchanged,
        rejected=len(rejected),
        labelled=labelled,
        exact_duplicates=doubles,
    )


def texts(tx: Transaction, document_ids: Sequence[int]) -> dict[int, str]:
    """The present texts of some documents."""
    with tx.staged("wanted", relation(document_id=integers(document_ids))):
        return dict(
            tx.rows(
                "SELECT d.document_id, r.text FROM documents AS d"
                " JOIN wanted AS w ON w.document_id = d.document_id"
                " JOIN revisions AS r"
                " ON r.document_id = d.document_id AND r.content_hash = d.content_hash"
            )
        )


def groups(tx: Transaction, document_ids: Sequence[int]) -> Groups:
    """Roots, sides and present content hashes, aligned to ``document_ids``.

    Raises:
        UnknownName: There is no such document.
    """
    import numpy as np

    with tx.staged("wanted", relation(document_id=integers(document_ids))):
        rows = tx.rows(
            "SELECT d.document_id, coalesce(d.duplicate_of, d.document_id), d.side, d.content_hash"
            " FROM documents AS d JOIN wanted AS w ON w.document_id = d.document_id"
        )
    found = {number: (root, side == "audit", text_hash) for number, root, side, text_hash in rows}
    for number in document_ids:
        if number not in found:
            raise UnknownName(f"there is no document {number}")
    ordered = [found[number] for number in document_ids]
    return Groups(
        root=np.array([root for root, _, _ in ordered], np.int64),
        audit=np.array([audit for _, audit, _ in ordered], np.bool_),
        content_hash=tuple(text_hash for _, _, text_hash in ordered),
    )
