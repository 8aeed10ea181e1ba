"""Labels Checking and Manual Labelling: choose what people are asked, and queue it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from labelloop.errors import EmptyPool
from labelloop.label_names import is_former
from labelloop.learning.query_strategies import DEFAULT
from labelloop.loop.carrying import thresholds_now
from labelloop.loop.clock import now
from labelloop.loop.exploring import surprises_by_lane
from labelloop.loop.known import Examples, examples, gather, weigh_ahead
from labelloop.loop.measuring import audit_outcomes
from labelloop.loop.paying import falls_back
from labelloop.loop.project_labels import settle, settle_kind
from labelloop.loop.second_opinions import second_opinions
from labelloop.loop.sets import KIND, for_strategies, judge_outcomes
from labelloop.loop.workspace import Workspace
from labelloop.plurals import counted, counted_do
from labelloop.records import Lane, ModelVersion, Pick
from labelloop.store import label_arrival, models, pool, predictions, queue, status, turns
from labelloop.store.transaction import Transaction
from labelloop.store.vector_cache import pool_vectors

if TYPE_CHECKING:
    from labelloop.learning.arrays import Floats, Ints
    from labelloop.learning.batch import Candidates, Composed
    from labelloop.learning.exploring import Surprises
    from labelloop.learning.lanes import Shares

logger = logging.getLogger(__name__)

ENOUGH_AUDIT_ANSWERS = 20
"""With fewer, a model's use is judged by cross-fitting on the training answers."""

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
class Readiness:
    """Whether the champion may choose and suggest, and why."""

    useful: bool
    reason: str


@dataclass(frozen=True)
class _Room:
    """How many questions fit, and what limits them."""

    size: int
    waiting: int
    note: str = ""


@dataclass(frozen=True)
class _Known:
    """What one look into the store gives to compose a batch from."""

    turn: int
    document_ids: Ints
    frame: pool.Frame
    predicted: predictions.Predictions | None
    labelled: Examples
    relabel: dict[int, float]
    asked_before: dict[Lane, int]
    schema_version: int
    surprises: dict[Lane, Surprises]


def readiness(workspace: Workspace) -> Readiness:
    """Whether there is a champion that knows more than the best constant guess."""
    with workspace.store.transaction("judge the champion") as tx:
        champion = models.champion(tx)
        outcomes = audit_outcomes(tx)
    if champion is None:
        return Readiness(False, "there is no model yet")
    if len(outcomes) < ENOUGH_AUDIT_ANSWERS:
        return Readiness(bool(champion.metrics["useful"]), str(champion.metrics["useful_reason"]))
    if champion.kind == KIND:
        judged = judge_outcomes(outcomes, workspace.project.label_names)
        return Readiness(judged.useful, judged.reason)
    return _judge(outcomes)


def _judge(outcomes: list[tuple[str, str]]) -> Readiness:
    import numpy as np

    from labelloop.learning.evaluation import better_than_guessing

    names = sorted({label for label, _ in outcomes})
    y = np.asarray([names.index(label) for label, _ in outcomes], dtype=np.int64)
    correct = np.asarray([label == predicted for label, predicted in outcomes], dtype=bool)
    judged = better_than_guessing(
        audit_y=y, audit_correct=correct, crossfit_y=y[:0], crossfit_correct=correct[:0]
    )
    return Readiness(judged.useful, judged.reason)


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
        known = _look(tx, workspace, encoder_id, champion, document_ids)
    try:
        fallen = falls_back(workspace)
        composed = _compose(
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
            suggestions=_suggestions(known, composed.picks) if champion else None,
            model_id=_id(champion),
            verdicts_wanted=workspace.project.settings.query.verdicts_wanted,
            now=now(),
        )
        waiting = _waiting(tx)
    lanes: dict[str, int] = {}
    for pick in composed.picks:
        lanes[pick.lane] = lanes.get(pick.lane, 0) + 1
    return Asked(added, waiting, lanes, (room.note, fallen, *composed.notes))


