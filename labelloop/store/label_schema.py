"""The labels with their descriptions, a version for each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from labelloop.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LabelSchema:
    """Labels in key order, with their descriptions."""

    version: int
    labels: Mapping[str, str]


def current(tx: Transaction) -> LabelSchema | None:
    """The newest version, None before the first."""
    raise NotImplementedError


def ensure(tx: Transaction, labels: Mapping[str, str], *, now: datetime) -> LabelSchema:
    """Make the project file's labels the current ones; a new version only if they differ.

    Raises:
        WrongUse: A label is gone that answers still stand on; names it and how many.
    """
    raise NotImplementedError
