"""Which answers count."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from labelloop.records import Answer
from labelloop.store.transaction import Row, Transaction

_ANSWERS = (
    "SELECT a.document_id, a.annotator, a.labels, q.lane, a.suggestion_shown, a.given_at,"
    " a.verdict_id IN (SELECT s.verdict_id FROM settlements AS s)"
    " FROM counting_answers AS a LEFT JOIN checking_queue AS q ON q.item_id = a.item_id"
    " ORDER BY a.document_id, a.annotator"
)
_STALE = (
    "SELECT w.document_id, w.annotator, w.labels, q.lane, w.suggestion_shown, w.given_at,"
    " FALSE"
    " FROM last_words AS w JOIN documents AS d"
    " ON d.document_id = w.document_id AND d.content_hash <> w.content_hash"
    " LEFT JOIN checking_queue AS q ON q.item_id = w.item_id"
    " WHERE w.action <> 'flag' AND w.labels IS NOT NULL ORDER BY w.document_id, w.annotator"
)


def answers(tx: Transaction) -> list[Answer]:
    """The answers that count: per person and document the newest, not undone, on the present text.

    Skips leave a person's earlier answer standing; a flag takes it away.
    By ascending document, then annotator.
    """
    return [_answer(row) for row in tx.rows(_ANSWERS)]


def by_label(tx: Transaction) -> Counter[str]:
    """How many answers that count name each label; one that names several is counted for each."""
    found: Counter[str] = Counter()
    rows = tx.rows("SELECT labels, count(*) FROM counting_answers GROUP BY labels")
    for labels, count_ in rows:
        found.update(dict.fromkeys(json.loads(labels), count_))
    return found


def stale(tx: Transaction) -> list[Answer]:
    """Answers that would count, had their document's text not changed since."""
    return [_answer(row) for row in tx.rows(_STALE)]


def given_since(tx: Transaction, annotator: str, since: datetime) -> int:
    """How many answers of a person stand that were given since then."""
    return int(
        tx.value(
            "SELECT count(*) FROM standing_verdicts WHERE annotator = $who AND given_at >= $since",
            {"who": annotator, "since": since},
        )
    )


def written_labels(written: str | None) -> tuple[str, ...]:
    """Labels as they stand in a row; none where nobody has said anything."""
    return tuple(json.loads(written)) if written else ()


def count(tx: Transaction) -> int:
    """How many verdicts stand (skips and flags too; undone ones and undos not)."""
    return int(tx.value("SELECT count(*) FROM standing_verdicts"))


def _answer(row: Row) -> Answer:
    document_id, annotator, labels, lane, shown, given_at, settles = row
    return Answer(
        document_id, annotator, tuple(json.loads(labels)), lane, shown, given_at, bool(settles)
    )


def settle(tx: Transaction, verdict_id: str, *, now: datetime) -> None:
    """Make a verdict the last word on its document, until it is undone or its giver says otherwise."""
    tx.execute(
        "INSERT INTO settlements (verdict_id, at_time) VALUES ($verdict, $now) ON CONFLICT DO NOTHING",
        {"verdict": verdict_id, "now": now},
    )
