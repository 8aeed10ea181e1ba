"""Model Training: a head on the newest data set version, judged beside the champion."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labelloop.errors import ArtefactMismatch, TooFewLabels
from labelloop.learning.consensus import trainable
from labelloop.loop.clock import now
from labelloop.loop.known import Examples, examples
from labelloop.loop.signs import keep_signs
from labelloop.loop.workspace import Workspace
from labelloop.progress import progress
from labelloop.records import ModelVersion
from labelloop.store import datasets, models, verdicts

if TYPE_CHECKING:
    from labelloop.learning.arrays import Bools, Float32
    from labelloop.learning.gate import Decision
    from labelloop.learning.training import Trained

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingOutcome:
    """What training came to.

    Attributes:
        model_id: The new model, None where none was trained.
        promoted: It is the champion now.
        reason: The gate's word, or why nothing was trained.
        awaits: The gate would promote it, and a person has the last word (training.promotion).
    """

    model_id: str | None
    promoted: bool
    reason: str
    awaits: bool = False


@dataclass(frozen=True)
class _Material:
    """What one look into the store gives to train on.

    Attributes:
        held_out: Labelled documents that are never trained on.
        audited: Which of these were drawn at random and asked blind; the others came with
            a file. Both heads can be compared on all, accuracy is claimed from these alone.
    """

    dataset_version: int
    champion: ModelVersion | None
    train: Examples
    held_out: Examples
    audited: Bools


def train_model(workspace: Workspace, *, again: bool = False) -> TrainingOutcome:
    """Train on the newest data set version, compare, promote if not worse beyond noise.

    Args:
        workspace: The project.
        again: Train even though a model was trained on this version.

    Raises:
        TooFewLabels: No labels, or of one class only; the message says what is missing.
    """
    with workspace.store.transaction("see what there is to learn") as tx:
        newest = _newest_version(tx)
        last = models.versions(tx)
    if not again and any(model.dataset_version == newest for model in last):
        return TrainingOutcome(None, False, f"data set version {newest} has been trained on already")
    encoder_id = workspace.encoder().encoder_id
    with workspace.store.transaction("read the data set") as tx:
        material = _material(tx, workspace, newest, encoder_id)
    if again:
        material = _without_broken_champion(workspace, material)
    with progress("Training", None, "labels"):
        trained = _train(workspace, material, encoder_id)
    outcome = _compare_and_keep(workspace, material, trained)
    if outcome.model_id:
        keep_signs(workspace, outcome.model_id)
    logger.info("Model Training · %s: %s", outcome.model_id, outcome.reason)
    return outcome


def _without_broken_champion(workspace: Workspace, material: _Material) -> _Material:
    """A champion whose file is not the one that was kept cannot defend its place."""
    from labelloop.learning.head import Head

    champion = material.champion
    if champion is None:
        return material
    try:
        Head.load(workspace.project.folder / champion.artefact, champion.sha256)
    except ArtefactMismatch as error:
        logger.warning("Model Training · trained as if there were no champion: %s", error.message)
        return replace(material, champion=None)
    return material


def train_if_possible(workspace: Workspace, *, again: bool = False) -> TrainingOutcome:
    """The same inside a turn, where too few labels are no error but the reason to ask on."""
    try:
        outcome = train_model(workspace, again=again)
    except TooFewLabels as error:
        outcome = TrainingOutcome(None, False, str(error))
    if outcome.model_id is None:
        logger.info("Model Training · nothing trained: %s", outcome.reason)
    return outcome


def _newest_version(tx: Any) -> int:
    versions = datasets.versions(tx)
    if not versions:
        raise TooFewLabels(
            "there are no labels yet",
            remedy="Answer open questions with 'labelloop check', or import some, then train",
        )
    return versions[-1].version


def _material(tx: Any, workspace: Workspace, version: int, encoder_id: str) -> _Material:
    import numpy as np

    frozen = datasets.load(tx, version)
    labels = workspace.project.label_names
    held_out = examples(tx, encoder_id, [one for one in frozen if one.audit], labels)
    drawn = [answer.document_id for answer in verdicts.answers(tx) if answer.lane == "audit"]
    return _Material(
        dataset_version=version,
        champion=models.champion(tx),
        train=examples(tx, encoder_id, trainable(frozen), labels),
        held_out=held_out,
        audited=np.isin(held_out.document_ids, drawn),
    )


def _train(workspace: Workspace, material: _Material, encoder_id: str) -> Trained:
    from labelloop.learning.training import train_head

    settings = workspace.project.settings
    return train_head(
        material.train.vectors,
        material.train.y,
        labels=workspace.project.label_names,
        encoder_id=encoder_id,
        hints=workspace.hints(),
        class_weight=settings.training.class_weight,
        seed=settings.query.seed,
        groups=material.train.groups,
        previous=material.champion.recipe if material.champion else None,
    )


def _compare_and_keep(workspace: Workspace, material: _Material, trained: Trained) -> TrainingOutcome:
    decision, metrics = _judge(workspace, material, trained)
    asks = decision.promote and workspace.project.settings.training.promotion == "ask"
    promote = decision.promote and not asks
    reason = f"waits for a person's word, the gate says: {decision.reason}" if asks else decision.reason
    with workspace.store.transaction("number the model") as tx:
        model_id = models.next_id(tx)
    artefact = workspace.project.artefacts / f"{model_id}.safetensors"
    artefact.parent.mkdir(exist_ok=True)
    sha256 = trained.head.save(artefact)
    champion = material.champion
    model = ModelVersion(
        model_id=model_id,
        parent=champion.model_id if champion else None,
        kind="head",
        encoder_id=trained.head.encoder_id,
        dataset_version=material.dataset_version,
        status="candidate",
        metrics=metrics | {"awaits": asks},
        decision=reason,
        artefact=str(artefact.relative_to(workspace.project.folder)),
        sha256=sha256,
        recipe=trained.report,
        created_at=now(),
    )
    with workspace.store.transaction("keep the model") as tx:
        models.register(tx, model)
        if promote:
            models.promote(tx, model_id, now=now(), reason=reason)
    return TrainingOutcome(model_id, promote, reason, asks)


def _judge(
    workspace: Workspace, material: _Material, trained: Trained
) -> tuple[Decision, dict[str, Any]]:
    """The gate's decision, and everything measured on the way to it."""
    from labelloop.learning.evaluation import better_than_guessing, evaluate
    from labelloop.learning.gate import decide

    labels = workspace.project.label_names
    held_out, train = material.held_out, material.train
    candidate = trained.head.predict_proba(held_out.vectors)
    correct = candidate.argmax(axis=1) == held_out.y
    crossfit_correct = trained.crossfit_probabilities.argmax(axis=1) == train.y
    if len(held_out.y):
        champion_correct = _champion_correct(workspace, material, held_out)
        decision = decide(champion_correct, correct, y=held_out.y, labels=labels, basis="audit")
    else:
        fresh = _unseen_by_champion(workspace, material)
        champion_correct = _champion_correct(workspace, material, _rows(train, fresh))
        decision = decide(
            champion_correct,
            crossfit_correct[fresh],
            y=train.y[fresh],
            labels=labels,
            basis="cross-fitted",
        )
    audited = material.audited
    useful = better_than_guessing(
        audit_y=held_out.y[audited],
        audit_correct=correct[audited],
        crossfit_y=train.y,
        crossfit_correct=crossfit_correct,
    )
    metrics = {
        "audit": evaluate(held_out.y[audited], candidate[audited], labels).as_json(),
        "crossfit": evaluate(train.y, trained.crossfit_probabilities, labels).as_json(),
        "gate": {**decision.numbers, "warnings": list(decision.warnings)},
        "useful": useful.useful,
        "useful_reason": useful.reason,
        "labels": len(train.y),
    }
    return decision, metrics


