"""Many answers at once, as programs send them: the same rules as one by one, fifty times as fast."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from labelloop.errors import LabelloopError, UnknownName
from labelloop.records import Verdict
from labelloop.store import annotators, item_states, label_schema, labelling, lists
from labelloop.store.answering import Seen, in_order, refuse
from labelloop.store.lists import Kinds
from labelloop.store.transaction import Transaction

_FOUND = f"""
    SELECT g.place, q.document_id, q.content_hash, q.content_hash = d.content_hash, q.state, q.leased_by,
           q.lease_until, q.suggestion, q.suggestion_shown,
           (SELECT count(*) FROM standing_verdicts AS v
            WHERE v.item_id = q.item_id AND v.annotator = $who),
           EXISTS (SELECT 1 FROM verdicts AS w WHERE w.verdict_id = g.verdict_id)
    FROM ({lists.as_rows({"place": "BIGINT", "item_id": "BIGINT", "verdict_id": "TEXT"})}) AS g
    LEFT JOIN checking_queue AS q ON q.item_id = g.item_id
    LEFT JOIN documents AS d ON d.document_id = q.document_id
    ORDER BY g.place
"""  # noqa: S608  (names of ours)
_COLUMNS: Kinds = {
    "verdict_id": "TEXT",
    "sequence": "BIGINT",
    "item_id": "BIGINT",
    "document_id": "BIGINT",
    "content_hash": "TEXT",
    "annotator": "TEXT",
    "action": "TEXT",
    "labels": "TEXT",
    "suggestion_shown": "BOOLEAN",
    "seconds": "FLOAT8",
    "note": "TEXT",
    "given_at": "TIMESTAMP",
}
# Answered, and more people wanted: to the next of them.
_TO_THE_NEXT = """
    UPDATE checking_queue SET state = 'open', leased_by = NULL, lease_until = NULL
    WHERE item_id = ANY($items) AND state = 'leased' AND leased_by = $who
"""


def answer_many(
    tx: Transaction, annotator: str, verdicts: Sequence[Verdict], *, now: datetime
) -> list[bool | LabelloopError]:
    """Store labels of one person on different items.

    Returns:
        For each verdict what ``answering.answer`` would say: True where it was stored, False
        where its id is known already, or the error it would raise.
    """
    annotators.ensure(tx, annotator, now=now)
    verdicts = [in_order(one) for one in verdicts]
    given = {
        "who": annotator,
        "place": list(range(len(verdicts))),
        "item_id": [one.item_id for one in verdicts],
        "verdict_id": [one.verdict_id for one in verdicts],
    }
    rows = tx.rows(_FOUND, given)
    schema = label_schema.current(tx)
    known = set(schema.labels) if schema else set()
    several = labelling.is_multi_label(tx)
    said = [_judge(tx, one, row[1:], known, several) for one, row in zip(verdicts, rows, strict=True)]
    stored = [one for one, outcome in zip(verdicts, said, strict=True) if outcome is True]
    if stored:
        _insert(tx, stored)
        item_states.finish_answered(tx)
        tx.execute(_TO_THE_NEXT, {"items": [one.item_id for one in stored], "who": annotator})
    return said


def _judge(
    tx: Transaction, verdict: Verdict, found: Sequence[Any], known: set[str], multi_label: bool
) -> bool | LabelloopError:
    *seen, is_known = found
    if is_known:
        return False
    try:
        if not known.issuperset(verdict.labels):
            label_schema.check(tx, verdict.labels)
        if seen[0] is None:
            raise UnknownName(f"there is no item {verdict.item_id} in the checking queue")
        refuse(verdict, Seen(*seen), multi_label=multi_label)
    except LabelloopError as error:
        return error
    return True


def _insert(tx: Transaction, verdicts: Sequence[Verdict]) -> None:
    columns: dict[str, Sequence[Any]] = {
        name: [getattr(one, name) for one in verdicts] for name in _COLUMNS if name != "sequence"
    }
    columns["sequence"] = tx.next_ids("verdict_sequence", len(verdicts))
    columns["labels"] = [json.dumps(list(one.labels)) for one in verdicts]
    lists.insert(tx, "verdicts", _COLUMNS, columns)
