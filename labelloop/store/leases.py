"""Leases: who has which question before them, and until when; given in rank order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from labelloop.errors import LeaseLost
from labelloop.records import Item
from labelloop.store import annotators, queue
from labelloop.store.transaction import Parameters, Transaction

LEASE_SECONDS = 600.0

_OWN = """
    SELECT item_id FROM checking_queue
    WHERE state = 'leased' AND leased_by = $who AND lease_until >= $now ORDER BY rank, item_id
"""
_NEXT = """
    SELECT q.item_id, q.document_id, q.lane, q.score FROM checking_queue AS q
    WHERE (q.state = 'open' OR (q.state = 'leased' AND q.lease_until < $now))
      AND q.item_id NOT IN (SELECT v.item_id FROM standing_verdicts AS v
                            WHERE v.annotator = $who AND v.item_id IS NOT NULL)
    ORDER BY q.rank, q.item_id LIMIT $count
"""
# Asked of few, and apart: within _NEXT it made every claim four times as slow.
_FOR_ANOTHER = """
    SELECT 1 WHERE EXISTS (SELECT 1 FROM counting_answers AS c
                           WHERE c.document_id = $document AND c.annotator = $who)
      AND EXISTS (SELECT 1 FROM annotators AS o
                  WHERE o.name NOT IN ($who, $import) AND o.last_seen >= $absent
                    AND NOT EXISTS (SELECT 1 FROM counting_answers AS c
                                    WHERE c.document_id = $document AND c.annotator = o.name))
"""
_BY_ANOTHER = """
    SELECT 1 FROM counting_answers AS c WHERE c.document_id = $document AND c.annotator = $who LIMIT 1
"""
# The predicate is repeated here: between the two statements another process may have been faster
# where the database lets several write at once.
_TAKE = """
    UPDATE checking_queue SET state = 'leased', leased_by = $who, lease_until = $until
    WHERE item_id = ANY($items)
      AND (state = 'open' OR (state = 'leased' AND (lease_until < $now OR leased_by = $who)))
    RETURNING item_id
"""

_HOLD = """
    UPDATE checking_queue SET state = 'leased', leased_by = $who, lease_until = $until
    WHERE item_id = ANY($holding)
      AND ((state = 'leased' AND leased_by = $who)
           OR (state = 'open' AND item_id NOT IN (SELECT v.item_id FROM standing_verdicts AS v
                                                  WHERE v.annotator = $who AND v.item_id IS NOT NULL)))
    RETURNING item_id
"""


def claim(
    tx: Transaction, annotator: str, *, now: datetime, lease_seconds: float = LEASE_SECONDS
) -> Item | None:
    """Lease the next item to a person: their own live lease first, then by rank.

    Never an item this person answered or skipped, nor one that is leased to another;
    leases that ran out are taken over. A document of the lane ``relabel`` goes to somebody
    who has not answered it; where a person sent it back, and nobody else was here within a
    week, to the same one too. A second opinion (it has a score) never does.

    Returns:
        None where nothing waits for this person.
    """
    found = claim_more(tx, annotator, count=1, now=now, lease_seconds=lease_seconds)
    return found[0] if found else None


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
    if not count:
        return []
    who = {"who": annotator, "now": now}
    taking = who | {"until": now + timedelta(seconds=lease_seconds)}
    found = [item for (item,) in tx.rows(_OWN, who) if item not in holding][:count]
    if found:
        _take(tx, found, taking)
    while len(found) < count and (chosen := _next(tx, who, count - len(found))):
        found += [item for item in _take(tx, chosen, taking) if item not in holding]
    # Own leases come first, but in their rank: a lease whose receipt was lost may be a late one.
    return sorted(queue.several(tx, found), key=lambda item: (item.rank, item.item_id))


def _next(tx: Transaction, who: Parameters, count: int) -> list[int]:
    """The next items that wait for this person; none where nothing does."""
    absent = {"import": annotators.IMPORT, "absent": who["now"] - annotators.ABSENT_AFTER}
    another = {"who": who["who"], **absent}
    wanted = count
    while True:
        rows = tx.rows(_NEXT, {**who, "count": wanted})
        fit = [
            item
            for item, document, lane, score in rows
            if lane != "relabel"
            or not tx.row(
                _FOR_ANOTHER if score is None else _BY_ANOTHER,
                (another if score is None else {"who": who["who"]}) | {"document": document},
            )
        ]
        if len(fit) >= count or len(rows) < wanted:
            return fit[:count]
        wanted *= 4  # many that others shall answer stand before the next


def _take(tx: Transaction, items: Sequence[int], taking: Parameters) -> list[int]:
    """Lease these; those that were still to be had."""
    return [item for (item,) in tx.rows(_TAKE, {**taking, "items": list(items)})]


def renew_held(
    tx: Transaction,
    annotator: str,
    holding: Sequence[int],
    *,
    now: datetime,
    lease_seconds: float = LEASE_SECONDS,
) -> list[int]:
    """Make the leases of what a person has in hand last on; those of it that are still theirs.

    What was let go meanwhile (by a page on its way out, late) and nobody took is theirs again, but for
    what they have answered elsewhere.
    """
    return [
        item
        for (item,) in tx.rows(
            _HOLD,
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
