"""What a change of the labels does to answers, questions and proposals: rows added, none rewritten."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from labelloop.label_rules import AnsweredText
from labelloop.label_sets import read, written
from labelloop.records import Lane
from labelloop.store.columns import booleans, floats, integers, relation, texts
from labelloop.store.transaction import Transaction

_LABELS = (
    "SELECT DISTINCT s.labels FROM standing_verdicts AS s"
    " WHERE s.action IN ('accept', 'correct', 'label') AND s.labels IS NOT NULL"
)
_ANSWERS = """
    SELECT s.verdict_id, s.document_id, s.labels, q.lane, q.propensity,
           s.verdict_id IN (SELECT c.verdict_id FROM counting_answers AS c)
    FROM standing_verdicts AS s LEFT JOIN checking_queue AS q ON q.item_id = s.item_id
    WHERE s.action IN ('accept', 'correct', 'label') AND s.labels = ANY($written)
    ORDER BY s.sequence
"""
_TEXTS = """
    SELECT s.verdict_id, r.text, d.title, d.source, d.url, d.metadata
    FROM standing_verdicts AS s
    JOIN documents AS d ON d.document_id = s.document_id
    JOIN revisions AS r ON r.document_id = s.document_id AND r.content_hash = s.content_hash
    WHERE s.action IN ('accept', 'correct', 'label') AND s.labels = ANY($written)
"""
_OPEN = """
    SELECT q.suggestion, count(*) FROM checking_queue AS q
    WHERE q.state IN ('open', 'leased') AND q.suggestion IS NOT NULL GROUP BY q.suggestion
"""

# Of duplicates the root is asked.
_UNDECIDED = """
    FROM (SELECT d.document_id IN (SELECT document_id FROM flagged_documents) AS flagged,
                 d.document_id IN (SELECT document_id FROM waiting_documents)
                 OR r.document_id IN (SELECT document_id FROM waiting_documents) AS waits,
                 r.document_id IN (SELECT document_id FROM skipped_documents)
                 AND r.document_id NOT IN (SELECT document_id FROM answered_documents) AS skipped,
                 r.document_id NOT IN (SELECT document_id FROM skipped_documents)
                 AND r.document_id NOT IN (SELECT document_id FROM flagged_documents)
                 AND r.document_id NOT IN (SELECT document_id FROM answered_documents) AS can_be_drawn
          FROM undecided_documents AS g
          JOIN documents AS d ON d.document_id = g.document_id
          JOIN documents AS r ON r.document_id = coalesce(d.duplicate_of, d.document_id)) AS u
    WHERE NOT u.flagged
"""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that a change touches.

    Attributes:
        labels: What it means before the change.
        lane: Of the question answered; None for labels that came with a file.
        propensity: Of that question.
        counts: It counts now: the newest of its person, on the present text.
    """

    verdict_id: str
    document_id: int
    labels: tuple[str, ...]
    lane: Lane | None
    propensity: float | None
    counts: bool


def given(tx: Transaction, labels: Collection[str]) -> list[Given]:
    """All answers that give one of these labels and were not taken back, oldest first."""
    rows = tx.rows(_ANSWERS, {"written": _written(tx, labels)})
    return [Given(row[0], row[1], tuple(json.loads(row[2])), *row[3:]) for row in rows]


def answered_texts(tx: Transaction, labels: Collection[str]) -> dict[str, AnsweredText]:
    """What those answers were about, by verdict id, for rules to look at."""
    rows = tx.rows(_TEXTS, {"written": _written(tx, labels)})
    return {
        verdict_id: AnsweredText(text, title, source, url, json.loads(metadata))
        for verdict_id, text, title, source, url, metadata in rows
    }


def _written(tx: Transaction, labels: Collection[str]) -> list[str]:
    return [text for (text,) in tx.rows(_LABELS) if set(labels).intersection(json.loads(text))]


def overlay(tx: Transaction, version: int, meaning: Mapping[str, tuple[str, ...] | None]) -> None:
    """Say what answers mean from a version on; None: not known, they do not count any more."""
    if not meaning:
        return
    rows = relation(
        verdict_id=texts(list(meaning)),
        version=integers([version] * len(meaning)),
        labels=texts([None if m is None else json.dumps(list(m)) for m in meaning.values()]),
        present=booleans([True] * len(meaning)),
    )
    with tx.staged("meant_anew", rows):
        tx.execute(
            "UPDATE migrated_verdicts SET present = FALSE"
            " WHERE present AND verdict_id IN (SELECT n.verdict_id FROM meant_anew AS n)"
        )
    tx.insert("migrated_verdicts", rows)


def meant_since(tx: Transaction, document_id: int) -> dict[str, tuple[int, tuple[str, ...] | None]]:
    """Of each answer on a document that a change touched: the version, and what it means since."""
    rows = tx.rows(
        "SELECT m.verdict_id, m.version, m.labels FROM migrated_verdicts AS m"
        " JOIN verdicts AS v ON v.verdict_id = m.verdict_id"
        " WHERE m.present AND v.document_id = $document",
        {"document": document_id},
    )
    return {
        verdict_id: (version, None if labels is None else tuple(json.loads(labels)))
        for verdict_id, version, labels in rows
    }


def wait_for_answers(tx: Transaction, version: int, documents: Sequence[int]) -> None:
    """From now on these documents have no label until somebody answers them anew."""
    if not documents:
        return
    until = tx.value("SELECT coalesce(max(sequence), 0) FROM verdicts")
    count = len(documents)
    rows = relation(
        document_id=integers(documents),
        version=integers([version] * count),
        said_until=integers([until] * count),
    )
    tx.insert("asked_again", rows)


