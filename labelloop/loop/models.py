"""Model versions: listed, promoted by hand, rolled back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labelloop.errors import ArtefactMismatch, WrongUse
from labelloop.loop.clock import now
from labelloop.loop.encoding import encode_missing
from labelloop.loop.generation import predict_pool
from labelloop.loop.heads import head_of
from labelloop.loop.old_encoders import forget_old_vectors
from labelloop.loop.sets import KIND as MULTI_LABEL
from labelloop.loop.signs import keep_signs
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store import embeddings, models


def model_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Every model version, oldest first, with the accuracy it was judged by."""
    with workspace.store.transaction("list models") as tx:
        versions = models.versions(tx)
    return [
        {
            "model_id": model.model_id,
            "parent": model.parent,
            "status": model.status,
            "kind": model.kind,
            "encoder_id": model.encoder_id,
            "dataset_version": model.dataset_version,
            "labels": model.metrics.get("labels"),
            "accuracy": model.metrics["audit"]["accuracy"],
            "accuracy_text": _accuracy_text(model.metrics["audit"]),
            "decision": model.decision,
            "gate": model.metrics.get("gate", {}).get("reason"),
            "artefact": model.artefact,
            "sha256": model.sha256,
            "created_at": model.created_at.isoformat(),
            "promoted_at": model.promoted_at.isoformat() if model.promoted_at else None,
        }
        for model in versions
    ]


def find(workspace: Workspace, model_id: str | None) -> ModelVersion | None:
    """One model version; for None the champion, where there is one.

    Raises:
        UnknownName: No such model.
    """
    with workspace.store.transaction("find the model") as tx:
        return models.get(tx, model_id) if model_id else models.champion(tx)


def waiting(workspace: Workspace) -> ModelVersion | None:
    """The newest model, where the gate would promote it and a person has not decided yet."""
    with workspace.store.transaction("find a model that waits") as tx:
        versions = models.versions(tx)
    newest = versions[-1] if versions else None
    waits = newest and newest.status == "candidate" and newest.metrics.get("awaits")
    return newest if waits else None


def decide_waiting(workspace: Workspace, model_id: str, promote: bool, reason: str) -> None:
    """A person's word on a model that waited.

    Raises:
        UnknownName: No such model.
        ArtefactMismatch: Its file is not the one that was kept.
    """
    with workspace.store.transaction("read the model") as tx:
        model = models.get(tx, model_id)
    _check_artefact(workspace, model)
    if promote:
        _encode_for(workspace, model)
    with workspace.store.transaction("keep a person's word") as tx:
        models.decide(tx, model_id, reason, {**model.metrics, "awaits": False})
        if promote:
            models.promote(tx, model_id, now=now(), reason=reason)
    if promote:
        forget_old_vectors(workspace)
        keep_signs(workspace, model_id)  # its encoder has met the stop set only now


def promote_model(workspace: Workspace, model_id: str) -> str:
    """Make a model the champion by a person's word; returns one line for them.

    Raises:
        UnknownName: No such model.
        ArtefactMismatch: Its file is not the one that was kept.
    """
    with workspace.store.transaction("find the model") as tx:
        model = models.get(tx, model_id)
    _check_artefact(workspace, model)
    _encode_for(workspace, model)
    with workspace.store.transaction("promote") as tx:
        models.promote(tx, model_id, now=now(), reason="promoted by hand")
        if model.status == "candidate":  # what the gate said stays to be read
            models.decide(tx, model_id, f"promoted by hand; the gate: {model.decision}")
    forget_old_vectors(workspace)
    if (model.status, model.kind) == ("candidate", "fine-tuned"):
        keep_signs(workspace, model_id)  # its encoder has met the stop set only now
    return f"{model_id} is the champion now; {predict_pool(workspace).documents:,} documents re-scored."


def roll_back(workspace: Workspace) -> str:
    """Go back to the champion before this one; returns one line for a person.

    Raises:
        WrongUse: There was none before.
    """
    with workspace.store.transaction("find the champion before") as tx:
        before = models.champion_before(tx)
    if before is not None:  # all that takes time or may fail comes first: the champion stays till then
        _check_artefact(workspace, before)
        _encode_for(workspace, before)
    with workspace.store.transaction("roll back") as tx:
        model = models.rollback(tx, now=now(), reason="rolled back by hand")
    count = predict_pool(workspace).documents
    return f"{model.model_id} is the champion again; {count:,} documents re-scored."


def _encode_for(workspace: Workspace, model: ModelVersion) -> None:
    """Every text gets a vector of the encoder that the model reads, where the project has it."""
    with workspace.store.transaction("count texts to encode") as tx:
        missing = embeddings.missing_count(tx, model.encoder_id)
    encoder = workspace.encoder_for(model) if missing else None
    if encoder is not None:
        encode_missing(workspace, encoder)


def _check_artefact(workspace: Workspace, model: ModelVersion) -> None:
    if (model.kind == MULTI_LABEL) != workspace.project.settings.multi_label:
        gives = "sets of labels" if model.kind == MULTI_LABEL else "one label each"
        raise WrongUse(
            f"{model.model_id} gives {gives}, which is not what this project's documents have",
            remedy="Train a model of the other kind: labelloop train",
        )
    try:
        head_of(workspace, model)
    except ArtefactMismatch as error:
        raise ArtefactMismatch(
            error.message, remedy="The champion stays; train anew with 'labelloop train --again'"
        ) from None


def _accuracy_text(audit: Mapping[str, Any]) -> str | None:
    """With its name where it is not the accuracy."""
    measured = audit["accuracy"]
    if measured["value"] is None:
        return None
    name = f"{audit['measure']} " if "measure" in audit else ""
    low, high = measured["low"], measured["high"]
    return f"{name}{measured['value']:.1%} [{low:.1%}, {high:.1%}] n={measured['n']}"
