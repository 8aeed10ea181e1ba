"""What people said beside what the model had said, of the lanes that the model had a hand in."""

from __future__ import annotations

import json

from labelloop.records import Lane
from labelloop.store.transaction import Transaction

_OUTCOMES = (
    "SELECT q.lane, q.suggestion, a.labels FROM counting_answers AS a"
    " JOIN checking_queue AS q ON q.item_id = a.item_id"
    " WHERE q.lane IN ('explore', 'uncertain') AND q.suggestion IS NOT NULL"
    " AND q.turn > (SELECT COALESCE(MAX(turn), 0) FROM checking_queue) - $turns"
)


def outcomes(tx: Transaction, turns: int) -> list[tuple[Lane, str, tuple[str, ...]]]:
    """Lane, suggestion (shown or not) and the person's labels, of the last ``turns`` turns."""
    rows = tx.rows(_OUTCOMES, {"turns": turns})
    return [(lane, suggestion, tuple(json.loads(labels))) for lane, suggestion, labels in rows]
