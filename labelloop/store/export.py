"""What leaves the store, as Arrow: documents, labels, verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import pyarrow as pa

What = Literal["documents", "labels", "verdicts"]

_DOCUMENTS = """
    SELECT d.document_id, d.source, d.external_id, r.revision, d.content_hash, d.title, d.url,
           d.language, d.published_at, d.fetched_at, d.duplicate_of, d.side,
           d.document_id IN (SELECT document_id FROM answered_documents) AS answered,
           p.label AS predicted_label, p.confidence, p.margin, p.entropy,
           CASE WHEN p.label IS NOT NULL
                THEN (SELECT max(model_id) FROM prediction_state) END AS model_id,
           d.metadata, r.text
    FROM documents AS d
    JOIN revisions AS r ON r.document_id = d.document_id AND r.content_hash = d.content_hash
    LEFT JOIN predictions AS p ON p.document_id = d.document_id
    ORDER BY d.document_id
"""
_LABELS = """
    SELECT a.document_id, d.source, d.external_id, a.content_hash, r.text, a.labels, a.annotator,
           a.action, a.given_at, a.seconds, a.suggestion_shown, q.item_id, q.turn, q.lane, q.propensity,
           q.score, q.model_id, q.suggestion, q.confidence, d.duplicate_of, d.side
    FROM counting_answers AS a
    JOIN documents AS d ON d.document_id = a.document_id
    JOIN revisions AS r ON r.document_id = a.document_id AND r.content_hash = a.content_hash
    LEFT JOIN checking_queue AS q ON q.item_id = a.item_id
    ORDER BY a.document_id, a.annotator
"""
_VERDICTS = """
    SELECT v.verdict_id, v.item_id, v.document_id, d.source, d.external_id, v.content_hash,
           v.annotator, v.action, v.labels, v.suggestion_shown, v.seconds, v.note, v.undoes, v.given_at,
           q.turn, q.lane, q.propensity, q.score, q.model_id, q.suggestion, q.confidence
    FROM verdicts AS v
    JOIN documents AS d ON d.document_id = v.document_id
    LEFT JOIN checking_queue AS q ON q.item_id = v.item_id
    ORDER BY v.sequence
"""
_QUERIES: dict[What, str] = {"documents": _DOCUMENTS, "labels": _LABELS, "verdicts": _VERDICTS}


def batches(tx: Transaction, what: What) -> Iterator[pa.RecordBatch]:
    """Record batches of some thousand rows; an empty one where there is nothing, for its columns.

    ``documents``: every document with its present text and what the champion says of it.
    ``labels``: one row per counting answer with lane, propensity, score, model version, whether
    the suggestion was shown.
    ``verdicts``: every row ever given, undone ones too. ``labels`` and ``metadata`` are JSON.
    """
    import pyarrow as pa

    some = False
    for batch in tx.batches(_QUERIES[what]):
        some = True
        yield batch
    if not some:
        yield pa.RecordBatch.from_pylist([], schema=tx.arrow(_QUERIES[what]).schema)


def table(tx: Transaction, what: What) -> pa.Table:
    """All of it at once."""
    return tx.arrow(_QUERIES[what])
