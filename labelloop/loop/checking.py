"""Labels Checking as the page needs it: questions ahead, answers in batches, each with its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from labelloop.errors import BadInput, LabelGone, LabelloopError, LeaseLost, StaleText, UnknownName
from labelloop.loop.clock import now
from labelloop.loop.project_labels import settle, settle_kind, stored
from labelloop.loop.workspace import Workspace
from labelloop.records import Action, Item, Verdict
from labelloop.store import (
    answering,
    asked,
    bulk_answers,
    label_arrival,
    label_schema,
    leases,
    queue,
    verdicts,
)
from labelloop.store.label_schema import LabelSchema
from labelloop.store.transaction import Transaction

Outcome = Literal["stored", "known", "lease_lost", "stale_text", "label_gone", "unknown", "refused"]
"""What became of an answer; all but the first two mean that it is not kept, and say why."""

MOST_AHEAD = 10
"""Questions one person may hold: more would keep them from others."""

LEASE_SECONDS = 300.0
"""The page renews every minute; five minutes bridge a sleeping telephone."""

_MANY = 10
"""Answers from which on they are taken together: 2 ms each in place of 20."""

_OUTCOMES: tuple[tuple[type[LabelloopError], Outcome], ...] = (
    (LeaseLost, "lease_lost"),
    (StaleText, "stale_text"),
    (LabelGone, "label_gone"),
    (UnknownName, "unknown"),
    (LabelloopError, "refused"),
)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it arrives: what the person did, and about which text.

    Attributes:
        verdict_id: Made by the client; sent twice it counts once.
        content_hash: Of the text that was on the screen.
        labels: One label; none for skip and flag.
        schema_version: Of the labels that were on the screen; None where the client did not say.
    """

    verdict_id: str
    item_id: int
    content_hash: str
    action: Literal["label", "skip", "flag"]
    labels: tuple[str, ...] = ()
    seconds: float | None = None
    note: str | None = None
    schema_version: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one answer."""

    verdict_id: str
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """What the desk hands over.

    Attributes:
        items: Further questions, leased to the person.
        lost: Of those in hand, the ones that are no longer theirs.
        received: What became of the answers, in their order.
        waiting: Questions that are open to anybody or leased, after all this.
        today: Answers of this person that stand, of this UTC day.
        hidden: Those of ``items`` that are never explained: asked blind, or for the audit.
        schema_version: Of the present labels; a page that shows others is behind.
    """

    items: tuple[Item, ...] = ()
    lost: tuple[int, ...] = ()
    received: tuple[Received, ...] = ()
    waiting: int = 0
    today: int = 0
    hidden: frozenset[int] = field(default_factory=frozenset)
    schema_version: int = 0


def begin(workspace: Workspace) -> None:
    """Make the store ready and the project file's labels the current ones."""
    with workspace.store.transaction("open the checking page") as tx:
        settle(tx, workspace)
        settle_kind(tx, workspace)


def hand_over(
    workspace: Workspace,
    annotator: str,
    given: Sequence[Given] = (),
    *,
    count: int = 0,
    holding: Sequence[int] = (),
) -> Handed:
    """Take answers, renew what is in hand, and lease more: one transaction for all of it.

    Args:
        workspace: The project.
        annotator: Who is at the page.
        given: Answers, oldest first; what cannot be kept is named and the others are.
        count: Further questions wanted.
        holding: Items that the page has, those of ``given`` left out.
    """
    if not 0 <= count <= MOST_AHEAD:
        raise BadInput(f"{count} questions at once are too many", remedy=f"At most {MOST_AHEAD}")
    with workspace.store.transaction("hand over") as tx:
        schema = stored(tx, workspace)
        received = _take_by(tx, annotator, given, schema)
        mine = leases.renew_held(tx, annotator, holding, now=now(), lease_seconds=LEASE_SECONDS)
        items = leases.claim_more(
            tx, annotator, count=count, holding=holding, now=now(), lease_seconds=LEASE_SECONDS
        )
        counts = queue.counts(tx, now=now())
        today = verdicts.given_since(tx, annotator, now().replace(hour=0, minute=0, second=0))
        hidden = asked.explained_to_nobody(tx, [item.item_id for item in items])
    return Handed(
        items=tuple(items),
        lost=tuple(sorted(set(holding) - set(mine))),
        received=tuple(received),
        waiting=counts["open"] + counts["leased"],
        today=today,
        hidden=frozenset(hidden),
        schema_version=schema.version,
    )


