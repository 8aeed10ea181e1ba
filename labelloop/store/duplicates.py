"""Exact duplicates: documents with the same content hash point to the earliest of them.

``duplicate_of`` always names a root, a document that is no duplicate itself. The side
follows the root, and nobody is asked about a duplicate.
"""

from __future__ import annotations

from collections.abc import Sequence

from labelloop.store.columns import integers, relation, texts
from labelloop.store.text_identity import Side
from labelloop.store.transaction import Transaction


def roots_by_hash(tx: Transaction, hashes: Sequence[str]) -> dict[str, tuple[int, Side]]:
    """For those content hashes that are in the store: the root to point to, and its side."""
    with tx.staged("hashes", relation(content_hash=texts(hashes))):
        rows = tx.rows(
            "SELECT f.content_hash, r.document_id, r.side"
            " FROM (SELECT d.content_hash, min(d.document_id) AS document_id FROM documents AS d"
            "  WHERE d.content_hash IN (SELECT content_hash FROM hashes) GROUP BY d.content_hash) AS f"
            " JOIN documents AS d ON d.document_id = f.document_id"
            " JOIN documents AS r ON r.document_id = coalesce(d.duplicate_of, d.document_id)"
        )
    return {content_hash: (root, side) for content_hash, root, side in rows}


def relink(tx: Transaction, document_ids: Sequence[int]) -> int:
    """Put documents whose text changed, and all that pointed to them, where they belong now.

    What pointed to them as near-duplicate is compared anew.

    Returns:
        How many of ``document_ids`` are exact duplicates now.
    """
    with tx.staged("moved", relation(document_id=integers(document_ids))):
        tx.execute(
            "DELETE FROM near_duplicate_bands WHERE document_id IN (SELECT d.document_id"
            " FROM documents AS d WHERE d.document_id IN (SELECT document_id FROM moved)"
            " OR d.duplicate_of IN (SELECT document_id FROM moved))"
        )
        freed = tx.rows(
            "UPDATE documents SET duplicate_of = NULL, banded = FALSE"
            " WHERE duplicate_of IN (SELECT document_id FROM moved) RETURNING document_id"
        )
    affected = [*document_ids, *(number for (number,) in freed)]
    with tx.staged("moved", relation(document_id=integers(affected))):
        tx.execute(
            "UPDATE documents SET duplicate_of = f.root FROM"
            " (SELECT g.content_hash, g.first, coalesce(d.duplicate_of, d.document_id) AS root"
            "  FROM (SELECT h.content_hash, min(h.document_id) AS first FROM documents AS h"
            "   WHERE h.content_hash IN (SELECT t.content_hash FROM documents AS t"
            "    JOIN moved AS m ON m.document_id = t.document_id) GROUP BY h.content_hash) AS g"
            "  JOIN documents AS d ON d.document_id = g.first) AS f"
            " WHERE documents.content_hash = f.content_hash AND documents.document_id <> f.first"
        )
    settle(tx)
    with tx.staged("moved", relation(document_id=integers(document_ids))):
        return int(
            tx.value(
                "SELECT count(*) FROM documents AS d JOIN moved AS m ON m.document_id = d.document_id"
                " WHERE d.duplicate_of IS NOT NULL"
            )
        )


def settle(tx: Transaction) -> None:
    """After links changed: resolve chains, let sides follow, take duplicates out of the queue."""
    while tx.changed(
        "UPDATE documents SET duplicate_of = p.duplicate_of FROM documents AS p"
        " WHERE documents.duplicate_of = p.document_id AND p.duplicate_of IS NOT NULL"
    ):
        pass
    tx.execute(
        "UPDATE documents SET side = r.side FROM documents AS r"
        " WHERE documents.duplicate_of = r.document_id AND documents.side <> r.side"
    )
    tx.execute(
        "UPDATE checking_queue SET state = 'withdrawn', reason = 'duplicate' WHERE state = 'open'"
        " AND document_id IN (SELECT d.document_id FROM documents AS d WHERE d.duplicate_of IS NOT NULL)"
    )
