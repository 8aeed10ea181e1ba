"""Labels Checking and Manual Labelling: choose what people are asked, and queue it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from labelloop.errors import EmptyPool
from labelloop.loop.clock import now
from labelloop.loop.composing import compose_batch, look, suggestions
from labelloop.loop.known import weigh_ahead
from labelloop.loop.paying import falls_back
from labelloop.loop.project_labels import settle, settle_kind
from labelloop.loop.workspace import Workspace
from labelloop.plurals import counted, counted_do
from labelloop.records import Lane, ModelVersion
from labelloop.store import label_arrival, models, queue, status
from labelloop.store.transaction import Transaction
from labelloop.store.vector_cache import pool_vectors

logger = logging.getLogger(__name__)

_BY_MODEL: tuple[Lane, ...] = ("uncertain", "explore", "manual")
"""Lanes chosen with the model of the day: unanswered, they are chosen anew when it changes."""


@dataclass(frozen=True)
class Asked:
    """What was put on the checking queue.

    Attributes:
        questions: How many new items.
        waiting: How many wait for an answer now, the new ones among them.
        lanes: New items by lane.
        notes: Sentences for a person: why fewer, what was looked at in part.
    """

    questions: int
    waiting: int
    lanes: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Room:
    """How many questions fit, and what limits them."""

    size: int
    waiting: int
    note: str = ""


def ask(workspace: Workspace, *, manual: bool) -> Asked:
    """Fill the checking queue up to one batch. Called again, it asks nobody twice.

    Args:
        workspace: The project.
        manual: No useful model: documents are spread over the pool, without suggestions.
    """
    stage = "Manual Labelling" if manual else "Labels Checking"
    with workspace.store.transaction("make room in the queue") as tx:
        settle(tx, workspace)
        settle_kind(tx, workspace)
        champion = None if manual else models.champion(tx)
        if champion is None and not manual:
            return Asked(0, _waiting(tx), notes=("no model yet: manual labelling asks instead",))
        withdrawn = _withdraw_outdated(tx, champion)
        room = _room(tx, workspace)
    if withdrawn:
        logger.info("%s · %s unanswered questions of an older model taken back", stage, f"{withdrawn:,}")
    asked = _fill(workspace, champion, room) if room.size else Asked(0, room.waiting, notes=(room.note,))
    logger.info("%s · %s new questions, %s wait", stage, f"{asked.questions:,}", f"{asked.waiting:,}")
    for note in filter(None, asked.notes):
        logger.info("%s · %s", stage, note)
    return asked


def _withdraw_outdated(tx: Transaction, champion: ModelVersion | None) -> int:
    """Take back what an older model chose and nobody has looked at."""
    present = _id(champion)
    outdated = [
        item.lane
        for item in queue.open_items(tx, now=now())
        if item.lane in _BY_MODEL and item.model_id != present
    ]
    if not outdated:
        return 0
    return queue.withdraw(tx, lanes=_BY_MODEL, reason=f"{present or 'no model'} chooses anew", now=now())


def _id(model: ModelVersion | None) -> str | None:
    return model.model_id if model else None


def _waiting(tx: Transaction) -> int:
    counts = queue.counts(tx, now=now())
    return counts["open"] + counts["leased"]


def _room(tx: Transaction, workspace: Workspace) -> _Room:
    waiting = _waiting(tx)
    settings = workspace.project.settings
    size = max(0, settings.query.batch_size - waiting)
    note = "" if size else f"{counted_do(waiting, 'question', 'wait')} already"
    if settings.budget.max_labels is not None:
        left = settings.budget.max_labels - status.status(tx, now=now()).labels - waiting
        if left < size:
            budget = counted(settings.budget.max_labels, "label")
            note = f"the budget of {budget} leaves {max(0, left):,} more"
        size = min(size, max(0, left))
    return _Room(size, waiting, note)


def _fill(workspace: Workspace, champion: ModelVersion | None, room: _Room) -> Asked:
    encoder_id = champion.encoder_id if champion else workspace.encoder().encoder_id
    document_ids, vectors = pool_vectors(workspace.store, encoder_id)
    weigh_ahead(workspace)
    with workspace.store.transaction("look at the pool") as tx:
        known = look(tx, workspace, encoder_id, champion, document_ids)
    try:
        fallen = falls_back(workspace)
        composed = compose_batch(
            workspace, known, vectors, room.size, cold=champion is None, fall_back=bool(fallen)
        )
    except EmptyPool as error:
        return Asked(0, room.waiting, notes=(str(error),))
    with workspace.store.transaction("queue questions") as tx:
        if label_arrival.version(tx) != known.schema_version:
            return Asked(0, _waiting(tx), notes=("the labels changed meanwhile: ask again",))
        added = queue.add(
            tx,
            turn=known.turn,
            picks=composed.picks,
            suggestions=suggestions(known, composed.picks) if champion else None,
            model_id=_id(champion),
            verdicts_wanted=workspace.project.settings.query.verdicts_wanted,
            now=now(),
        )
        waiting = _waiting(tx)
    lanes: dict[str, int] = {}
    for pick in composed.picks:
        lanes[pick.lane] = lanes.get(pick.lane, 0) + 1
    return Asked(added, waiting, lanes, (room.note, fallen, *composed.notes))
