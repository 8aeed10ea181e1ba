"""Vectors by content hash and encoder: every text is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelloop.store.columns import blobs, from_blobs, integers, relation, texts
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# One row per text, however many documents have it.
_MISSING = """
    SELECT d.content_hash, min(d.document_id) AS document_id FROM documents AS d
    WHERE (d.duplicate_of IS NULL OR d.document_id IN (SELECT document_id FROM counting_answers))
      AND NOT EXISTS (SELECT 1 FROM embeddings AS e
                      WHERE e.encoder_id = $encoder AND e.content_hash = d.content_hash)
    GROUP BY d.content_hash
"""


def missing(tx: Transaction, encoder_id: str, limit: int = 4096) -> tuple[list[str], list[str]]:
    """Content hashes and texts that have no vector of this encoder yet, shortest text first.

    Of present texts only, of documents that are no duplicates or that somebody answered.
    """
    rows = tx.rows(
        f"SELECT r.content_hash, r.text FROM ({_MISSING}) AS m"  # noqa: S608  (a constant)
        " JOIN revisions AS r ON r.document_id = m.document_id AND r.content_hash = m.content_hash"
        " ORDER BY length(r.text), r.content_hash LIMIT $limit",
        {"encoder": encoder_id, "limit": limit},
    )
    return [content_hash for content_hash, _ in rows], [text for _, text in rows]


def missing_documents(tx: Transaction, encoder_id: str) -> list[int]:
    """A document of each text that ``missing`` would give, in the same order, without the texts."""
    rows = tx.rows(
        f"SELECT m.document_id FROM ({_MISSING}) AS m"  # noqa: S608  (a constant)
        " JOIN revisions AS r ON r.document_id = m.document_id AND r.content_hash = m.content_hash"
        " ORDER BY length(r.text), r.content_hash",
        {"encoder": encoder_id},
    )
    return [int(number) for (number,) in rows]


def missing_count(tx: Transaction, encoder_id: str) -> int:
    """How many texts ``missing`` would give without a limit."""
    counted = f"SELECT count(*) FROM ({_MISSING}) AS m"  # noqa: S608  (a constant)
    return int(tx.value(counted, {"encoder": encoder_id}))


def save(tx: Transaction, encoder_id: str, hashes: Sequence[str], vectors: NDArray[np.floating]) -> int:
    """Keep (n, d) vectors as float16; those already there stay. Returns how many went in.

    Float16 halves the room; on unit vectors its error is 6e-5.
    """
    import numpy as np

    tx.serialise("embeddings")
    place = {content_hash: row for row, content_hash in enumerate(hashes)}
    for content_hash in _present(tx, encoder_id, list(place)):
        del place[content_hash]
    if not place:
        return 0
    return tx.insert(
        "embeddings",
        relation(
            sequence=integers(tx.next_ids("embedding_sequence", len(place))),
            content_hash=texts(list(place)),
            encoder_id=texts([encoder_id] * len(place)),
            vector=blobs(np.asarray(vectors)[list(place.values())].astype("<f2")),
        ),
    )


def forget(tx: Transaction, encoder_id: str) -> int:
    """Delete all vectors of an encoder; how many there were."""
    wanted = {"encoder": encoder_id}
    count = int(tx.value("SELECT count(*) FROM embeddings WHERE encoder_id = $encoder", wanted))
    tx.execute("DELETE FROM embeddings WHERE encoder_id = $encoder", wanted)
    return count


def load(
    tx: Transaction, encoder_id: str, document_ids: Sequence[int] | NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Vectors of the present texts of some documents: ids (m,) that have one, vectors (m, d).

    By ascending id. For a few thousand documents; ``vector_cache.pool_vectors`` is for all.
    """
    with tx.staged("wanted", relation(document_id=integers(document_ids))):
        table = tx.arrow(
            "SELECT d.document_id, e.vector FROM documents AS d"
            " JOIN embeddings AS e ON e.content_hash = d.content_hash AND e.encoder_id = $encoder"
            " WHERE d.document_id IN (SELECT document_id FROM wanted) ORDER BY d.document_id",
            {"encoder": encoder_id},
        )
    numbers: NDArray[np.int64] = table["document_id"].to_numpy()
    return numbers, from_blobs(table["vector"], "<f2")  # type: ignore[return-value]


def _present(tx: Transaction, encoder_id: str, hashes: Sequence[str]) -> list[str]:
    with tx.staged("encoded", relation(content_hash=texts(hashes))):
        rows = tx.rows(
            "SELECT e.content_hash FROM embeddings AS e"
            " JOIN encoded AS n ON n.content_hash = e.content_hash WHERE e.encoder_id = $encoder",
            {"encoder": encoder_id},
        )
    return [content_hash for (content_hash,) in rows]
