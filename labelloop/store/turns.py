"""Turns of the loop: begun, finished, resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labelloop.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn; ``finished_at`` is None while it runs or after it was cut short."""

    turn: int
    began_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Any]


def begin(tx: Transaction, *, now: datetime) -> Turn:
    """The turn that was not finished, or else the next one."""
    raise NotImplementedError


def finish(tx: Transaction, turn: int, counts: Mapping[str, Any], *, now: datetime) -> None:
    """End a turn and keep what it did.

    Raises:
        UnknownName: No such turn.
    """
    raise NotImplementedError


def history(tx: Transaction) -> list[Turn]:
    """All turns, oldest first."""
    raise NotImplementedError
