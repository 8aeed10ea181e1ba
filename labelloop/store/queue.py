"""The checking queue: items in rank order, and how many there are of what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from labelloop.errors import UnknownName
from labelloop.records import LANES, Item, Lane, Pick
from labelloop.store import queue_rows
from labelloop.store.transaction import Transaction

_FEW = 12  # up to which asking for one after the other is quicker than a join


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
    first = {pick.document_id: pick for pick in reversed(picks)}
    ordered = [first[number] for number in dict.fromkeys(pick.document_id for pick in picks)]
    tx.serialise("checking_queue")
    rows = queue_rows.askable(tx, ordered)
    if not rows:
        return 0
    return queue_rows.insert(
        tx,
        rows,
        suggestions or {},
        turn=turn,
        model_id=model_id,
        verdicts_wanted=verdicts_wanted,
        now=now,
    )


def withdraw(tx: Transaction, *, lanes: Sequence[Lane] | None = None, reason: str, now: datetime) -> int:
    """Take back what nobody has answered or leased; how many items.

    Args:
        lanes: Only these lanes; None for all.
        reason: A few words, kept with the item. ``skipped`` means that everybody skipped it.
    """
    return tx.changed(
        "UPDATE checking_queue SET state = 'withdrawn', reason = $reason, leased_by = NULL"
        " WHERE (state = 'open' OR (state = 'leased' AND lease_until < $now))"
        " AND ($all OR lane = ANY($lanes))"
        " AND NOT EXISTS (SELECT 1 FROM standing_verdicts AS v"
        "  WHERE v.item_id = checking_queue.item_id)",
        {"reason": reason, "now": now, "all": lanes is None, "lanes": list(lanes or LANES)},
    )


def get(tx: Transaction, item_id: int) -> Item:
    """One item.

    Raises:
        UnknownName: There is none of this number.
    """
    found = queue_rows.one(tx, item_id)
    if found is None:
        raise UnknownName(f"there is no item {item_id} in the checking queue")
    return found


def several(tx: Transaction, items: Sequence[int]) -> list[Item]:
    """Those of these items that there are."""
    if len(items) <= _FEW:
        found = (queue_rows.one(tx, item) for item in items)
        return [item for item in found if item is not None]
    return [queue_rows.item(row) for row in tx.rows(queue_rows.SEVERAL, {"items": list(items)})]


def open_items(tx: Transaction, *, now: datetime) -> Iterator[Item]:
    """All items that wait for an answer (leased ones too), by rank; blind ones without suggestion.

    An item whose lease ran out is ``open`` again here.
    """
    for batch in tx.batches(queue_rows.WAITING, {"now": now}):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield queue_rows.item(row)


def counts(tx: Transaction, *, now: datetime) -> dict[str, int]:
    """Numbers of items: ``open`` (leases that ran out too), ``leased``, ``done``, ``withdrawn``."""
    found: dict[str, int] = dict(
        tx.rows(
            "SELECT s.state, count(*) FROM (SELECT CASE WHEN state = 'leased' AND lease_until < $now"
            " THEN 'open' ELSE state END AS state FROM checking_queue) AS s GROUP BY s.state",
            {"now": now},
        )
    )
    return {state: found.get(state, 0) for state in ("open", "leased", "done", "withdrawn")}


def asked_by_lane(tx: Transaction) -> dict[Lane, int]:
    """How many items of each lane were queued and not withdrawn, in all turns."""
    return dict(
        tx.rows("SELECT lane, count(*) FROM checking_queue WHERE state <> 'withdrawn' GROUP BY lane")
    )
