"""The stop set, a fixed random sample that successive models are compared on; and people's effort."""

from __future__ import annotations

from dataclasses import dataclass

from labelloop.store.transaction import Transaction

# By a salted hash of the text: the same sample at every look, drawn anew by nothing but new documents,
# and nothing to store. The audit side first: no model ever learns from it.
_SAMPLE = """
    SELECT d.document_id FROM documents AS d WHERE d.duplicate_of IS NULL
    ORDER BY CASE WHEN d.side = 'audit' THEN 0 ELSE 1 END,
             md5(concat('stop set ', d.content_hash)), d.document_id
    LIMIT $size
"""
_AUDIT_SIDE = "SELECT count(*) FROM documents WHERE duplicate_of IS NULL AND side = 'audit'"
_EFFORT = """
    SELECT count(DISTINCT CASE WHEN s.action IN ('accept', 'correct', 'label') THEN s.document_id END),
           sum(s.seconds)
    FROM standing_verdicts AS s WHERE s.seconds IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Effort:
    """People's time where it was taken: documents that it labelled, seconds in all (skips too)."""

    labels: int
    seconds: float

    @property
    def seconds_per_label(self) -> float | None:
        """None where no time was taken."""
        return self.seconds / self.labels if self.labels else None


def document_ids(tx: Transaction, size: int = 2000, enough: int = 500) -> list[int]:
    """Up to ``size`` documents of the audit side; topped up to ``enough`` where it has fewer.

    Documents that models learn from make successive models look more alike than they are, so as
    few of them as can be are taken.
    """
    wanted = min(size, max(enough, tx.value(_AUDIT_SIDE)))
    return [number for (number,) in tx.rows(_SAMPLE, {"size": wanted})]


def effort(tx: Transaction) -> Effort:
    """Time that the standing verdicts took."""
    labels, seconds = tx.rows(_EFFORT)[0]
    return Effort(int(labels), float(seconds or 0.0))
