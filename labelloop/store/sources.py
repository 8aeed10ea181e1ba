"""Where each source stands: cursor, last success, last error, counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from labelloop.records import SourceState
from labelloop.store.transaction import Transaction

Outcome = Literal["ok", "partial", "failed"]


def state(tx: Transaction, name: str) -> SourceState | None:
    """One source, None before its first run. Its cursor is saved by ``documents.save_batch``."""
    raise NotImplementedError


def record(
    tx: Transaction,
    name: str,
    connector: str,
    outcome: Outcome,
    *,
    counts: Mapping[str, int],
    error: str | None = None,
    now: datetime,
) -> None:
    """Write down how a run of a source ended. ``ok`` clears the error and sets the last success."""
    raise NotImplementedError


def states(tx: Transaction) -> list[SourceState]:
    """All sources that ever ran, by name."""
    raise NotImplementedError
