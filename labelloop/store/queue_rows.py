"""Rows of the checking queue, in and out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labelloop.records import Item, Pick
from labelloop.store import lists
from labelloop.store.lists import Kinds
from labelloop.store.transaction import Row, Transaction

# ``answered`` counts people, not answers.
_ITEM = """
    SELECT q.item_id, q.document_id, q.content_hash, q.turn, q.lane, q.rank, q.propensity,
           d.source, d.external_id, r.text, d.title, d.url, q.suggestion, q.confidence,
           q.suggestion_shown, q.model_id, {state}, q.verdicts_wanted, coalesce(a.people, 0), d.metadata
    FROM checking_queue AS q
    JOIN documents AS d ON d.document_id = q.document_id
    JOIN revisions AS r ON r.document_id = q.document_id AND r.content_hash = q.content_hash
    LEFT JOIN (SELECT v.item_id, count(DISTINCT v.annotator) AS people FROM standing_verdicts AS v
               WHERE v.action IN ('accept', 'correct', 'label') GROUP BY v.item_id) AS a
      ON a.item_id = q.item_id
    WHERE {which}
"""
SEVERAL = _ITEM.format(state="q.state", which="q.item_id = ANY($items)")
WAITING = _ITEM.format(
    state="CASE WHEN q.state = 'leased' AND q.lease_until >= $now THEN 'leased' ELSE 'open' END",
    which="q.state IN ('open', 'leased') ORDER BY q.rank, q.item_id",
)
# One item by its keys, each as a constant: a join would read the documents to find one.
_QUEUED = """
    SELECT q.item_id, q.document_id, q.content_hash, q.turn, q.lane, q.rank, q.propensity,
           q.suggestion, q.confidence, q.suggestion_shown, q.model_id, q.state, q.verdicts_wanted,
           (SELECT count(DISTINCT v.annotator) FROM standing_verdicts AS v
            WHERE v.item_id = $item AND v.action IN ('accept', 'correct', 'label'))
    FROM checking_queue AS q WHERE q.item_id = $item
"""
_ABOUT = "SELECT source, external_id, title, url, metadata FROM documents WHERE document_id = $document"
_TEXT = "SELECT text FROM revisions WHERE document_id = $document AND content_hash = $hash"
_PICKS: Kinds = {"place": "BIGINT", "document_id": "BIGINT", "again": "BOOLEAN"}
_ASKABLE = f"""
    SELECT p.place, d.content_hash FROM ({lists.as_rows(_PICKS)}) AS p
    JOIN documents AS d ON d.document_id = p.document_id AND d.duplicate_of IS NULL
    WHERE p.document_id NOT IN (SELECT document_id FROM waiting_documents)
      AND p.document_id NOT IN (SELECT document_id FROM flagged_documents)
      AND (p.again OR (p.document_id NOT IN (SELECT document_id FROM answered_documents)
                       AND p.document_id NOT IN (SELECT document_id FROM skipped_documents)))
    ORDER BY p.place
"""  # noqa: S608  (names of ours)
_COLUMNS: Kinds = {
    "item_id": "BIGINT",
    "document_id": "BIGINT",
    "content_hash": "TEXT",
    "turn": "BIGINT",
    "lane": "TEXT",
    "rank": "BIGINT",
    "propensity": "FLOAT8",
    "score": "FLOAT8",
    "model_id": "TEXT",
    "suggestion": "TEXT",
    "confidence": "FLOAT8",
    "suggestion_shown": "BOOLEAN",
    "verdicts_wanted": "BIGINT",
    "state": "TEXT",
    "created_at": "TIMESTAMP",
}


def one(tx: Transaction, item_id: int) -> Item | None:
    """One item, None where there is none of this number."""
    queued = tx.row(_QUEUED, {"item": item_id})
    if queued is None:
        return None
    source, external_id, title, url, metadata = tx.rows(_ABOUT, {"document": queued[1]})[0]
    text = tx.value(_TEXT, {"document": queued[1], "hash": queued[2]})
    return item((*queued[:7], source, external_id, text, title, url, *queued[7:], metadata))


def item(row: Row) -> Item:
    """An item as a person may see it: without the suggestion where it is asked blind."""
    shown = bool(row[14])
    return Item(
        item_id=row[0],
        document_id=row[1],
        content_hash=row[2],
        turn=row[3],
        lane=row[4],
        rank=row[5],
        propensity=row[6],
        source=row[7],
        external_id=row[8],
        text=row[9],
        title=row[10],
        url=row[11],
        suggestion=row[12] if shown else None,
        confidence=row[13] if shown else None,
        suggestion_shown=shown,
        model_id=row[15],
        state=row[16],
        verdicts_wanted=row[17],
        answered=row[18],
        metadata=json.loads(row[19]),
    )


def askable(tx: Transaction, picks: Sequence[Pick]) -> list[tuple[Pick, str]]:
    """Those picks that may be queued, each with the content hash of the text to show."""
    given = {
        "place": list(range(len(picks))),
        "document_id": [int(pick.document_id) for pick in picks],
        "again": [pick.lane == "relabel" for pick in picks],
    }
    return [(picks[place], content_hash) for place, content_hash in tx.rows(_ASKABLE, given)]


def insert(
    tx: Transaction,
    rows: Sequence[tuple[Pick, str]],
    suggestions: Mapping[int, tuple[str, float]],
    *,
    turn: int,
    model_id: str | None,
    verdicts_wanted: int,
    now: datetime,
) -> int:
    """Append items to a turn's ranks, in this order."""
    last = tx.value(
        "SELECT coalesce(max(rank), 0) FROM checking_queue WHERE turn = $turn", {"turn": turn}
    )
    picks = [pick for pick, _ in rows]
    said = [suggestions.get(pick.document_id, (None, None)) for pick in picks]
    shown = [
        label is not None and pick.show_suggestion and pick.lane != "audit"
        for pick, (label, _) in zip(picks, said, strict=True)
    ]
    count = len(picks)
    columns: dict[str, Sequence[Any]] = {
        "item_id": tx.next_ids("item_ids", count),
        "document_id": [int(pick.document_id) for pick in picks],
        "content_hash": [content_hash for _, content_hash in rows],
        "turn": [turn] * count,
        "lane": [pick.lane for pick in picks],
        "rank": range(last + 1, last + count + 1),
        "propensity": [_plain(pick.propensity) for pick in picks],
        "score": [_plain(pick.score) for pick in picks],
        "model_id": [model_id] * count,
        "suggestion": [label for label, _ in said],
        "confidence": [_plain(confidence) for _, confidence in said],
        "suggestion_shown": [bool(one) for one in shown],
        # A second opinion, which has a score, is one more answer; work sent back may be more.
        "verdicts_wanted": [
            1 if pick.lane == "relabel" and pick.score is not None else verdicts_wanted for pick in picks
        ],
        "state": ["open"] * count,
        "created_at": [now] * count,
    }
    return lists.insert(tx, "checking_queue", _COLUMNS, columns)


def _plain(number: float | None) -> float | None:
    """Python's own, where it comes from an array."""
    return None if number is None else float(number)
