"""The checking queue: items in rank order, leased to one person at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from labelloop.records import Item, Lane, Pick
from labelloop.store.transaction import Transaction

LEASE_SECONDS = 600.0


def add(
    tx: Transaction,
    *,
    turn: int,
    picks: Sequence[Pick],
    suggestions: Mapping[int, tuple[str, float]] | None = None,
    model_id: str | None = None,
    verdicts_wanted: int = 1,
    now: datetime,
) -> int:
    """Queue documents in the order of ``picks``; how many went in.

    Left out silently: documents that are waiting already, duplicates, flagged ones, and
    (except in the lane ``relabel``) skipped and answered ones. Running a turn twice asks
    nobody twice.

    Args:
        suggestions: Label and confidence by document id. Kept with blind items too, and
            never shown there. Items of the lane ``audit`` are always blind.
    """
    raise NotImplementedError


def claim(
    tx: Transaction, annotator: str, *, now: datetime, lease_seconds: float = LEASE_SECONDS
) -> Item | None:
    """Lease the next item to a person: their own live lease first, then by rank.

    Never an item this person answered or skipped, nor one that is leased to another;
    leases that ran out are taken over. A document of the lane ``relabel`` goes to somebody
    who has not answered it, unless nobody else was here within a week.

    Returns:
        None where nothing waits for this person.
    """
    raise NotImplementedError


def renew(
    tx: Transaction, item_id: int, annotator: str, *, now: datetime, lease_seconds: float = LEASE_SECONDS
) -> None:
    """Make a lease last ``lease_seconds`` from now.

    Raises:
        LeaseLost: The item is not leased to this person any more.
    """
    raise NotImplementedError


def release(tx: Transaction, item_id: int, annotator: str) -> bool:
    """Give an item back unanswered; False where it was not leased to this person."""
    raise NotImplementedError


def withdraw(tx: Transaction, *, lanes: Sequence[Lane] | None = None, reason: str, now: datetime) -> int:
    """Take back what nobody has answered or leased; how many items.

    Args:
        lanes: Only these lanes; None for all.
    """
    raise NotImplementedError


def get(tx: Transaction, item_id: int) -> Item:
    """One item.

    Raises:
        UnknownName: There is none of this number.
    """
    raise NotImplementedError


def open_items(tx: Transaction, *, now: datetime) -> Iterator[Item]:
    """All items that wait for an answer (leased ones too), by rank; suggestions of blind ones left out."""
    raise NotImplementedError


def counts(tx: Transaction, *, now: datetime) -> dict[str, int]:
    """Numbers of items: ``open`` (leases that ran out count here), ``leased``, ``done``, ``withdrawn``."""
    raise NotImplementedError
