"""Labels that the newest model doubts, replaced as a whole by every training."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from labelloop.store.columns import booleans, floats, integers, relation, texts
from labelloop.store.transaction import Transaction

_DOUBTS = """
    SELECT b.document_id, b.content_hash, b.labels, b.expected, b.probability, b.expected_probability,
           b.doubtful
    FROM label_doubts AS b
    JOIN documents AS d ON d.document_id = b.document_id AND d.content_hash = b.content_hash
    ORDER BY b.probability - b.expected_probability, b.document_id
"""
_MET = """
    SELECT DISTINCT s.document_id, s.annotator FROM standing_verdicts AS s
    JOIN wanted AS w ON w.document_id = s.document_id
    JOIN documents AS d ON d.document_id = s.document_id AND d.content_hash = s.content_hash
"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A label that a head would not have given which never saw the document.

    Attributes:
        labels: What people said.
        expected: What the head says.
        probability: Of the given label, calibrated.
        expected_probability: Of the other.
        doubtful: Beyond the threshold of confident learning, not merely unlikely.
    """

    document_id: int
    content_hash: str
    labels: tuple[str, ...]
    expected: tuple[str, ...]
    probability: float
    expected_probability: float
    doubtful: bool


def replace(tx: Transaction, model_id: str, found: Sequence[Doubt]) -> None:
    """Keep the doubts of this model in the place of the last one's."""
    tx.execute("DELETE FROM label_doubts")
    if not found:
        return
    tx.insert(
        "label_doubts",
        relation(
            document_id=integers([one.document_id for one in found]),
            content_hash=texts([one.content_hash for one in found]),
            labels=texts([json.dumps(list(one.labels)) for one in found]),
            expected=texts([json.dumps(list(one.expected)) for one in found]),
            probability=floats([one.probability for one in found]),
            expected_probability=floats([one.expected_probability for one in found]),
            doubtful=booleans([one.doubtful for one in found]),
            model_id=texts([model_id] * len(found)),
        ),
    )


def load(tx: Transaction) -> list[Doubt]:
    """Doubts about present texts, the worst first. People may have answered since."""
    return [
        Doubt(number, text, tuple(json.loads(labels)), tuple(json.loads(expected)), *rest)
        for number, text, labels, expected, *rest in tx.rows(_DOUBTS)
    ]


def met(tx: Transaction, document_ids: Sequence[int]) -> dict[int, set[str]]:
    """Who has answered, skipped or flagged the present text of each of these documents."""
    found: dict[int, set[str]] = {}
    with tx.staged("wanted", relation(document_id=integers(sorted(document_ids)))):
        for number, who in tx.rows(_MET):
            found.setdefault(number, set()).add(who)
    return found


def people_here(tx: Transaction, since: object, leave_out: str) -> set[str]:
    """Annotators who were seen since then."""
    rows = tx.rows(
        "SELECT name FROM annotators WHERE name <> $out AND last_seen >= $since",
        {"out": leave_out, "since": since},
    )
    return {name for (name,) in rows}
