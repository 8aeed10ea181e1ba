"""Challenger and champion on the same answers: measured, decided, kept, however it was trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labelloop.learning.consensus import trainable
from labelloop.loop.carrying import load_head
from labelloop.loop.clock import now
from labelloop.loop.encoding import encode_documents
from labelloop.loop.known import Examples, examples
from labelloop.loop.sets import judge_sets, sets_of
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store import datasets, embeddings, label_arrival, models, verdicts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from labelloop.learning.arrays import Bools, Float32
    from labelloop.learning.floors import FloorRule
    from labelloop.learning.gate import Decision
    from labelloop.learning.head import Head
    from labelloop.learning.multi_label.head import MultiLabelHead


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
class Material:
    """What one look into the store gives to train on.

    Attributes:
        held_out: Labelled documents that are never trained on.
        audited: Which of these were drawn at random and asked blind; the others came with
            a file. Both heads can be compared on all, accuracy is claimed from these alone.
        schema_version: Of the labels all this is in.
    """

    dataset_version: int
    champion: ModelVersion | None
    train: Examples
    held_out: Examples
    audited: Bools
    schema_version: int


@dataclass(frozen=True)
class Candidate:
    """A trained model on disk, before the gate.

    Attributes:
        kind: ``head`` or ``fine-tuned``.
        artefact: File of its head.
        sha256: Of that file.
        recipe: Everything needed to train it again; JSON values.
    """

    model_id: str
    kind: str
    encoder_id: str
    artefact: Path
    sha256: str
    recipe: Mapping[str, Any]


def material_of(tx: Any, workspace: Workspace, version: int, encoder_id: str) -> Material:
    """What a data set version gives, as vectors of one encoder."""
    import numpy as np

    frozen = datasets.load(tx, version)
    labels = workspace.project.label_names
    held_out = examples(tx, encoder_id, [one for one in frozen if one.audit], labels)
    drawn = [answer.document_id for answer in verdicts.answers(tx) if answer.lane == "audit"]
    return Material(
        dataset_version=version,
        champion=models.champion(tx),
        train=examples(tx, encoder_id, trainable(frozen), labels),
        held_out=held_out,
        audited=np.isin(held_out.document_ids, drawn),
        schema_version=label_arrival.version(tx),
    )


def judge(
    workspace: Workspace, material: Material, head: Head, crossfit_probabilities: Float32
) -> tuple[Decision, dict[str, Any]]:
    """The gate's decision, and everything measured on the way to it."""
    from labelloop.learning.evaluation import better_than_guessing, evaluate
    from labelloop.learning.gate import decide
    from labelloop.learning.multi_label.head import MultiLabelHead

    if isinstance(head, MultiLabelHead):
        return _judge_sets(workspace, material, head, crossfit_probabilities)
    labels = workspace.project.label_names
    held_out, train = material.held_out, material.train
    candidate = head.predict_proba(held_out.vectors)
    correct = candidate.argmax(axis=1) == held_out.y
    crossfit_correct = crossfit_probabilities.argmax(axis=1) == train.y
    if len(held_out.y):
        champion_correct = _champion_correct(workspace, material, held_out)
        decision = decide(
            champion_correct, correct, y=held_out.y, labels=labels, rule=floor_rule(workspace)
        )
    else:
        fresh = _unseen_by_champion(workspace, material)
        champion_correct = _champion_correct(workspace, material, _rows(train, fresh))
        decision = decide(champion_correct, crossfit_correct[fresh], basis="cross-fitted")
    audited = material.audited
    useful = better_than_guessing(
        audit_y=held_out.y[audited],
        audit_correct=correct[audited],
        crossfit_y=train.y,
        crossfit_correct=crossfit_correct,
    )
    metrics = {
        "audit": evaluate(held_out.y[audited], candidate[audited], labels).as_json(),
        "crossfit": evaluate(train.y, crossfit_probabilities, labels).as_json(),
        "gate": decision.as_json(),
        "useful": useful.useful,
        "useful_reason": useful.reason,
        "labels": len(train.y),
    }
    return decision, metrics


def _judge_sets(
    workspace: Workspace, material: Material, head: MultiLabelHead, crossfit_probabilities: Float32
) -> tuple[Decision, dict[str, Any]]:
    labels, fresh = workspace.project.label_names, _unseen_by_champion(workspace, material)
    on = material.held_out if len(material.held_out.y) else _rows(material.train, fresh)
    champion = None
    if material.champion is not None:
        champion = sets_of(*_champion_says(workspace, material.champion, on), labels)
    return judge_sets(
        head,
        crossfit_probabilities,
        train=material.train,
        held_out=material.held_out,
        audited=material.audited,
        fresh=fresh,
        champion=champion,
        labels=labels,
        rule=floor_rule(workspace),
    )


def floor_rule(workspace: Workspace) -> FloorRule:
    """What floors of labels the project file has."""
    from labelloop.learning.floors import FloorRule

    training = workspace.project.settings.training
    return FloorRule(veto=training.label_floors == "veto", own=training.recall_floors)


def _champion_correct(workspace: Workspace, material: Material, on: Examples) -> Bools | None:
    """Whether the champion gets each of these right; None where there is no champion."""
    import numpy as np

    if material.champion is None:
        return None
    labels = workspace.project.label_names
    head, said = _champion_says(workspace, material.champion, on)
    return np.asarray(
        [head.labels[column] == labels[y] for column, y in zip(said.argmax(axis=1), on.y, strict=True)],
        dtype=bool,
    )


def _champion_says(workspace: Workspace, champion: ModelVersion, on: Examples) -> tuple[Head, Float32]:
    head = load_head(workspace, champion)
    encoder = workspace.encoder_for(champion)
    if encoder is not None:  # a text that was revised since has no vector of the old encoder
        encode_documents(workspace, encoder, on.document_ids.tolist())
    with workspace.store.transaction("read the champion's vectors") as tx:
        _ids, vectors = embeddings.load(tx, champion.encoder_id, on.document_ids.tolist())
    return head, head.predict_proba(vectors)


def _unseen_by_champion(workspace: Workspace, material: Material) -> Bools:
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
        sureness=found.sureness[mask],
    )


def keep(
    workspace: Workspace,
    material: Material,
    candidate: Candidate,
    decision: Decision,
    metrics: Mapping[str, Any],
) -> TrainingOutcome:
    """Register the candidate, and make it the champion where the gate and the project say so."""
    asks = decision.promote and workspace.project.settings.training.promotion == "ask"
    promote = decision.promote and not asks
    reason = f"waits for a person's word, the gate says: {decision.reason}" if asks else decision.reason
    champion = material.champion
    model = ModelVersion(
        model_id=candidate.model_id,
        parent=champion.model_id if champion else None,
        kind=candidate.kind,
        encoder_id=candidate.encoder_id,
        dataset_version=material.dataset_version,
        status="candidate",
        metrics={**metrics, "awaits": asks},
        decision=reason,
        artefact=str(candidate.artefact.relative_to(workspace.project.folder)),
        sha256=candidate.sha256,
        recipe=candidate.recipe,
        created_at=now(),
    )
    with workspace.store.transaction("keep the model") as tx:
        label_arrival.demand(tx, material.schema_version)
        models.register(tx, model)
        if promote:
            models.promote(tx, model.model_id, now=now(), reason=reason)
    return TrainingOutcome(model.model_id, promote, reason, asks)
