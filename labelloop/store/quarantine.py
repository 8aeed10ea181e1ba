"""Rows that could not be documents: set aside and named, once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labelloop.records import Rejected
from labelloop.store.columns import relation, texts, times
from labelloop.store.text_identity import storable
from labelloop.store.transaction import Transaction

_EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One row that was set aside."""

    source: str
    place: str
    reason: str
    excerpt: str
    seen_at: datetime


def add(tx: Transaction, source: str, rejected: Sequence[Rejected], now: datetime) -> int:
    """Set rows aside; how many were not there yet (same source, place and reason)."""
    if not rejected:
        return 0
    rows = {(one.place, one.reason): one for one in rejected}.values()
    return tx.insert(
        "quarantine",
        relation(
            source=texts([source] * len(rows)),
            place=texts([storable(one.place) for one in rows]),
            reason=texts([storable(one.reason) for one in rows]),
            excerpt=texts([storable(one.excerpt[:_EXCERPT]) for one in rows]),
            seen_at=times([now] * len(rows)),
        ),
        on_conflict="ignore",
    )


def rows(tx: Transaction, source: str | None = None, limit: int = 1000) -> list[Quarantined]:
    """What was set aside, by one source or by all; newest first."""
    found = tx.rows(
        "SELECT source, place, reason, excerpt, seen_at FROM quarantine"
        " WHERE source = coalesce($source, source) ORDER BY seen_at DESC, source, place LIMIT $limit",
        {"source": source, "limit": limit},
    )
    return [Quarantined(*row) for row in found]


def counts(tx: Transaction, source: str | None = None) -> dict[str, int]:
    """How many rows were set aside, by reason."""
    return dict(
        tx.rows(
            "SELECT reason, count(*) FROM quarantine WHERE source = coalesce($source, source)"
            " GROUP BY reason ORDER BY reason",
            {"source": source},
        )
    )
