"""Is asking by the strategy paying, on this project? The chosen answers against the random lane's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from labelloop.learning.query_strategies import DEFAULT
from labelloop.loop.encoding import encode_documents
from labelloop.loop.known import examples, gather
from labelloop.loop.pool_help import pool_directions
from labelloop.loop.workspace import Workspace
from labelloop.records import Answer, Interval, Lane, ModelVersion
from labelloop.store import models

if TYPE_CHECKING:
    from labelloop.learning.arms import Fitting
    from labelloop.learning.control_arm import Paying
    from labelloop.learning.encoders import Encoder

KEPT = "paying"
"""Key under which a model's metrics keep what was found when it was trained."""


def paying_report(workspace: Workspace) -> Paying:
    """What the newest training found: whether the strategy pays, in words and numbers."""
    from labelloop.learning.control_arm import Paying, not_known

    with workspace.store.transaction("look at the newest model") as tx:
        versions = models.versions(tx)
    kept = next((one.metrics[KEPT] for one in reversed(versions) if KEPT in one.metrics), None)
    if kept is None:
        return not_known("no model has been trained yet" if not versions else "train once more")
    intervals = {name: Interval(**kept[name]) for name in ("ahead", "saved")}
    found = Paying(**{**kept, **intervals})
    if "not enough" in found.sentence:  # answers have come since, and are counted elsewhere
        return replace(found, sentence=f"{found.sentence}, at the last training")
    return found


def judged_paying(workspace: Workspace) -> Paying:
    """Compare the arms anew: some forty small fits."""
    from labelloop.learning.arms import Answered, Audit
    from labelloop.learning.control_arm import not_known, paying

    settings = workspace.project.settings
    if (settings.query.strategy or DEFAULT) == "random":
        return not_known("everything is asked at random already")
    # Not the tuned one, where there is one: it has learnt from both arms.
    encoder = workspace.own_encoder()
    with workspace.store.transaction("gather the answers") as tx:
        known = gather(tx)
    encode_documents(workspace, encoder, sorted({answer.document_id for answer in known.answers}))
    found = known.consensus(settings.annotators.consensus)
    drawn = known.drawn_for_audit
    with workspace.store.transaction("read both arms") as tx:
        labels = workspace.project.label_names
        train = examples(tx, encoder.encoder_id, found.training, labels)
        audited = [one for one in found.audit if one.document_id in drawn]
        audit = examples(tx, encoder.encoder_id, audited, labels)
        champion = models.champion(tx)
    order, lanes = in_order_of_asking(train.document_ids.tolist(), known.answers)
    answered = Answered(train.vectors[order], train.y[order], lanes)
    return paying(
        answered,
        Audit(audit.vectors, audit.y),
        _fitting(workspace, champion, encoder),
        seed=settings.query.seed,
    )


def falls_back(workspace: Workspace) -> str:
    """Why questions are drawn at random now, for a person; empty where the strategy chooses them."""
    if workspace.project.settings.query.when_not_paying != "fall_back":
        return ""
    found = paying_report(workspace)
    if found.verdict != "not paying":
        return ""
    return f"drawn at random, as query.when_not_paying wishes. {found.sentence}"


def as_json(found: Paying) -> dict[str, Any]:
    """The report as JSON values."""
    return asdict(found)


def in_order_of_asking(
    documents: Sequence[int], answers: Sequence[Answer]
) -> tuple[list[int], list[Lane | None]]:
    """Rows of documents by the time of their first answer, and the lane that brought it."""
    first: dict[int, Answer] = {}
    for answer in sorted(answers, key=lambda one: one.given_at):
        first.setdefault(answer.document_id, answer)
    known = [(row, first[number]) for row, number in enumerate(documents) if number in first]
    known.sort(key=lambda one: (one[1].given_at, one[0]))
    return [row for row, _ in known], [answer.lane for _, answer in known]


def _fitting(workspace: Workspace, champion: ModelVersion | None, encoder: Encoder) -> Fitting:
    """As the champion was fitted, where it is a head on the same vectors."""
    from labelloop.learning.arms import Fitting
    from labelloop.learning.training import FIRST_PENALTY

    recipe = champion.recipe if champion and champion.encoder_id == encoder.encoder_id else {}
    helped = recipe.get("pool_help", True)
    hints = workspace.hints_of(encoder)
    return Fitting(
        n_labels=len(workspace.project.label_names),
        hints=hints,
        class_weight=workspace.project.settings.training.class_weight,
        penalty=float(recipe.get("C", FIRST_PENALTY)),
        directions=pool_directions(workspace, encoder.encoder_id, hints) if helped else None,
    )
