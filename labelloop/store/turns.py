"""Turns of the loop: begun, finished, resumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labelloop.errors import UnknownName
from labelloop.store.intake import as_json
from labelloop.store.transaction import Row, Transaction

_TURN = "SELECT turn, began_at, finished_at, counts FROM turns"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn; ``finished_at`` is None while it runs or after it was cut short."""

    turn: int
    began_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Any]


def begin(tx: Transaction, *, now: datetime) -> Turn:
    """The turn that was not finished, or else the next one."""
    tx.serialise("turns")
    unfinished = tx.row(f"{_TURN} WHERE finished_at IS NULL ORDER BY turn LIMIT 1")
    if unfinished:
        return _turn(unfinished)
    number = tx.value("SELECT coalesce(max(turn), 0) + 1 FROM turns")
    tx.execute(
        "INSERT INTO turns (turn, began_at, counts) VALUES ($turn, $now, '{}')",
        {"turn": number, "now": now},
    )
    return Turn(number, now, None, {})


def finish(tx: Transaction, turn: int, counts: Mapping[str, Any], *, now: datetime) -> None:
    """End a turn and keep what it did.

    Raises:
        UnknownName: No such turn.
    """
    changed = tx.changed(
        "UPDATE turns SET finished_at = $now, counts = $counts WHERE turn = $turn",
        {"turn": turn, "now": now, "counts": as_json(counts)},
    )
    if not changed:
        raise UnknownName(f"there is no turn {turn}")


def history(tx: Transaction) -> list[Turn]:
    """All turns, oldest first."""
    return [_turn(row) for row in tx.rows(f"{_TURN} ORDER BY turn")]


def _turn(row: Row) -> Turn:
    turn, began_at, finished_at, counts = row
    return Turn(turn, began_at, finished_at, json.loads(counts))
