"""Model Training: a head on the newest data set version, judged beside the champion."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from labelloop.errors import ArtefactMismatch, TooFewLabels
from labelloop.loop.doubtful import keep_doubts
from labelloop.loop.heads import head_of
from labelloop.loop.judging import Candidate, Material, TrainingOutcome, judge, keep, material_of
from labelloop.loop.pool_help import train_single
from labelloop.loop.recalibrating import honest
from labelloop.loop.sets import KIND as MULTI_LABEL
from labelloop.loop.sets import train_sets
from labelloop.loop.signs import keep_signs
from labelloop.loop.workspace import Workspace
from labelloop.progress import progress
from labelloop.store import datasets, models
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.multi_label.training import TrainedSets
    from labelloop.learning.training import Trained

__all__ = ["TrainingOutcome", "train_if_possible", "train_model"]

logger = logging.getLogger(__name__)


def train_model(workspace: Workspace, *, again: bool = False) -> TrainingOutcome:
    """Train on the present data set version, compare, promote if not worse beyond noise.

    Args:
        workspace: The project.
        again: Train even though a model was trained on this version.

    Raises:
        TooFewLabels: No labels, or of one class only; the message says what is missing.
    """
    with workspace.store.transaction("see what there is to learn") as tx:
        newest = present_version(tx)
        last = models.versions(tx)[-1:]
    several = workspace.project.settings.multi_label
    if not again and any(
        model.dataset_version == newest and (model.kind == MULTI_LABEL) == several for model in last
    ):
        return TrainingOutcome(None, False, f"data set version {newest} has been trained on already")
    encoder_id = workspace.encoder().encoder_id
    with workspace.store.transaction("read the data set") as tx:
        material = material_of(tx, workspace, newest, encoder_id)
    if again:
        material = _without_broken_champion(workspace, material)
    with progress("Training", None, "labels"):
        trained = _train(workspace, material, encoder_id)
    outcome = _compare_and_keep(workspace, material, trained)
    if outcome.model_id:
        keep_doubts(
            workspace, outcome.model_id, material.train, trained.head, trained.crossfit_probabilities
        )
        keep_signs(workspace, outcome.model_id)
    logger.info("Model Training · %s: %s", outcome.model_id, outcome.reason)
    return outcome


def _without_broken_champion(workspace: Workspace, material: Material) -> Material:
    """A champion whose file is not the one that was kept cannot defend its place."""
    champion = material.champion
    if champion is None:
        return material
    try:
        head_of(workspace, champion)
    except ArtefactMismatch as error:
        logger.warning("Model Training · trained as if there were no champion: %s", error.message)
        return replace(material, champion=None)
    return material


def train_if_possible(workspace: Workspace, *, again: bool = False) -> TrainingOutcome:
    """The same inside a turn, where too few labels are no error but the reason to ask on."""
    try:
        outcome = train_model(workspace, again=again)
    except TooFewLabels as error:
        outcome = TrainingOutcome(None, False, error.message)  # what to do, the turn says at its end
    if outcome.model_id is None:
        logger.info("Model Training · nothing trained: %s", outcome.reason)
    return outcome


def present_version(tx: Transaction) -> int:
    """The number of the data set version that holds what people say now.

    Raises:
        TooFewLabels: There is none.
    """
    present = datasets.present(tx)
    if present is None:
        raise TooFewLabels(
            "there are no labels yet",
            remedy="Answer open questions with 'labelloop check', or import some, then train",
        )
    return present.version


def _train(workspace: Workspace, material: Material, encoder_id: str) -> Trained | TrainedSets:
    if workspace.project.settings.multi_label:
        return train_sets(workspace, material.train, encoder_id, material.champion)
    own = workspace.project.settings.training.head
    if own:
        trained = _train_own(workspace, material, encoder_id, own)
    else:
        trained = train_single(workspace, material, encoder_id)
    return honest(workspace, material, trained)


def _train_own(workspace: Workspace, material: Material, encoder_id: str, factory: str) -> Trained:
    from labelloop.learning.own_estimator import train_estimator

    return train_estimator(
        factory,
        material.train.vectors,
        material.train.y,
        labels=workspace.project.label_names,
        encoder_id=encoder_id,
        seed=workspace.project.settings.query.seed,
        groups=material.train.groups,
    )


def _compare_and_keep(
    workspace: Workspace, material: Material, trained: Trained | TrainedSets
) -> TrainingOutcome:
    decision, metrics = judge(workspace, material, trained.head, trained.crossfit_probabilities)
    with workspace.store.transaction("number the model") as tx:
        model_id = models.next_id(tx)
    artefact = workspace.project.artefacts / f"{model_id}.safetensors"
    sha256 = trained.head.save(artefact)
    kind = MULTI_LABEL if workspace.project.settings.multi_label else "head"
    candidate = Candidate(model_id, kind, trained.head.encoder_id, artefact, sha256, trained.report)
    return keep(workspace, material, candidate, decision, metrics)
