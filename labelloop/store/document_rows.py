"""Rows of documents and their revisions: inserted, revised, refreshed, by the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from labelloop.store import duplicates
from labelloop.store.columns import booleans, integers, relation, texts, times
from labelloop.store.intake import Incoming
from labelloop.store.text_identity import Side
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class Arrived:
    """A batch, told apart by what the store has already.

    Attributes:
        document_id: By external id; the new ones are added when they are inserted.
    """

    new: list[Incoming] = field(default_factory=list)
    changed: list[Incoming] = field(default_factory=list)
    same: list[Incoming] = field(default_factory=list)
    document_id: dict[str, int] = field(default_factory=dict)


def told_apart(tx: Transaction, source: str, incoming: Sequence[Incoming]) -> Arrived:
    with tx.staged("incoming", relation(external_id=texts([one.external_id for one in incoming]))):
        known = tx.rows(
            "SELECT d.external_id, d.document_id, d.content_hash FROM documents AS d"
            " JOIN incoming AS i ON i.external_id = d.external_id WHERE d.source = $source",
            {"source": source},
        )
    present = {external_id: content_hash for external_id, _, content_hash in known}
    result = Arrived(document_id={external_id: number for external_id, number, _ in known})
    for one in incoming:
        if one.external_id not in present:
            result.new.append(one)
        elif present[one.external_id] != one.content_hash:
            result.changed.append(one)
        else:
            result.same.append(one)
    return result


def insert(
    tx: Transaction, source: str, arrived: Arrived, sides: Mapping[str, Side], now: datetime
) -> int:
    """Insert the new documents; how many are exact duplicates."""
    if not arrived.new:
        return 0
    numbers = tx.next_ids("document_ids", len(arrived.new))
    arrived.document_id.update(
        (one.external_id, number) for one, number in zip(arrived.new, numbers, strict=True)
    )
    roots = duplicates.roots_by_hash(tx, [one.content_hash for one in arrived.new])
    duplicate_of: list[int | None] = []
    side: list[Side] = []
    for one, number in zip(arrived.new, numbers, strict=True):
        root = roots.setdefault(one.content_hash, (number, sides[one.external_id]))
        duplicate_of.append(None if root[0] == number else root[0])
        side.append(root[1])
    rows = _columns(arrived.new, numbers, now)
    tx.insert("revisions", _revisions(rows, arrived.new, [1] * len(numbers)))
    tx.insert("documents", _documents(rows, source, duplicate_of, side))
    return sum(root is not None for root in duplicate_of)


def revise(tx: Transaction, arrived: Arrived, now: datetime) -> int:
    """Give the changed documents their new text; how many are exact duplicates now."""
    if not arrived.changed:
        return 0
    numbers = [arrived.document_id[one.external_id] for one in arrived.changed]
    rows = _columns(arrived.changed, numbers, now)
    with tx.staged("revised", rows):
        last: dict[int, int] = dict(
            tx.rows(
                "SELECT r.document_id, max(r.revision) FROM revisions AS r"
                " JOIN revised AS c ON c.document_id = r.document_id GROUP BY r.document_id"
            )
        )
        tx.execute(
            "UPDATE documents SET content_hash = c.content_hash, fetched_at = c.fetched_at,"
            " language = c.language, duplicate_of = NULL, banded = FALSE"
            " FROM revised AS c WHERE documents.document_id = c.document_id"
        )
        tx.execute(
            "UPDATE checking_queue SET state = 'withdrawn', reason = 'text changed', leased_by = NULL"
            " WHERE state IN ('open', 'leased')"
            " AND document_id IN (SELECT document_id FROM revised)"
        )
        tx.execute("DELETE FROM predictions WHERE document_id IN (SELECT document_id FROM revised)")
    revisions = _revisions(rows, arrived.changed, [last[number] + 1 for number in numbers])
    tx.insert("revisions", revisions, on_conflict="ignore")  # a text may come back to what it was
    return duplicates.relink(tx, numbers)


def refresh(tx: Transaction, arrived: Arrived) -> None:
    """Title, address and metadata may change while the text stays."""
    kept = [*arrived.changed, *arrived.same]
    if not kept:
        return
    numbers = [arrived.document_id[one.external_id] for one in kept]
    with tx.staged("refreshed", _columns(kept, numbers, None)):
        tx.execute(
            "UPDATE documents SET title = c.title, url = c.url, published_at = c.published_at,"
            " metadata = c.metadata FROM refreshed AS c WHERE documents.document_id = c.document_id"
            " AND (documents.title IS DISTINCT FROM c.title OR documents.url IS DISTINCT FROM c.url"
            " OR documents.published_at IS DISTINCT FROM c.published_at"
            " OR documents.metadata <> c.metadata)"
        )


def _columns(incoming: Sequence[Incoming], numbers: Sequence[int], now: datetime | None) -> pa.Table:
    return relation(
        document_id=integers(numbers),
        external_id=texts([one.external_id for one in incoming]),
        content_hash=texts([one.content_hash for one in incoming]),
        title=texts([one.title for one in incoming]),
        url=texts([one.url for one in incoming]),
        language=texts([one.language for one in incoming]),
        published_at=times([one.published_at for one in incoming]),
        fetched_at=times([now] * len(incoming)),
        metadata=texts([one.metadata for one in incoming]),
    )


def _documents(
    rows: pa.Table, source: str, duplicate_of: Sequence[int | None], side: Sequence[Side]
) -> pa.Table:
    return (
        rows.append_column("source", texts([source] * len(rows)))
        .append_column("duplicate_of", integers(duplicate_of))
        .append_column("side", texts(side))
        .append_column("banded", booleans([False] * len(rows)))
    )


def _revisions(rows: pa.Table, incoming: Sequence[Incoming], revision: Sequence[int]) -> pa.Table:
    return (
        rows.select(["document_id", "content_hash", "fetched_at"])
        .append_column("revision", integers(revision))
        .append_column("text", texts([one.text for one in incoming]))
        .append_column("source_revision", texts([one.source_revision for one in incoming]))
    )
