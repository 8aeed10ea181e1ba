"""People's answers on their way in: stored once, never changed; undo is a further row."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from labelloop.errors import BadInput, LeaseLost, StaleText, UnknownName
from labelloop.records import Item, Verdict
from labelloop.store import annotators, item_states, label_schema, labelling, queue
from labelloop.store.actions import action_of, check_action
from labelloop.store.leases import LEASE_SECONDS
from labelloop.store.transaction import Transaction
from labelloop.store.verdict_import import GivenLabel, import_labels

__all__ = ["GivenLabel", "action_of", "answer", "import_labels", "is_known", "undo"]

# Each key as a constant: a join would read the documents to find one.
_SEEN = """
    SELECT q.document_id, q.content_hash,
           q.content_hash = (SELECT d.content_hash FROM documents AS d WHERE d.document_id = $document),
           q.state, q.leased_by, q.lease_until, q.suggestion, q.suggestion_shown,
           (SELECT count(*) FROM standing_verdicts AS v
            WHERE v.item_id = $item AND v.annotator = $who)
    FROM checking_queue AS q WHERE q.item_id = $item
"""
_INSERT = """
    INSERT INTO verdicts (verdict_id, sequence, item_id, document_id, content_hash, annotator, action,
                          labels, suggestion_shown, seconds, note, undoes, given_at)
    VALUES ($verdict_id, nextval('verdict_sequence'), $item_id, $document_id, $content_hash, $annotator,
            $action, $labels, $suggestion_shown, $seconds, $note, $undoes, $given_at)
    ON CONFLICT DO NOTHING
"""
_NEWEST = """
    SELECT verdict_id, item_id, document_id, content_hash FROM standing_verdicts
    WHERE annotator = $who AND item_id IS NOT NULL ORDER BY sequence DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """An item as it is when an answer to it comes in.

    Attributes:
        is_present: The text it asks about is still the document's.
        answered_before: Answers of this person on it that stand.
    """

    document_id: int
    content_hash: str
    is_present: bool
    state: str
    leased_by: str | None
    lease_until: datetime | None
    suggestion: str | None
    shown: bool
    answered_before: int


def answer(tx: Transaction, verdict: Verdict) -> bool:
    """Store one person's answer about a queue item; False where this verdict id is known already.

    The item is done once ``verdicts_wanted`` people labelled it. ``skip``: the item goes to
    the others; once everybody (seen within a week) skipped it, it is withdrawn and the
    document leaves the pool. ``flag``: it is withdrawn at once and the document leaves the pool.

    Raises:
        UnknownName: No such item or label.
        StaleText: The document's text is no longer the one that was seen.
        LeaseLost: It is leased to, or was answered by, somebody else.
        BadInput: The action does not fit (accepting where nothing was shown, no label), or
            there are more labels or fewer than a document has in this project.
    """
    if is_known(tx, verdict.verdict_id):
        return False
    label_schema.check(tx, verdict.labels)
    verdict = in_order(verdict)
    _check(tx, verdict)
    annotators.ensure(tx, verdict.annotator, now=verdict.given_at)
    if not _store(tx, verdict):
        return False
    item_states.after_answer(tx, verdict)
    return True


def undo(
    tx: Transaction,
    annotator: str,
    *,
    verdict_id: str,
    now: datetime,
    lease_seconds: float = LEASE_SECONDS,
) -> Item | None:
    """Take back this person's newest answer that stands, and lease its item to them again.

    Called again it takes back the one before. ``verdict_id`` names the undo itself; the
    same id sent twice undoes once.

    Returns:
        The item to answer again; None where there was nothing to take back or the item
        cannot be asked again (its text changed meanwhile, or somebody else has it now).
    """
    row = tx.row("SELECT item_id FROM verdicts WHERE verdict_id = $id", {"id": verdict_id})
    newest = None if row else tx.row(_NEWEST, {"who": annotator})
    if newest:
        undone, item_id, document_id, content_hash = newest
        row = (item_id,)
        _store(
            tx,
            Verdict(
                verdict_id=verdict_id,
                item_id=item_id,
                document_id=document_id,
                content_hash=content_hash,
                annotator=annotator,
                action="undo",
                labels=(),
                suggestion_shown=False,
                given_at=now,
                undoes=undone,
            ),
        )
        item_states.reopen(tx, item_id, annotator, until=now + timedelta(seconds=lease_seconds), now=now)
    return _leased(tx, row[0], annotator) if row else None


def _leased(tx: Transaction, item_id: int, annotator: str) -> Item | None:
    mine = tx.row(
        "SELECT 1 FROM checking_queue WHERE item_id = $item AND state = 'leased' AND leased_by = $who",
        {"item": item_id, "who": annotator},
    )
    return queue.get(tx, item_id) if mine else None


def _check(tx: Transaction, verdict: Verdict) -> None:
    """Refuse what does not fit the item as it is now."""
    about = {"item": verdict.item_id, "document": verdict.document_id, "who": verdict.annotator}
    row = tx.row(_SEEN, about)
    if row is None:
        raise UnknownName(f"there is no item {verdict.item_id} in the checking queue")
    refuse(verdict, Seen(*row), multi_label=labelling.is_multi_label(tx))


def in_order(verdict: Verdict) -> Verdict:
    """The same with its labels in alphabetical order: the same set is one answer, however given."""
    return replace(verdict, labels=tuple(sorted(verdict.labels))) if verdict.labels[1:] else verdict


def refuse(verdict: Verdict, seen: Seen, *, multi_label: bool = False) -> None:
    """Raise what ``answer`` raises where a verdict does not fit its item."""
    if seen.document_id != verdict.document_id:
        raise BadInput(
            f"item {verdict.item_id} asks about document {seen.document_id}, not {verdict.document_id}"
        )
    if seen.content_hash != verdict.content_hash or not seen.is_present:
        raise StaleText(
            f"the text of item {verdict.item_id} has changed since it was shown",
            remedy="The new text will be asked again; take the next item",
        )
    check_action(verdict, seen.suggestion if seen.shown else None, multi_label=multi_label)
    if verdict.action in ("accept", "correct", "label"):
        labelling.check(verdict.labels, multi_label=multi_label)
    other = (
        seen.state == "leased"
        and seen.leased_by != verdict.annotator
        and seen.lease_until is not None
        and seen.lease_until >= verdict.given_at
    )
    if other or (seen.state == "done" and not seen.answered_before):
        raise LeaseLost(
            f"item {verdict.item_id} went to somebody else meanwhile", remedy="Take the next one"
        )


def is_known(tx: Transaction, verdict_id: str) -> bool:
    """Whether an answer or an undo of this id is stored."""
    return tx.row("SELECT 1 FROM verdicts WHERE verdict_id = $id", {"id": verdict_id}) is not None


def _store(tx: Transaction, verdict: Verdict) -> bool:
    parameters = {
        "verdict_id": verdict.verdict_id,
        "item_id": verdict.item_id,
        "document_id": verdict.document_id,
        "content_hash": verdict.content_hash,
        "annotator": verdict.annotator,
        "action": verdict.action,
        "labels": json.dumps(list(verdict.labels)),
        "suggestion_shown": verdict.suggestion_shown,
        "seconds": verdict.seconds,
        "note": verdict.note,
        "undoes": verdict.undoes,
        "given_at": verdict.given_at,
    }
    return bool(tx.changed(_INSERT, parameters))
