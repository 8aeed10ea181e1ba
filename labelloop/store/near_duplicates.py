"""Near-duplicates, the store's half: bands kept, candidates found by a join, links written.

The MinHash itself and the decision whether two texts are alike are the learning's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelloop.store import duplicates
from labelloop.store.columns import integers, relation
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CANDIDATES = """
    SELECT DISTINCT e.document_id, l.document_id
    FROM near_duplicate_bands AS l
    JOIN (
      SELECT b.band, b.document_id,
             row_number() OVER (PARTITION BY b.band ORDER BY b.document_id) AS place
      FROM near_duplicate_bands AS b
      JOIN documents AS d ON d.document_id = b.document_id AND d.duplicate_of IS NULL
      WHERE b.band IN (SELECT n.band FROM near_duplicate_bands AS n
                       JOIN asked AS a ON a.document_id = n.document_id)
    ) AS e ON e.band = l.band AND e.place <= $per_band AND e.document_id < l.document_id
    JOIN documents AS d ON d.document_id = l.document_id AND d.duplicate_of IS NULL
    WHERE l.document_id IN (SELECT document_id FROM asked)
       OR e.document_id IN (SELECT document_id FROM asked)
    ORDER BY 2, 1
"""


def without_bands(tx: Transaction, limit: int = 5000) -> tuple[list[int], list[str]]:
    """Documents (no duplicates) whose present text has no bands yet: ids and texts, oldest first."""
    rows = tx.rows(
        "SELECT d.document_id, r.text FROM"
        " (SELECT document_id, content_hash FROM documents"
        "  WHERE NOT banded AND duplicate_of IS NULL ORDER BY document_id LIMIT $limit) AS d"
        " JOIN revisions AS r ON r.document_id = d.document_id AND r.content_hash = d.content_hash"
        " ORDER BY d.document_id",
        {"limit": limit},
    )
    return [number for number, _ in rows], [text for _, text in rows]


def save_bands(tx: Transaction, document_ids: Sequence[int], bands: NDArray[np.integer]) -> None:
    """Keep the band hashes of some documents, replacing what there was.

    Args:
        bands: (n, b) one hash of up to 64 bits per document and band; column = band.
    """
    import numpy as np

    numbers = np.asarray(document_ids, np.int64)
    keys = _with_band_number(bands)
    with tx.staged("asked", relation(document_id=integers(numbers))):
        tx.execute(
            "DELETE FROM near_duplicate_bands WHERE document_id IN (SELECT document_id FROM asked)"
        )
        tx.execute(
            "UPDATE documents SET banded = TRUE WHERE document_id IN (SELECT document_id FROM asked)"
        )
    tx.insert(
        "near_duplicate_bands",
        relation(
            document_id=integers(np.repeat(numbers, keys.shape[1])), band=integers(keys.reshape(-1))
        ),
    )


def candidates(tx: Transaction, document_ids: Sequence[int], per_band: int = 5) -> NDArray[np.int64]:
    """(m, 2) pairs to compare: ``[earlier, later]``, at least one of them in ``document_ids``.

    A document meets the ``per_band`` earliest of each band it shares, not everyone: ten
    thousand near-copies give fifty thousand pairs instead of fifty million. Duplicates
    that are known already are left out.
    """
    import numpy as np

    with tx.staged("asked", relation(document_id=integers(document_ids))):
        rows = tx.rows(_CANDIDATES, {"per_band": per_band})
    return np.array(rows, np.int64).reshape(-1, 2)


def link(tx: Transaction, pairs: NDArray[np.int64]) -> int:
    """Declare pairs near-duplicates; each group points to its earliest document.

    Sides follow the root, and open items on what is now a duplicate are withdrawn.

    Returns:
        How many documents became duplicates.
    """
    if not len(pairs):
        return 0
    tx.serialise("documents")
    roots = _roots(tx, sorted({int(number) for number in pairs.reshape(-1)}))
    for earlier, later in pairs.tolist():
        a, b = _find(roots, earlier), _find(roots, later)
        roots[max(a, b)] = min(a, b)
    linked = sorted(number for number in roots if _find(roots, number) != number)
    target = integers([_find(roots, number) for number in linked])
    with tx.staged("links", relation(document_id=integers(linked), root=target)):
        fresh = tx.value(
            "SELECT count(*) FROM documents AS d JOIN links AS l ON l.document_id = d.document_id"
            " WHERE d.duplicate_of IS NULL"
        )
        tx.execute(
            "UPDATE documents SET duplicate_of = l.root FROM links AS l"
            " WHERE documents.document_id = l.document_id"
        )
    duplicates.settle(tx)
    return int(fresh)


def _roots(tx: Transaction, numbers: Sequence[int]) -> dict[int, int]:
    """Each document and its root so far; the roots themselves too."""
    with tx.staged("asked", relation(document_id=integers(numbers))):
        rows = tx.rows(
            "SELECT d.document_id, coalesce(d.duplicate_of, d.document_id) FROM documents AS d"
            " JOIN asked AS a ON a.document_id = d.document_id"
        )
    return {root: root for _, root in rows} | dict(rows)


def _find(roots: dict[int, int], number: int) -> int:
    while roots[number] != number:
        roots[number] = roots[roots[number]]
        number = roots[number]
    return number


def _with_band_number(bands: NDArray[np.integer]) -> NDArray[np.int64]:
    """Mix the column's number in, so that equal hashes of different bands do not meet."""
    import numpy as np

    step = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: differs in all bits between columns
    salt = np.arange(1, bands.shape[1] + 1, dtype=np.uint64) * step
    return (bands.astype(np.uint64) ^ salt).view(np.int64)
