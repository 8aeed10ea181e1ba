"""Model versions: candidates, one champion, the retired."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labelloop.errors import UnknownName, WrongUse
from labelloop.records import ModelVersion
from labelloop.store.intake import as_json
from labelloop.store.transaction import Row, Transaction

_MODEL = (
    "SELECT model_id, parent, kind, encoder_id, dataset_version, status, metrics, decision, artefact,"
    " sha256, recipe, created_at, promoted_at FROM models"
)


def next_id(tx: Transaction) -> str:
    """A model id never given before: ``m0001`` and so on."""
    return f"m{tx.next_ids('model_numbers', 1)[0]:04d}"


def register(tx: Transaction, model: ModelVersion) -> None:
    """Keep a newly trained model, as ``candidate`` whatever its status says.

    The labels it speaks in are the present ones.
    """
    tx.execute(
        "INSERT INTO models (model_id, parent, kind, encoder_id, dataset_version, status, metrics,"
        " decision, artefact, sha256, recipe, created_at, schema_version) VALUES ($model_id, $parent,"
        " $kind, $encoder_id, $dataset_version, 'candidate', $metrics, $decision, $artefact, $sha256,"
        " $recipe, $created_at, (SELECT max(version) FROM label_schema))",
        {
            "model_id": model.model_id,
            "parent": model.parent,
            "kind": model.kind,
            "encoder_id": model.encoder_id,
            "dataset_version": model.dataset_version,
            "metrics": as_json(model.metrics),
            "decision": model.decision,
            "artefact": model.artefact,
            "sha256": model.sha256,
            "recipe": as_json(model.recipe),
            "created_at": model.created_at,
        },
    )


def decide(
    tx: Transaction, model_id: str, decision: str, metrics: Mapping[str, Any] | None = None
) -> None:
    """Write down what the gate decided, and why; and the metrics it saw.

    Raises:
        UnknownName: No such model.
    """
    get(tx, model_id)
    tx.execute(
        "UPDATE models SET decision = $decision, metrics = coalesce($metrics, metrics)"
        " WHERE model_id = $model",
        {
            "model": model_id,
            "decision": decision,
            "metrics": None if metrics is None else as_json(metrics),
        },
    )


def promote(tx: Transaction, model_id: str, *, now: datetime, reason: str | None = None) -> ModelVersion:
    """Make a model the champion and retire the one before.

    Raises:
        UnknownName: No such model.
    """
    tx.serialise("models")
    get(tx, model_id)
    before = champion(tx)
    if before and before.model_id == model_id:
        return before
    return _change(tx, model_id, before=before, kind="promote", reason=reason, now=now)


def rollback(tx: Transaction, *, now: datetime, reason: str | None = None) -> ModelVersion:
    """Go back to the champion before this one; again, to the one before that.

    Raises:
        WrongUse: There was none.
    """
    tx.serialise("models")
    present = champion(tx)
    earlier = _before(tx, present.model_id) if present else None
    if present is None or earlier is None:
        raise WrongUse("there is no earlier champion to go back to")
    return _change(tx, earlier, before=present, kind="rollback", reason=reason, now=now)


def champion(tx: Transaction) -> ModelVersion | None:
    """The champion, None before the first promotion."""
    row = tx.row(f"{_MODEL} WHERE status = 'champion'")
    return _model(row) if row else None


def get(tx: Transaction, model_id: str) -> ModelVersion:
    """One model.

    Raises:
        UnknownName: No such model.
    """
    row = tx.row(f"{_MODEL} WHERE model_id = $model", {"model": model_id})
    if row is None:
        raise UnknownName(
            f"there is no model {model_id!r}", remedy="See which there are: labelloop models list"
        )
    return _model(row)


def schema_version(tx: Transaction, model_id: str) -> int | None:
    """Version of the labels that a model was trained under; None where there was none yet.

    Raises:
        UnknownName: No such model.
    """
    row = tx.row("SELECT schema_version FROM models WHERE model_id = $model", {"model": model_id})
    if row is None:
        raise UnknownName(
            f"there is no model {model_id!r}", remedy="See which there are: labelloop models list"
        )
    return None if row[0] is None else int(row[0])


def tuned(tx: Transaction, encoder_id: str) -> ModelVersion | None:
    """The fine-tuned model that an encoder came with; None for an encoder from elsewhere."""
    row = tx.row(
        f"{_MODEL} WHERE kind = 'fine-tuned' AND encoder_id = $encoder"
        " ORDER BY created_at DESC, model_id DESC LIMIT 1",
        {"encoder": encoder_id},
    )
    return _model(row) if row else None


def champion_before(tx: Transaction) -> ModelVersion | None:
    """Whom a rollback would go back to, None where there is none."""
    present = champion(tx)
    earlier = _before(tx, present.model_id) if present else None
    return get(tx, earlier) if earlier else None


def versions(tx: Transaction) -> list[ModelVersion]:
    """All models, oldest first."""
    return [_model(row) for row in tx.rows(f"{_MODEL} ORDER BY created_at, model_id")]


def _before(tx: Transaction, model_id: str) -> str | None:
    """Whom this champion followed when it was last promoted (not rolled back to)."""
    row = tx.row(
        "SELECT follows FROM promotions WHERE model_id = $model AND kind = 'promote'"
        " ORDER BY sequence DESC LIMIT 1",
        {"model": model_id},
    )
    return row[0] if row else None


def _change(
    tx: Transaction,
    model_id: str,
    *,
    before: ModelVersion | None,
    kind: str,
    reason: str | None,
    now: datetime,
) -> ModelVersion:
    tx.execute("UPDATE models SET status = 'retired' WHERE status = 'champion'")
    tx.execute(
        "UPDATE models SET status = 'champion', promoted_at = $now WHERE model_id = $model",
        {"model": model_id, "now": now},
    )
    tx.execute(
        "INSERT INTO promotions (sequence, model_id, follows, kind, reason, at_time)"
        " VALUES (nextval('promotion_sequence'), $model, $follows, $kind, $reason, $now)",
        {
            "model": model_id,
            "follows": before.model_id if before else None,
            "kind": kind,
            "reason": reason,
            "now": now,
        },
    )
    return get(tx, model_id)


def _model(row: Row) -> ModelVersion:
    return ModelVersion(
        model_id=row[0],
        parent=row[1],
        kind=row[2],
        encoder_id=row[3],
        dataset_version=row[4],
        status=row[5],
        metrics=json.loads(row[6]),
        decision=row[7],
        artefact=row[8],
        sha256=row[9],
        recipe=json.loads(row[10]),
        created_at=row[11],
        promoted_at=row[12],
    )
