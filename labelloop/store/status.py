"""The numbers of ``labelloop status``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from labelloop.records import ModelVersion, SourceState
from labelloop.store import models, queue, sources, verdicts
from labelloop.store.transaction import Transaction

_DOCUMENTS = """
    SELECT count(*), count(duplicate_of),
           (SELECT count(*) FROM documents AS d WHERE d.duplicate_of IS NULL
              AND d.document_id NOT IN (SELECT document_id FROM answered_documents)
              AND d.document_id NOT IN (SELECT document_id FROM skipped_documents)
              AND d.document_id NOT IN (SELECT document_id FROM flagged_documents)),
           (SELECT count(*) FROM (SELECT DISTINCT document_id FROM counting_answers) AS a),
           (SELECT count(*) FROM turns WHERE finished_at IS NOT NULL),
           (SELECT count(*) FROM quarantine)
    FROM documents
"""
_EMBEDDED = """
    SELECT count(*) FROM documents AS d WHERE d.duplicate_of IS NULL
      AND d.content_hash IN (SELECT e.content_hash FROM embeddings AS e WHERE e.encoder_id = $encoder)
"""
# One row per document that was asked in the audit lane: the label most people gave it, the newest
# of equals.
_AUDIT = """
    SELECT o.labels, p.label, p.confidence FROM (
      SELECT g.document_id, g.labels,
             row_number() OVER (PARTITION BY g.document_id
                                ORDER BY g.people DESC, g.newest DESC) AS place
      FROM (SELECT a.document_id, a.labels, count(*) AS people, max(a.sequence) AS newest
            FROM counting_answers AS a
            WHERE a.document_id IN (SELECT c.document_id FROM counting_answers AS c
                                    JOIN checking_queue AS q ON q.item_id = c.item_id
                                    WHERE q.lane = 'audit')
            GROUP BY a.document_id, a.labels) AS g
    ) AS o
    JOIN predictions AS p ON p.document_id = o.document_id
    JOIN prediction_state AS s ON s.model_id = $model
    WHERE o.place = 1 ORDER BY o.document_id
"""
# What the audit lane can draw from, drawn or not. Who was answered in another way (labels that came
# with a file), skipped or flagged never gets an audit answer.
_AUDITABLE = """
    SELECT least(floor(p.confidence * $steps), $steps - 1) AS step, count(*)
    FROM documents AS d
    JOIN predictions AS p ON p.document_id = d.document_id
    JOIN prediction_state AS s ON s.model_id = $model
    WHERE d.side = 'audit' AND d.duplicate_of IS NULL
      AND (d.document_id IN (SELECT c.document_id FROM counting_answers AS c
                             JOIN checking_queue AS q ON q.item_id = c.item_id WHERE q.lane = 'audit')
        OR d.document_id NOT IN (SELECT document_id FROM answered_documents
                                 UNION ALL SELECT document_id FROM skipped_documents
                                 UNION ALL SELECT document_id FROM flagged_documents))
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Status:
    """What is there now.

    Attributes:
        pool: Documents that can still be asked: no duplicate, not answered, skipped or flagged.
        embedded: Documents (no duplicates) whose present text has a vector of the encoder;
            None where no encoder was named.
        queue: Items ``open``, ``leased``, ``done``, ``withdrawn``.
        verdicts: Verdicts that stand.
        labels: Documents with a counting answer.
        stale: Answers on texts that have changed since.
        turns: Finished turns.
        quarantined: Rows set aside.
        seconds: People's time on the verdicts that stand; None where nobody's was taken.
        champion: None before the first promotion.
        audited: See the function of that name.
    """

    documents: int
    duplicates: int
    pool: int
    embedded: int | None
    queue: dict[str, int]
    verdicts: int
    labels: int
    stale: int
    turns: int
    quarantined: int
    champion: ModelVersion | None
    sources: list[SourceState]
    seconds: float | None
    audited: list[Audited]


def status(tx: Transaction, *, now: datetime, encoder_id: str | None = None) -> Status:
    """Count everything, in one transaction."""
    documents, duplicates, pool, labels, turns, quarantined = tx.rows(_DOCUMENTS)[0]
    return Status(
        documents=documents,
        duplicates=duplicates,
        pool=pool,
        embedded=None if encoder_id is None else tx.value(_EMBEDDED, {"encoder": encoder_id}),
        queue=queue.counts(tx, now=now),
        verdicts=verdicts.count(tx),
        labels=labels,
        stale=len(verdicts.stale(tx)),
        turns=turns,
        quarantined=quarantined,
        champion=models.champion(tx),
        sources=sources.states(tx),
        seconds=tx.value("SELECT sum(seconds) FROM standing_verdicts"),
        audited=audited(tx),
    )


@dataclass(frozen=True, slots=True)
class Audited:
    """An answered document of the audit lane: labels given, the champion's label and its confidence."""

    labels: tuple[str, ...]
    predicted: str
    confidence: float


def audit_outcomes(tx: Transaction) -> list[tuple[tuple[str, ...], str]]:
    """Per answered document of the audit lane: the labels given, the champion's predicted label.

    Empty where there is no champion, or where the stored predictions are not its own.
    """
    return [(one.labels, one.predicted) for one in audited(tx)]


def audited(tx: Transaction) -> list[Audited]:
    """The same with the champion's confidence in its label."""
    champion = models.champion(tx)
    if champion is None:
        return []
    found = tx.rows(_AUDIT, {"model": champion.model_id})
    return [Audited(tuple(json.loads(labels)), *predicted) for labels, *predicted in found]


def auditable_confidence(tx: Transaction, steps: int) -> list[int]:
    """How many documents the audit lane could draw, or has drawn, per step of the champion's confidence.

    All 0 where there is no champion, or where the stored predictions are not its own.
    """
    counts = [0] * steps
    champion = models.champion(tx)
    if champion is not None:
        for step, count in tx.rows(_AUDITABLE, {"model": champion.model_id, "steps": steps}):
            counts[int(step)] = count
    return counts
