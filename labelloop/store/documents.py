"""Documents: taken in by the batch, told apart by content, revised."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from labelloop.records import Batch, BatchCounts
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Groups:
    """Which document each document stands for, and whether it is reserved for the audit.

    Attributes:
        root: (n,) the document a duplicate points to, itself where it is none.
        audit: (n,) True where the document is on the audit side.
        content_hash: n hashes of the present texts.
    """

    root: NDArray[np.int64]
    audit: NDArray[np.bool_]
    content_hash: tuple[str, ...]


def save_batch(
    tx: Transaction,
    *,
    source: str,
    connector: str,
    batch: Batch,
    languages: Sequence[str | None] | None = None,
    audit_share: float,
    seed: int,
    known_labels: Collection[str],
    now: datetime,
) -> BatchCounts:
    """Take in a connector's batch and its cursor, all or nothing.

    Args:
        languages: Detected languages, aligned to ``batch.documents``; what the source says wins.
        audit_share: Share of new documents reserved for the audit lane.
        known_labels: Labels that may come with a document; others go to quarantine
            (counted as rejected) while the document stays.

    Returns:
        How many documents were new, changed, unchanged; how many rows or labels were
        rejected; how many labels were taken over; how many of the new and changed are
        exact duplicates of an earlier document.
    """
    raise NotImplementedError


def texts(tx: Transaction, document_ids: Sequence[int]) -> dict[int, str]:
    """The present texts of some documents."""
    raise NotImplementedError


def groups(tx: Transaction, document_ids: Sequence[int]) -> Groups:
    """Roots, sides and present content hashes, aligned to ``document_ids``.

    Raises:
        UnknownName: There is no such document.
    """
    raise NotImplementedError


def quarantine(
    tx: Transaction, source: str | None = None, limit: int = 1000
) -> list[Mapping[str, object]]:
    """What was set aside: source, place, reason, excerpt, seen_at; newest first."""
    raise NotImplementedError
