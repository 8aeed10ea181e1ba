"""Where each source stands: cursor, last success, last error, counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from labelloop.records import SourceState
from labelloop.store.intake import as_json
from labelloop.store.transaction import Row, Transaction

Outcome = Literal["ok", "partial", "failed"]

_STATES = """
    SELECT s.name, s.connector, coalesce(n.documents, 0), s.outcome, s.cursor_json, s.last_success,
           s.last_error, s.counts
    FROM source_state AS s
    LEFT JOIN (SELECT source, count(*) AS documents FROM documents GROUP BY source) AS n
      ON n.source = s.name
    WHERE s.name = coalesce($name, s.name) ORDER BY s.name
"""


def state(tx: Transaction, name: str) -> SourceState | None:
    """One source, None before its first run. Its cursor is saved by ``documents.save_batch``."""
    row = tx.row(_STATES, {"name": name})
    return _state(row) if row else None


def states(tx: Transaction) -> list[SourceState]:
    """All sources that ever ran, by name."""
    return [_state(row) for row in tx.rows(_STATES, {"name": None})]


def save_cursor(tx: Transaction, name: str, connector: str, cursor: Mapping[str, Any]) -> None:
    """Remember where the source goes on."""
    tx.execute(
        "INSERT INTO source_state (name, connector, cursor_json, counts)"
        " VALUES ($name, $connector, $cursor, '{}')"
        " ON CONFLICT (name) DO UPDATE SET"
        " connector = excluded.connector, cursor_json = excluded.cursor_json",
        {"name": name, "connector": connector, "cursor": as_json(cursor)},
    )


def forget_cursor(tx: Transaction, name: str) -> None:
    """Let the source start from the beginning next time; its documents stay."""
    tx.execute("UPDATE source_state SET cursor_json = NULL WHERE name = $name", {"name": name})


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
    tx.execute(
        "INSERT INTO source_state (name, connector, outcome, last_success, last_error, counts)"
        " VALUES ($name, $connector, $outcome, $success, $error, $counts)"
        " ON CONFLICT (name) DO UPDATE SET connector = excluded.connector, outcome = excluded.outcome,"
        " last_success = coalesce(excluded.last_success, source_state.last_success),"
        " last_error = excluded.last_error, counts = excluded.counts",
        {
            "name": name,
            "connector": connector,
            "outcome": outcome,
            "success": now if outcome == "ok" else None,
            "error": None if outcome == "ok" else error,
            "counts": as_json(counts),
        },
    )


def _state(row: Row) -> SourceState:
    name, connector, documents, outcome, cursor, last_success, last_error, counts = row
    return SourceState(
        name=name,
        connector=connector,
        documents=documents,
        outcome=outcome,
        cursor=json.loads(cursor) if cursor else None,
        last_success=last_success,
        last_error=last_error,
        counts=json.loads(counts),
    )
