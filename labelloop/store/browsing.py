"""Looking at documents and their history: what a person may see of each, and nothing more.

What the model says is kept from people who have yet to answer a document blind, and what
others said is kept from annotators: both would sway them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from labelloop.errors import UnknownName
from labelloop.label_sets import SEPARATOR
from labelloop.store import labelling
from labelloop.store.transaction import Row, Transaction
from labelloop.store.verdicts import written_labels

Order = Literal["newest", "least_confident", "most_disputed"]

_ORDERS: dict[Order, str] = {
    "newest": "f.document_id DESC",
    "least_confident": "coalesce(f.confidence, 2), f.document_id",
    "most_disputed": "f.different DESC, f.answers DESC, f.document_id",
}
# Whether the model's word on a document is kept from a viewer: until they have answered it
# themselves, of everything on the audit side and everything that waits to be asked blind.
_BLIND = """
    (d.side = 'audit' OR d.document_id IN (
       SELECT q.document_id FROM checking_queue AS q
       WHERE q.state IN ('open', 'leased') AND q.suggestion IS NOT NULL AND NOT q.suggestion_shown))
    AND d.document_id NOT IN (SELECT w.document_id FROM counting_answers AS w WHERE w.annotator = $who)
"""
_FOUND = f"""
    WITH said AS (
      SELECT c.document_id, count(*) AS answers, count(DISTINCT c.labels) AS different,
             min(c.labels) AS least, max(c.labels) AS most
      FROM counting_answers AS c WHERE $all OR c.annotator = $who GROUP BY c.document_id
    ), seen AS (
      SELECT d.document_id, d.source, d.external_id, d.title, d.content_hash,
             coalesce(s.answers, 0) AS answers, coalesce(s.different, 0) AS different,
             s.least, s.most,
             CASE WHEN {_BLIND} THEN NULL ELSE p.label END AS predicted,
             CASE WHEN {_BLIND} THEN NULL ELSE p.confidence END AS confidence
      FROM documents AS d
      LEFT JOIN said AS s ON s.document_id = d.document_id
      LEFT JOIN predictions AS p ON p.document_id = d.document_id
      WHERE d.duplicate_of IS NULL AND d.source = coalesce(CAST($source AS TEXT), d.source)
    ), f AS (
      SELECT n.document_id, n.source, n.external_id, n.title, r.text, n.answers, n.different,
             n.least, n.most, n.predicted, n.confidence
      FROM seen AS n
      JOIN revisions AS r ON r.document_id = n.document_id AND r.content_hash = n.content_hash
      WHERE (CAST($text AS TEXT) IS NULL OR strpos(lower(r.text), lower($text)) > 0
             OR strpos(lower(coalesce(n.title, '')), lower($text)) > 0)
        AND (CAST($label AS TEXT) IS NULL OR n.least = $label_json OR n.most = $label_json
             OR (n.answers = 0 AND n.predicted = $label)
             OR ($several AND (strpos(n.least, $quoted) > 0 OR strpos(n.most, $quoted) > 0
                 OR (n.answers = 0
                     AND strpos($mark || n.predicted || $mark, $mark || $label || $mark) > 0))))
        AND (CAST($answered AS BOOLEAN) IS NULL OR (n.answers > 0) = $answered)
        AND (NOT $disputed OR n.different > 1)
        AND (NOT $doubtful OR EXISTS (
             SELECT 1 FROM label_doubts AS b
             WHERE $all AND b.document_id = n.document_id AND b.content_hash = n.content_hash
               AND b.doubtful AND n.answers = 1 AND b.labels = n.least))
        AND (CAST($below AS FLOAT8) IS NULL OR n.confidence < $below)
    )
"""  # noqa: S608  (constants)
_COLUMNS = (
    "f.document_id, f.source, f.external_id, f.title, substr(f.text, 1, 280), f.answers, f.different,"
    " f.least, f.predicted, f.confidence"
)
_DOCUMENT = f"""
    SELECT d.document_id, d.source, d.external_id, d.title, d.url, d.language, d.published_at,
           d.fetched_at, d.metadata, d.duplicate_of, d.content_hash, r.text, {_BLIND},
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
class Search:
    """What to look for; None leaves a condition out.

    Attributes:
        label: Given by a person, or predicted where nobody has answered.
        below: Only documents that the model is less sure of than this.
        doubtful: Only labels of one person that the model doubts; nothing for who may not see
            others' answers, for it tells the model's opinion before a second one is asked.
    """

    text: str | None = None
    label: str | None = None
    source: str | None = None
    answered: bool | None = None
    disputed: bool = False
    below: float | None = None
    order: Order = "newest"
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a search.

    Attributes:
        excerpt: The first 280 characters.
        labels: What people said, as far as the viewer may know; empty where nobody did.
        different: How many different answers there are.
        predicted: The model's label; None where there is none or it is kept from the viewer.
    """

    document_id: int
    source: str
    external_id: str
    title: str | None
    excerpt: str
    answers: int
    different: int
    labels: tuple[str, ...]
    predicted: str | None
    confidence: float | None


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


def search(
    tx: Transaction, what: Search, *, viewer: str, all_answers: bool, limit: int, offset: int = 0
) -> tuple[int, list[Hit]]:
    """How many documents fit, and some of them. Duplicates are left out.

    Args:
        tx: The transaction.
        what: What to look for.
        viewer: Whose eyes it is for.
        all_answers: Whether they may see what others answered.
        limit: At most so many.
        offset: Leave out so many at the beginning.
    """
    parameters = {
        "who": viewer,
        "all": all_answers,
        "source": what.source,
        "text": what.text,
        "label": what.label,
        "label_json": json.dumps([what.label]),
        "quoted": json.dumps(what.label),
        "several": labelling.is_multi_label(tx),
        "mark": SEPARATOR,
        "answered": what.answered,
        "disputed": what.disputed,
        "doubtful": what.doubtful,
        "below": what.below,
    }
    total = tx.value(f"{_FOUND} SELECT count(*) FROM f", parameters)  # noqa: S608  (constants)
    rows = tx.rows(
        f"{_FOUND} SELECT {_COLUMNS} FROM f ORDER BY {_ORDERS[what.order]}"  # noqa: S608  (constants)
        " LIMIT $limit OFFSET $offset",
        parameters | {"limit": limit, "offset": offset},
    )
    return int(total), [_hit(row) for row in rows]


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


def _hit(row: Row) -> Hit:
    number, source, external_id, title, excerpt, answers, different, labels, *model = row
    return Hit(
        number, source, external_id, title, excerpt, answers, different, written_labels(labels), *model
    )


def _told(row: Row) -> Told:
    verdict_id, annotator, action, labels, *rest = row
    return Told(verdict_id, annotator, action, written_labels(labels), *rest)
