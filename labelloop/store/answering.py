"""People's answers on their way in: stored once, never changed; undo is a further row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labelloop.records import Action, Item, Verdict
from labelloop.store.queue import LEASE_SECONDS
from labelloop.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class GivenLabel:
    """One row of an imported file.

    Attributes:
        place: Where it stands, for the message: ``verdicts.csv line 17``.
        labels: At least one.
        item_id: The item answered, or None with ``document_id``.
        content_hash: Of the text labelled, where the file says it: checked against the present one.
    """

    place: str
    labels: tuple[str, ...]
    item_id: int | None = None
    document_id: int | None = None
    content_hash: str | None = None


def action_of(labels: Sequence[str], suggestion: str | None, shown: bool) -> Action:
    """``label`` where no suggestion was shown, else ``accept`` or ``correct``."""
    raise NotImplementedError


def answer(tx: Transaction, verdict: Verdict) -> bool:
    """Store one person's answer about a queue item; False where this verdict id is known already.

    The item is done once ``verdicts_wanted`` people labelled it. ``skip``: the item goes to
    the others; once everybody (seen within a week) skipped it, it is withdrawn and the
    document leaves the pool. ``flag``: it is withdrawn at once and the document leaves the pool.

    Raises:
        UnknownName: No such item or label.
        StaleText: The document's text is no longer the one that was seen.
        LeaseLost: It is leased to, or was answered by, somebody else.
        BadInput: The action does not fit (accepting where nothing was shown, no label).
    """
    raise NotImplementedError


def undo(
    tx: Transaction,
    annotator: str,
    *,
    verdict_id: str,
    now: datetime,
    lease_seconds: float = LEASE_SECONDS,
) -> Item | None:
    """Take back this person's newest answer that stands, and lease its item to them again.

    Called again it takes back the one before. ``verdict_id`` names the undo itself; the
    same id sent twice undoes once.

    Returns:
        The item to answer again; None where there was nothing to take back or the item
        cannot be asked again (its text changed meanwhile).
    """
    raise NotImplementedError


def import_labels(tx: Transaction, annotator: str, given: Sequence[GivenLabel], *, now: datetime) -> int:
    """Store the labels of a file, thousands in a second; all of them or none.

    What this person already said about the same text is left out, so that a file can be
    imported twice. Leases do not matter here.

    Returns:
        How many verdicts went in.

    Raises:
        UnknownName: An item, document or label nobody knows; names the place.
        StaleText: A label for a text that has since changed; names the place.
    """
    raise NotImplementedError