def _look(
    tx: Transaction,
    workspace: Workspace,
    encoder_id: str,
    champion: ModelVersion | None,
    document_ids: Ints,
) -> _Known:
    gathered = gather(tx)
    now_known = gathered.consensus(workspace.project.settings.annotators.consensus)
    frame = pool.frame(tx)
    predicted = predictions.load(tx, document_ids) if champion else None
    if predicted and champion and champion.kind == KIND:
        thresholds = thresholds_now(tx, champion)
        predicted = replace(predicted, probabilities=for_strategies(predicted, thresholds))
    return _Known(
        turn=turns.begin(tx, now=now()).turn,
        document_ids=document_ids,
        frame=frame,
        predicted=predicted if predicted and predicted.model_id == _id(champion) else None,
        labelled=examples(tx, encoder_id, now_known.training, workspace.project.label_names),
        relabel=second_opinions(tx, now_known, gathered.answers, frame),
        asked_before=queue.asked_by_lane(tx),
        schema_version=label_arrival.version(tx),
        surprises=surprises_by_lane(tx),
    )


def _compose(
    workspace: Workspace,
    known: _Known,
    vectors: Floats,
    size: int,
    *,
    cold: bool,
    fall_back: bool,
) -> Composed:
    import numpy as np

    from labelloop.learning.batch import Labelled, compose

    query = workspace.project.settings.query
    labelled = known.labelled
    # The same turn asked twice (before and after a training) must draw anew: the number of
    # items asked so far is part of the seed.
    rng = np.random.default_rng([query.seed, known.turn, sum(known.asked_before.values())])
    shares, note = _shares(workspace, known.surprises, fall_back=fall_back)
    composed = compose(
        _candidates(known, vectors),
        size,
        labelled=Labelled(
            labelled.vectors,
            labelled.y,
            len(workspace.project.label_names),
            workspace.hints(),
            workspace.project.label_names,
        ),
        shares=shares,
        rng=rng,
        strategy=query.strategy or DEFAULT,
        relabel=known.relabel,
        asked_before=known.asked_before,
        cold=cold,
    )
    return replace(composed, notes=(note, *composed.notes))


def _shares(workspace: Workspace, seen: dict[Lane, Surprises], *, fall_back: bool) -> tuple[Shares, str]:
    """How the batch is divided, and a sentence where exploring was adapted."""
    from labelloop.learning.exploring import adapted
    from labelloop.learning.lanes import Shares, without_strategy

    query = workspace.project.settings.query
    shares = Shares(
        audit=query.audit_share,
        random=query.random_share,
        explore=query.explore_share,
        relabel=query.relabel_share,
        blind=query.blind_share,
    )
    if fall_back:
        return without_strategy(shares), ""
    return adapted(shares, seen) if query.adapt_exploring else (shares, "")


def _candidates(known: _Known, vectors: Floats) -> Candidates:
    """The documents that may be asked and have a vector (and a prediction), all arrays aligned."""
    import numpy as np

    from labelloop.learning.arrays import RowView
    from labelloop.learning.batch import Candidates

    askable = np.isin(known.document_ids, known.frame.document_ids[known.frame.selectable])
    if known.predicted is not None:
        askable &= known.predicted.label >= 0
    rows = np.flatnonzero(askable)
    ids = known.document_ids[rows]
    return Candidates(
        document_ids=ids,
        # A million vectors are not copied: the choice reads the rows it needs.
        vectors=RowView(vectors, rows),
        probabilities=None if known.predicted is None else known.predicted.probabilities[rows],
        audit=known.frame.audit[np.searchsorted(known.frame.document_ids, ids)],
    )


def _suggestions(known: _Known, picks: tuple[Pick, ...]) -> dict[int, tuple[str, float]]:
    """Label and confidence of the champion for each pick it has predicted."""
    import numpy as np

    made = known.predicted
    if made is None:
        return {}
    rows = np.flatnonzero(np.isin(known.document_ids, [pick.document_id for pick in picks]))
    return {
        int(known.document_ids[row]): (made.answers[made.label[row]], float(made.confidence[row]))
        for row in rows
        # A label that was split or removed is not suggested, though the model still knows it.
        if made.label[row] >= 0 and not is_former(made.answers[made.label[row]])
    }
