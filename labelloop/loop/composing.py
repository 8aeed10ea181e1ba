"""What there is to choose from, and the batch that is chosen: store and learning brought together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labelloop.label_names import is_former
from labelloop.learning.query_strategies import DEFAULT
from labelloop.loop.carrying import thresholds_now
from labelloop.loop.clock import now
from labelloop.loop.exploring import surprises_by_lane
from labelloop.loop.known import Examples, examples, gather
from labelloop.loop.second_opinions import second_opinions
from labelloop.loop.sets import KIND, for_strategies
from labelloop.loop.workspace import Workspace
from labelloop.records import Lane, ModelVersion, Pick
from labelloop.store import label_arrival, pool, predictions, queue, turns
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.arrays import Floats, Ints
    from labelloop.learning.batch import Candidates, Composed
    from labelloop.learning.exploring import Surprises
    from labelloop.learning.lanes import Shares


@dataclass(frozen=True)
class Known:
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


def look(
    tx: Transaction,
    workspace: Workspace,
    encoder_id: str,
    champion: ModelVersion | None,
    document_ids: Ints,
) -> Known:
    """What the store has to choose from, in one transaction."""
    gathered = gather(tx)
    now_known = gathered.consensus(workspace.project.settings.annotators.consensus)
    frame = pool.frame(tx)
    predicted = predictions.load(tx, document_ids) if champion else None
    if predicted and champion and champion.kind == KIND:
        thresholds = thresholds_now(tx, champion)
        predicted = replace(predicted, probabilities=for_strategies(predicted, thresholds))
    if predicted and champion and predicted.model_id != champion.model_id:
        predicted = None  # made by the champion before
    return Known(
        turn=turns.begin(tx, now=now()).turn,
        document_ids=document_ids,
        frame=frame,
        predicted=predicted,
        labelled=examples(tx, encoder_id, now_known.training, workspace.project.label_names),
        relabel=second_opinions(tx, now_known, gathered.answers, frame),
        asked_before=queue.asked_by_lane(tx),
        schema_version=label_arrival.version(tx),
        surprises=surprises_by_lane(tx),
    )


def compose_batch(
    workspace: Workspace,
    known: Known,
    vectors: Floats,
    size: int,
    *,
    cold: bool,
    fall_back: bool,
) -> Composed:
    """A batch by lanes; ``cold`` without a model, ``fall_back`` without the strategy.

    Raises:
        EmptyPool: Nothing is left to ask about.
    """
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


def _candidates(known: Known, vectors: Floats) -> Candidates:
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


def suggestions(known: Known, picks: tuple[Pick, ...]) -> dict[int, tuple[str, float]]:
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
