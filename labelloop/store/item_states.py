"""What an answer, or its undo, does to its queue item."""

from __future__ import annotations

from datetime import datetime

from labelloop.records import Verdict
from labelloop.store import annotators
from labelloop.store.transaction import Transaction

_PEOPLE = """
    SELECT (SELECT count(DISTINCT v.annotator) FROM standing_verdicts AS v
            WHERE v.item_id = $item AND v.action IN ('accept', 'correct', 'label')), q.verdicts_wanted
    FROM checking_queue AS q WHERE q.item_id = $item
"""
# People who were here lately and have neither answered nor skipped the item.
_OTHERS = """
    SELECT count(*) FROM annotators AS a
    WHERE a.name NOT IN ($who, $import) AND a.last_seen >= $absent
      AND NOT EXISTS (SELECT 1 FROM standing_verdicts AS v
                      WHERE v.item_id = $item AND v.annotator = a.name)
"""
_CLOSE = """
    UPDATE checking_queue SET state = $state, reason = $reason, leased_by = NULL, lease_until = NULL
    WHERE item_id = $item
"""
# Another live lease stays as it is.
_OPEN = """
    UPDATE checking_queue SET state = 'open', leased_by = NULL, lease_until = NULL
    WHERE item_id = $item AND state <> 'withdrawn'
      AND NOT (state = 'leased' AND leased_by <> $who AND lease_until >= $now)
"""
_REOPEN = """
    UPDATE checking_queue SET state = 'leased', reason = NULL, leased_by = $who, lease_until = $until
    WHERE item_id = $item
      AND NOT (state = 'leased' AND leased_by <> $who AND lease_until >= $now)
      AND content_hash = (SELECT d.content_hash FROM documents AS d
                          WHERE d.document_id = checking_queue.document_id AND d.duplicate_of IS NULL)
      AND NOT EXISTS (SELECT 1 FROM checking_queue AS o
                      WHERE o.document_id = checking_queue.document_id AND o.item_id <> $item
                        AND o.state IN ('open', 'leased'))
"""


def after_answer(tx: Transaction, verdict: Verdict) -> None:
    """Close the item, or give it to the next person."""
    item = {"item": verdict.item_id}
    people, wanted = tx.rows(_PEOPLE, item)[0]
    if verdict.action == "flag":
        tx.execute(_CLOSE, item | {"state": "withdrawn", "reason": "flagged"})
    elif people >= wanted:
        tx.execute(_CLOSE, item | {"state": "done", "reason": None})
    elif verdict.action == "skip" and not _somebody_left(tx, verdict):
        closed = (
            {"state": "done", "reason": None} if people else {"state": "withdrawn", "reason": "skipped"}
        )
        tx.execute(_CLOSE, item | closed)
    else:
        tx.execute(_OPEN, item | {"who": verdict.annotator, "now": verdict.given_at})


def finish_answered(tx: Transaction) -> None:
    """Close all items that have their answers; after a bulk import."""
    tx.execute(
        "UPDATE checking_queue SET state = 'done', reason = NULL, leased_by = NULL, lease_until = NULL"
        " FROM (SELECT v.item_id, count(DISTINCT v.annotator) AS people FROM standing_verdicts AS v"
        "  WHERE v.action IN ('accept', 'correct', 'label') GROUP BY v.item_id) AS a"
        " WHERE a.item_id = checking_queue.item_id AND a.people >= checking_queue.verdicts_wanted"
        " AND checking_queue.state IN ('open', 'leased')"
    )


def reopen(tx: Transaction, item_id: int, annotator: str, *, until: datetime, now: datetime) -> None:
    """Lease an item to this person again, if it can still be asked and nobody else has it."""
    tx.execute(_REOPEN, {"item": item_id, "who": annotator, "until": until, "now": now})


def _somebody_left(tx: Transaction, verdict: Verdict) -> bool:
    others = tx.value(
        _OTHERS,
        {
            "item": verdict.item_id,
            "who": verdict.annotator,
            "import": annotators.IMPORT,
            "absent": verdict.given_at - annotators.ABSENT_AFTER,
        },
    )
    return bool(others)