def undecided(tx: Transaction) -> int:
    """How many documents wait for a new answer since a change: they are asked, or can be drawn."""
    return int(tx.value(f"SELECT count(*) {_UNDECIDED} AND (u.waits OR u.can_be_drawn)"))


def skipped(tx: Transaction) -> int:
    """How many a change left without a label that everybody skipped since: nothing asks them."""
    return int(tx.value(f"SELECT count(*) {_UNDECIDED} AND u.skipped AND NOT u.waits"))


def open_suggestions(tx: Transaction) -> dict[str, int]:
    """How many questions wait with each suggestion (blind ones too)."""
    return dict(tx.rows(_OPEN))


def rename_suggestions(tx: Transaction, onto: Mapping[str, str | None], *, several: bool) -> int:
    """Bring the suggestions of questions that wait to the present names; how many.

    One that the change leaves open is taken back: those questions are asked without.
    """
    touched = 0
    for suggestion in open_suggestions(tx):
        labels = read(suggestion) if several else (suggestion,)
        if not set(labels).intersection(onto):
            continue
        names = [onto.get(label, label) for label in labels]
        unknown = any(name is None for name in names)
        known = {name for name in names if name is not None}
        present = None if unknown else written(known)
        touched += tx.changed(
            "UPDATE checking_queue SET suggestion = $present,"
            " confidence = CASE WHEN $unknown THEN NULL ELSE confidence END,"
            " suggestion_shown = suggestion_shown AND NOT $unknown"
            " WHERE state IN ('open', 'leased') AND suggestion = $suggestion",
            {"present": present, "unknown": unknown, "suggestion": suggestion},
        )
    return touched


def follow_predictions(tx: Transaction) -> int:
    """Open questions suggest what the stored predictions say; how many changed."""
    return tx.changed(
        "UPDATE checking_queue SET suggestion = p.label, confidence = p.confidence"
        " FROM predictions AS p, prediction_state AS s"
        " WHERE p.document_id = checking_queue.document_id AND s.model_id = checking_queue.model_id"
        " AND checking_queue.state = 'open' AND checking_queue.suggestion IS NOT NULL"
        " AND (checking_queue.suggestion <> p.label OR checking_queue.confidence <> p.confidence)"
    )


def reopen(tx: Transaction, wanted: Sequence[tuple[int, Lane, float, int]], *, now: datetime) -> int:
    """Ask documents again, without suggestion; those that wait already are left as they are.

    Args:
        tx: The transaction.
        wanted: Document, lane, propensity, and how many people shall answer.
        now: The time, UTC without a zone.
    """
    if not wanted:
        return 0
    tx.serialise("checking_queue")
    staged = relation(
        place=integers(range(len(wanted))),
        document_id=integers([one[0] for one in wanted]),
        lane=texts([one[1] for one in wanted]),
        propensity=floats([one[2] for one in wanted]),
        people=integers([one[3] for one in wanted]),
    )
    turn = tx.value("SELECT coalesce(max(turn), 1) FROM turns")
    with tx.staged("wanted_again", staged):
        return tx.changed(_REOPEN, {"turn": turn, "now": now})


def carry_doubts(tx: Transaction, onto: Mapping[str, str | None]) -> None:
    """Doubts about answers under the new names; those that the change settles or touches are dropped."""
    for column in ("labels", "expected"):
        for (before,) in tx.rows(f"SELECT DISTINCT {column} FROM label_doubts"):  # noqa: S608  (constants)
            names = {onto.get(label, label) for label in json.loads(before)}
            if None in names:
                tx.execute(f"DELETE FROM label_doubts WHERE {column} = $before", {"before": before})  # noqa: S608
                continue
            tx.execute(
                f"UPDATE label_doubts SET {column} = $after WHERE {column} = $before",  # noqa: S608
                {"before": before, "after": json.dumps(sorted(str(name) for name in names))},
            )
    tx.execute("DELETE FROM label_doubts WHERE labels = expected")


def as_relabel(tx: Transaction, documents: Sequence[int]) -> list[tuple[int, Lane, float, int]]:
    """These documents, to be asked again by one person; what the audit draws stays in the audit."""
    rows = tx.rows(
        "SELECT d.document_id, EXISTS (SELECT 1 FROM checking_queue AS q"
        "  WHERE q.document_id = d.document_id AND q.lane = 'audit')"
        " FROM documents AS d WHERE d.document_id = ANY($documents) ORDER BY d.document_id",
        {"documents": list(documents)},
    )
    return [(number, "audit" if audit else "relabel", 1.0, 1) for number, audit in rows]


_REOPEN = """
    INSERT INTO checking_queue (item_id, document_id, content_hash, turn, lane, rank, propensity,
                                suggestion_shown, verdicts_wanted, state, created_at)
    SELECT nextval('item_ids'), n.document_id, n.content_hash, $turn, n.lane,
           (SELECT coalesce(max(q.rank), 0) FROM checking_queue AS q WHERE q.turn = $turn) + n.place,
           n.propensity, FALSE, n.people, 'open', $now
    FROM (SELECT row_number() OVER (ORDER BY w.place) AS place, d.document_id, d.content_hash, w.lane,
                 w.propensity, w.people
          FROM wanted_again AS w
          JOIN documents AS d ON d.document_id = w.document_id AND d.duplicate_of IS NULL
          WHERE d.document_id NOT IN (SELECT document_id FROM waiting_documents)
            AND d.document_id NOT IN (SELECT document_id FROM flagged_documents)) AS n
"""
