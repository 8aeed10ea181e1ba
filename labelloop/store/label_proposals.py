"""Labels that people propose while they work: kept, accepted or declined."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from labelloop.errors import UnknownName, WrongUse
from labelloop.store.transaction import Row, Transaction

State = Literal["waiting", "accepted", "declined"]

MOST_WAITING = 50
"""Of one person: more are noise, or a program run wild."""

_PROPOSAL = (
    "SELECT proposal_id, name, description, document_id, proposed_by, proposed_at, state, decided_by,"
    " decided_at, reason, label FROM label_proposals"
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A label somebody misses.

    Attributes:
        document_id: From which it was proposed; None where from none.
        reason: Why it was declined.
        label: The name under which it was accepted.
    """

    proposal_id: int
    name: str
    description: str
    document_id: int | None
    proposed_by: str
    proposed_at: datetime
    state: State
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    label: str | None


def propose(
    tx: Transaction,
    name: str,
    description: str,
    *,
    document_id: int | None,
    proposed_by: str,
    now: datetime,
) -> Proposal:
    """Keep a proposal; the same of the same person about the same document is kept once.

    Raises:
        UnknownName: There is no such document.
        WrongUse: Too many of this person wait already.
    """
    if document_id is not None and not tx.row(
        "SELECT 1 FROM documents WHERE document_id = $document", {"document": document_id}
    ):
        raise UnknownName(f"there is no document {document_id}")
    mine = [one for one in listed(tx, "waiting") if one.proposed_by == proposed_by]
    for one in mine:
        if one.name.casefold() == name.casefold() and one.document_id == document_id:
            return one
    if len(mine) >= MOST_WAITING:
        raise WrongUse(f"{len(mine)} proposals of {proposed_by!r} wait already")
    number = tx.next_ids("proposal_ids", 1)[0]
    tx.execute(
        "INSERT INTO label_proposals (proposal_id, name, description, document_id, proposed_by,"
        " proposed_at, state) VALUES ($number, $name, $description, $document, $by, $now, 'waiting')",
        {
            "number": number,
            "name": name,
            "description": description,
            "document": document_id,
            "by": proposed_by,
            "now": now,
        },
    )
    return get(tx, number)


def listed(tx: Transaction, state: State | None = None) -> list[Proposal]:
    """Proposals, oldest first."""
    rows = tx.rows(
        f"{_PROPOSAL} WHERE CAST($state AS TEXT) IS NULL OR state = $state ORDER BY proposal_id",
        {"state": state},
    )
    return [_proposal(row) for row in rows]


def get(tx: Transaction, proposal_id: int) -> Proposal:
    """One proposal.

    Raises:
        UnknownName: There is none of this number.
    """
    row = tx.row(f"{_PROPOSAL} WHERE proposal_id = $number", {"number": proposal_id})
    if row is None:
        raise UnknownName(
            f"there is no proposal {proposal_id}",
            remedy="See which there are: labelloop schema proposals",
        )
    return _proposal(row)


def alike(tx: Transaction, proposal_id: int) -> list[Proposal]:
    """A proposal that waits, and all that wait with the same name but for upper and lower case.

    Raises:
        UnknownName: There is none of this number.
        WrongUse: It was decided already.
    """
    one = get(tx, proposal_id)
    if one.state != "waiting":
        raise WrongUse(f"proposal {proposal_id} ({one.name!r}) was {one.state} by {one.decided_by}")
    return [same for same in listed(tx, "waiting") if same.name.casefold() == one.name.casefold()]


def decide(
    tx: Transaction,
    proposals: list[Proposal],
    state: Literal["accepted", "declined"],
    *,
    decided_by: str,
    now: datetime,
    reason: str | None = None,
    label: str | None = None,
) -> None:
    """Write down what became of them."""
    tx.execute(
        "UPDATE label_proposals SET state = $state, decided_by = $by, decided_at = $now,"
        " reason = $reason, label = $label WHERE proposal_id = ANY($numbers)",
        {
            "state": state,
            "by": decided_by,
            "now": now,
            "reason": reason,
            "label": label,
            "numbers": [one.proposal_id for one in proposals],
        },
    )


def _proposal(row: Row) -> Proposal:
    return Proposal(*row)
