"""The numbers of ``labelloop status``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labelloop.records import ModelVersion, SourceState
from labelloop.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Status:
    """What is there now.

    Attributes:
        pool: Documents that can still be asked: no duplicate, not answered, not flagged.
        embedded: Documents (no duplicates) whose present text has a vector of the encoder;
            None where no encoder was named.
        queue: Items ``open``, ``leased``, ``done``, ``withdrawn``.
        verdicts: Verdicts that stand.
        labels: Documents with a counting answer.
        stale: Answers on texts that have changed since.
        turns: Finished turns.
        quarantined: Rows set aside.
        audit_outcomes: Per answered document of the audit lane: (labels given, the
            champion's predicted label), for the caller to compute accuracy from.
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
    audit_outcomes: list[tuple[tuple[str, ...], str]]


def status(tx: Transaction, *, now: datetime, encoder_id: str | None = None) -> Status:
    """Count everything, in one transaction."""
    raise NotImplementedError
