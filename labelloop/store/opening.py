"""One document with its revisions and its history: what a person may see of it, and nothing more.

What others said is kept from annotators, as what the model says is from who answers blind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labelloop.errors import UnknownName
from labelloop.store.kept_back import KEPT_BACK
from labelloop.store.transaction import Row, Transaction
from labelloop.store.verdicts import written_labels

_DOCUMENT = f"""
    SELECT d.document_id, d.source, d.external_id, d.title, d.url, d.language, d.published_at,
           d.fetched_at, d.metadata, d.duplicate_of, d.content_hash, r.text, {KEPT_BACK},
           p.label, p.confidence, p.margin,
           (SELECT max(s.model_id) FROM prediction_state AS s)
    FROM documents AS d
    JOIN revisions AS r ON r.document_id = d.document_id AND r.content_hash = d.content_hash
    LEFT JOIN predictions AS p ON p.document_id = d.document_id
    WHERE d.document_id = $document
"""  # noqa: S608  (a constant)
_HISTORY = """
    SELECT v.verdict_id, v.annotator, v.action, v.labels, v.given_at, v.seconds, v.note,
           v.suggestion_shown, v.content_hash, q.lane, q.turn,
           v.verdict_id IN (SELECT s.verdict_id FROM standing_verdicts AS s)
    FROM verdicts AS v LEFT JOIN checking_queue AS q ON q.item_id = v.item_id
    WHERE v.document_id = $document AND ($all OR v.annotator = $who) ORDER BY v.sequence
"""
_REVISIONS = """
    SELECT revision, content_hash, fetched_at, length(text) FROM revisions
    WHERE document_id = $document ORDER BY revision
"""


@dataclass(frozen=True, slots=True)
class Told:
    """One row of a document's history; ``stands`` is False once it was undone."""

    verdict_id: str
    annotator: str
    action: str
    labels: tuple[str, ...]
    given_at: datetime
    seconds: float | None
    note: str | None
    suggestion_shown: bool
    content_hash: str
    lane: str | None
    turn: int | None
    stands: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """One document with all that a viewer may know of it.

    Attributes:
        revisions: (number, content hash, fetched at, characters), oldest first.
        kept_back: The model's word is kept from this viewer.
    """

    document_id: int
    source: str
    external_id: str
    title: str | None
    url: str | None
    language: str | None
    published_at: datetime | None
    fetched_at: datetime
    metadata: Mapping[str, Any]
    duplicate_of: int | None
    content_hash: str
    text: str
    kept_back: bool
    predicted: str | None
    confidence: float | None
    margin: float | None
    model_id: str | None
    revisions: tuple[tuple[int, str, datetime, int], ...]
    history: tuple[Told, ...]


def open_document(tx: Transaction, document_id: int, *, viewer: str, all_answers: bool) -> Opened:
    """One document.

    Raises:
        UnknownName: There is none of this number.
    """
    row = tx.row(_DOCUMENT, {"document": document_id, "who": viewer})
    if row is None:
        raise UnknownName(f"there is no document {document_id}")
    about = {"document": document_id}
    told = tx.rows(_HISTORY, about | {"all": all_answers, "who": viewer})
    blind = bool(row[12])
    predicted, confidence, margin, model_id = (None,) * 4 if blind else row[13:17]
    return Opened(
        document_id=row[0],
        source=row[1],
        external_id=row[2],
        title=row[3],
        url=row[4],
        language=row[5],
        published_at=row[6],
        fetched_at=row[7],
        metadata=json.loads(row[8]),
        duplicate_of=row[9],
        content_hash=row[10],
        text=row[11],
        kept_back=blind,
        predicted=predicted,
        confidence=confidence,
        margin=margin,
        model_id=model_id,
        revisions=tuple((n, h, at, size) for n, h, at, size in tx.rows(_REVISIONS, about)),
        history=tuple(_told(one) for one in told),
    )


def _told(row: Row) -> Told:
    verdict_id, annotator, action, labels, *rest = row
    return Told(verdict_id, annotator, action, written_labels(labels), *rest)
