"""Asking about a document again: by somebody's own wish, or sent back to the others."""

from __future__ import annotations

from datetime import datetime

from labelloop.errors import LeaseLost, QueueError
from labelloop.records import Item, Pick
from labelloop.store import item_states, queue
from labelloop.store.transaction import Transaction

_WAITS = """
    SELECT item_id FROM checking_queue
    WHERE document_id = $document AND state IN ('open', 'leased') ORDER BY item_id LIMIT 1
"""


def ask_again(tx: Transaction, document_id: int, *, verdicts_wanted: int = 1, now: datetime) -> int:
    """Queue a document again in the lane ``relabel``, or find it waiting; the item's number.

    Raises:
        QueueError: It cannot be asked: a duplicate, flagged, or unknown.
    """
    waiting = tx.row(_WAITS, {"document": document_id})
    if waiting is None:
        turn = tx.value("SELECT coalesce(max(turn), 1) FROM turns")
        picks = [Pick(document_id, "relabel", 1.0, show_suggestion=False)]
        queue.add(tx, turn=turn, picks=picks, verdicts_wanted=verdicts_wanted, now=now)
        waiting = tx.row(_WAITS, {"document": document_id})
    if waiting is None:
        raise QueueError(
            f"document {document_id} cannot be asked again", remedy="It is flagged, or a duplicate"
        )
    return int(waiting[0])


def ask_me(tx: Transaction, document_id: int, annotator: str, *, until: datetime, now: datetime) -> Item:
    """Lease a document's question to this person, making it where it is missing.

    Raises:
        QueueError: It cannot be asked.
        LeaseLost: Somebody else is answering it now.
    """
    item_id = ask_again(tx, document_id, now=now)
    item_states.reopen(tx, item_id, annotator, until=until, now=now)
    mine = tx.row(
        "SELECT 1 FROM checking_queue WHERE item_id = $item AND state = 'leased' AND leased_by = $who",
        {"item": item_id, "who": annotator},
    )
    if mine is None:
        raise LeaseLost(
            f"somebody else is answering document {document_id} now", remedy="Try again in a while"
        )
    return queue.get(tx, item_id)