def take_back(workspace: Workspace, annotator: str, undo_id: str) -> tuple[Item | None, bool]:
    """Undo this person's newest answer; its item, leased again, and whether it may be explained.

    The item is None where there was nothing to take back or it cannot be asked again.
    """
    with workspace.store.transaction("take back") as tx:
        item = answering.undo(tx, annotator, verdict_id=undo_id, now=now(), lease_seconds=LEASE_SECONDS)
        hidden = item is not None and bool(asked.explained_to_nobody(tx, [item.item_id]))
    return item, hidden


def give_back(workspace: Workspace, annotator: str, items: Sequence[int]) -> int:
    """Release questions unanswered, as when the page closes; how many were this person's."""
    with workspace.store.transaction("give back") as tx:
        return sum(leases.release(tx, item, annotator) for item in items[:MOST_AHEAD])


def _take_by(
    tx: Transaction, annotator: str, given: Sequence[Given], schema: LabelSchema
) -> list[Received]:
    """Take answers whose labels may be of an earlier version: followed, or refused where nobody can."""
    if not given:
        return []
    label_schema.answer_by(tx)
    meant = [_in_present_labels(tx, one, schema) for one in given]
    taken = iter(_take(tx, annotator, [one for one in meant if isinstance(one, Given)]))
    return [next(taken) if isinstance(one, Given) else one for one in meant]


def _in_present_labels(tx: Transaction, given: Given, schema: LabelSchema) -> Given | Received:
    try:
        labels = label_arrival.meant(tx, given.labels, given.schema_version, schema)
    except LabelGone as error:
        # What is stored already, and sent again, is known by its id alone.
        known = answering.is_known(tx, given.verdict_id)
        return _received(given, False if known else error)
    return given if labels == given.labels else replace(given, labels=labels)


def _take(tx: Transaction, annotator: str, given: Sequence[Given]) -> list[Received]:
    """Many labels on different items together; all else one by one, in order."""
    items = {one.item_id for one in given if one.action == "label"}
    names = {one.verdict_id for one in given}
    if len(given) < _MANY or min(len(items), len(names)) < len(given):
        return [_take_one(tx, annotator, one) for one in given]
    found = {item.item_id: item for item in queue.several(tx, sorted(items))}
    ready = [one for one in given if one.item_id in found]
    verdicts = [_verdict(found[one.item_id], annotator, one) for one in ready]
    said = bulk_answers.answer_many(tx, annotator, verdicts, now=now())
    outcome = {one.verdict_id: _received(one, what) for one, what in zip(ready, said, strict=True)}
    nowhere = UnknownName("there is no such item in the checking queue")
    return [outcome.get(one.verdict_id) or _received(one, nowhere) for one in given]


def _take_one(tx: Transaction, annotator: str, given: Given) -> Received:
    """Every refusal comes before the first write, so what was refused left no trace."""
    try:
        item = queue.get(tx, given.item_id)
        return _received(given, answering.answer(tx, _verdict(item, annotator, given)))
    except LabelloopError as error:
        return _received(given, error)


def _received(given: Given, what: bool | LabelloopError) -> Received:
    if isinstance(what, LabelloopError):
        outcome = next(word for kind, word in _OUTCOMES if isinstance(what, kind))
        return Received(given.verdict_id, outcome, str(what))
    return Received(given.verdict_id, "stored" if what else "known")


def _verdict(item: Item, annotator: str, given: Given) -> Verdict:
    action: Action = given.action
    if given.action == "label":
        action = answering.action_of(given.labels, item.suggestion, item.suggestion_shown)
    return Verdict(
        verdict_id=given.verdict_id,
        item_id=item.item_id,
        document_id=item.document_id,
        content_hash=given.content_hash,
        annotator=annotator,
        action=action,
        labels=given.labels,
        suggestion_shown=item.suggestion_shown,
        given_at=now(),
        seconds=given.seconds,
        note=given.note,
    )


def queue_counts(workspace: Workspace) -> dict[str, int]:
    """Numbers of questions by state."""
    with workspace.store.transaction("count the queue") as tx:
        return queue.counts(tx, now=now())