def _champion_correct(workspace: Workspace, material: _Material, on: Examples) -> Bools | None:
    """Whether the champion gets each of these right; None where there is no champion."""
    import numpy as np

    if material.champion is None:
        return None
    labels = workspace.project.label_names
    names, said = _champion_says(workspace, material.champion, on)
    return np.asarray(
        [names[column] == labels[y] for column, y in zip(said.argmax(axis=1), on.y, strict=True)],
        dtype=bool,
    )


def _champion_says(
    workspace: Workspace, champion: ModelVersion, on: Examples
) -> tuple[tuple[str, ...], Float32]:
    from labelloop.learning.head import Head
    from labelloop.store import embeddings

    head = Head.load(workspace.project.folder / champion.artefact, champion.sha256)
    vectors = on.vectors
    if champion.encoder_id != workspace.encoder().encoder_id:
        with workspace.store.transaction("read the champion's vectors") as tx:
            _ids, vectors = embeddings.load(tx, champion.encoder_id, on.document_ids.tolist())
    return head.labels, head.predict_proba(vectors)


def _unseen_by_champion(workspace: Workspace, material: _Material) -> Bools:
    """Which training answers came after the champion's data set: both heads meet them unseen."""
    import numpy as np

    if material.champion is None:
        return np.ones(len(material.train.y), dtype=bool)
    with workspace.store.transaction("read the champion's data set") as tx:
        seen = datasets.load(tx, material.champion.dataset_version)
    return ~np.isin(material.train.document_ids, [one.document_id for one in seen])


def _rows(found: Examples, mask: Bools) -> Examples:
    return replace(
        found,
        document_ids=found.document_ids[mask],
        vectors=found.vectors[mask],
        y=found.y[mask],
        groups=found.groups[mask],
    )
