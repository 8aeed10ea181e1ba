"""Why an item is asked, and what is labelled near it; of blind ones nothing is told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from labelloop.errors import UnknownName
from labelloop.label_sets import readable
from labelloop.store.transaction import Transaction
from labelloop.store.verdicts import written_labels

_WHY = """
    SELECT q.document_id, q.content_hash, q.lane, q.propensity, q.score, q.model_id, q.turn, q.rank,
           p.margin, q.lane = 'audit' OR (q.suggestion IS NOT NULL AND NOT q.suggestion_shown)
    FROM checking_queue AS q LEFT JOIN predictions AS p ON p.document_id = q.document_id
    WHERE q.item_id = $item
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Why an item is asked; ``blind`` items are explained to nobody."""

    document_id: int
    content_hash: str
    lane: str
    propensity: float
    score: float | None
    model_id: str | None
    turn: int
    rank: int
    margin: float | None
    blind: bool


def why(tx: Transaction, item_id: int) -> Asked:
    """Why an item is asked.

    Raises:
        UnknownName: There is no such item.
    """
    row = tx.row(_WHY, {"item": item_id})
    if row is None:
        raise UnknownName(f"there is no item {item_id} in the checking queue")
    return Asked(*row)


def explained_to_nobody(tx: Transaction, items: Collection[int]) -> set[int]:
    """Those of these items that are asked blind or for the audit."""
    found = tx.rows(
        "SELECT item_id FROM checking_queue WHERE item_id = ANY($items)"
        " AND (lane = 'audit' OR (suggestion IS NOT NULL AND NOT suggestion_shown))",
        {"items": list(items)},
    )
    return {item for (item,) in found}


def labelled(tx: Transaction, limit: int) -> Sequence[tuple[int, str, str | None, str]]:
    """The newest answered documents: id, label, title, first words of the text."""
    rows = tx.rows(
        "SELECT c.document_id, max(c.labels), max(d.title), max(substr(r.text, 1, 160))"
        " FROM counting_answers AS c"
        " JOIN documents AS d ON d.document_id = c.document_id"
        " JOIN revisions AS r ON r.document_id = c.document_id AND r.content_hash = c.content_hash"
        " WHERE d.side <> 'audit' GROUP BY c.document_id HAVING count(DISTINCT c.labels) = 1"
        " ORDER BY max(c.sequence) DESC LIMIT $limit",
        {"limit": limit},
    )
    return [(number, readable(written_labels(said)), title, text) for number, said, title, text in rows]
