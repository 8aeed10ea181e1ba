"""The checking queue: items in rank order, leased to one person at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from labelloop.errors import LeaseLost, UnknownName
from labelloop.records import LANES, Item, Lane, Pick
from labelloop.store import annotators, queue_rows
from labelloop.store.transaction import Transaction

LEASE_SECONDS = 600.0

_OWN = """
    SELECT item_id FROM checking_queue
    WHERE state = 'leased' AND leased_by = $who AND lease_until >= $now
    ORDER BY rank, item_id LIMIT 1
"""
_ALL_OWN = """
    SELECT item_id FROM checking_queue
    WHERE state = 'leased' AND leased_by = $who AND lease_until >= $now ORDER BY rank, item_id
"""
_NEXT = """
    SELECT q.item_id FROM checking_queue AS q
    WHERE (q.state = 'open' OR (q.state = 'leased' AND q.lease_until < $now))
      AND NOT EXISTS (SELECT 1 FROM standing_verdicts AS v
                      WHERE v.item_id = q.item_id AND v.annotator = $who)
      AND NOT (q.lane = 'relabel'
        AND EXISTS (SELECT 1 FROM counting_answers AS c
                    WHERE c.document_id = q.document_id AND c.annotator = $who)
        AND EXISTS (SELECT 1 FROM annotators AS o
                    WHERE o.name NOT IN ($who, $import) AND o.last_seen >= $absent
                      AND NOT EXISTS (SELECT 1 FROM counting_answers AS c
                                      WHERE c.document_id = q.document_id AND c.annotator = o.name)))
    ORDER BY q.rank, q.item_id LIMIT 1
"""
# The predicate is repeated here: between the two statements another process may have been faster
# where the database lets several write at once.
_TAKE = """
    UPDATE checking_queue SET state = 'leased', leased_by = $who, lease_until = $until
    WHERE item_id = $item
      AND (state = 'open' OR (state = 'leased' AND (lease_until < $now OR leased_by = $who)))
    RETURNING item_id
"""


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
    annotators.ensure(tx, annotator, now=now)
    who = {"who": annotator, "now": now}
    waiting = who | {"import": annotators.IMPORT, "absent": now - annotators.ABSENT_AFTER}
    until = now + timedelta(seconds=lease_seconds)
    while True:
        found = tx.row(_OWN, who) or tx.row(_NEXT, waiting)
        if found is None:
            return None
        if tx.row(_TAKE, who | {"item": found[0], "until": until}):
            return get(tx, found[0])


def claim_more(
    tx: Transaction,
    annotator: str,
    *,
    count: int,
    holding: Sequence[int] = (),
    now: datetime,
    lease_seconds: float = LEASE_SECONDS,
) -> list[Item]:
    """Lease up to ``count`` items beside those the person has in hand: own live leases first.

    Args:
        holding: Items that the person's page has already; never given again.
    """
    annotators.ensure(tx, annotator, now=now)
    who = {"who": annotator, "now": now}
    waiting = who | {"import": annotators.IMPORT, "absent": now - annotators.ABSENT_AFTER}
    taken = who | {"until": now + timedelta(seconds=lease_seconds)}
    found = [item for (item,) in tx.rows(_ALL_OWN, who) if item not in holding][:count]
    for item in found:
        tx.rows(_TAKE, taken | {"item": item})
    while len(found) < count and (row := tx.row(_NEXT, waiting)):
        if tx.rows(_TAKE, taken | {"item": row[0]}) and row[0] not in holding:
            found.append(row[0])
    # Own leases come first, but in their rank: a lease whose receipt was lost may be a late one.
    return sorted(several(tx, found).values(), key=lambda item: (item.rank, item.item_id))


def renew_held(
    tx: Transaction,
    annotator: str,
    holding: Sequence[int],
    *,
    now: datetime,
    lease_seconds: float = LEASE_SECONDS,
) -> list[int]:
    """Make the leases of what a person has in hand last on; those of it that are still theirs."""
    return [
        item
        for (item,) in tx.rows(
            "UPDATE checking_queue SET lease_until = $until WHERE item_id = ANY($holding)"
            " AND state = 'leased' AND leased_by = $who RETURNING item_id",
            {
                "holding": list(holding),
                "who": annotator,
                "until": now + timedelta(seconds=lease_seconds),
            },
        )
    ]


def renew(
    tx: Transaction, item_id: int, annotator: str, *, now: datetime, lease_seconds: float = LEASE_SECONDS
) -> None:
    """Make a lease last ``lease_seconds`` from now; one that ran out too, if nobody took it.

    Raises:
        LeaseLost: The item is not leased to this person any more.
    """
    if not tx.changed(
        "UPDATE checking_queue SET lease_until = $until"
        " WHERE item_id = $item AND state = 'leased' AND leased_by = $who",
        {"item": item_id, "who": annotator, "until": now + timedelta(seconds=lease_seconds)},
    ):
        raise LeaseLost(
            f"item {item_id} is no longer reserved for {annotator!r}", remedy="Take the next one"
        )


def release(tx: Transaction, item_id: int, annotator: str) -> bool:
    """Give an item back unanswered; False where it was not leased to this person."""
    return bool(
        tx.changed(
            "UPDATE checking_queue SET state = 'open', leased_by = NULL, lease_until = NULL"
            " WHERE item_id = $item AND state = 'leased' AND leased_by = $who",
            {"item": item_id, "who": annotator},
        )
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
    row = tx.row(queue_rows.ITEM, {"item": item_id})
    if row is None:
        raise UnknownName(f"there is no item {item_id} in the checking queue")
    return queue_rows.item(row)


def several(tx: Transaction, items: Sequence[int]) -> dict[int, Item]:
    """Those of these items that there are, by number."""
    rows = tx.rows(queue_rows.SEVERAL, {"items": list(items)})
    return {row[0]: queue_rows.item(row) for row in rows}


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
