"""Model versions: candidates, one champion, the retired."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labelloop.records import ModelVersion
from labelloop.store.transaction import Transaction


def next_id(tx: Transaction) -> str:
    """A model id never given before: ``m0001`` and so on."""
    raise NotImplementedError


def register(tx: Transaction, model: ModelVersion) -> None:
    """Keep a newly trained model, as ``candidate``."""
    raise NotImplementedError


def decide(
    tx: Transaction, model_id: str, decision: str, metrics: Mapping[str, Any] | None = None
) -> None:
    """Write down what the gate decided, and why; and the metrics it saw."""
    raise NotImplementedError


def promote(tx: Transaction, model_id: str, *, now: datetime, reason: str | None = None) -> ModelVersion:
    """Make a model the champion and retire the one before.

    Raises:
        UnknownName: No such model.
    """
    raise NotImplementedError


def rollback(tx: Transaction, *, now: datetime, reason: str | None = None) -> ModelVersion:
    """Go back to the champion before this one.

    Raises:
        WrongUse: There was none.
    """
    raise NotImplementedError


def champion(tx: Transaction) -> ModelVersion | None:
    """The champion, None before the first promotion."""
    raise NotImplementedError


def get(tx: Transaction, model_id: str) -> ModelVersion:
    """One model.

    Raises:
        UnknownName: No such model.
    """
    raise NotImplementedError


def versions(tx: Transaction) -> list[ModelVersion]:
    """All models, oldest first."""
    raise NotImplementedError
