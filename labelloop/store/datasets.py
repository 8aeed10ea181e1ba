"""Frozen, numbered, hashed lists of consensus labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from labelloop.records import ConsensusLabel, DatasetVersion
from labelloop.store.transaction import Transaction


def freeze(tx: Transaction, labels: Sequence[ConsensusLabel], *, now: datetime) -> DatasetVersion:
    """Keep these labels as a version; the same content gives the version there already is."""
    raise NotImplementedError


def load(tx: Transaction, version: int) -> list[ConsensusLabel]:
    """The labels of a version, by document.

    Raises:
        UnknownName: There is no such version.
    """
    raise NotImplementedError


def versions(tx: Transaction) -> list[DatasetVersion]:
    """All versions, oldest first."""
    raise NotImplementedError
