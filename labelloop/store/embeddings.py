"""Vectors by content hash and encoder: every text is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def missing(tx: Transaction, encoder_id: str, limit: int = 4096) -> tuple[list[str], list[str]]:
    """Content hashes and texts that have no vector of this encoder yet, shortest text first.

    Of present texts only, of documents that are no duplicates or that somebody answered.
    """
    raise NotImplementedError


def missing_count(tx: Transaction, encoder_id: str) -> int:
    """How many texts ``missing`` would give without a limit."""
    raise NotImplementedError


def save(tx: Transaction, encoder_id: str, hashes: Sequence[str], vectors: NDArray[np.floating]) -> int:
    """Keep (n, d) vectors as float16; those already there stay. Returns how many went in."""
    raise NotImplementedError


def load(
    tx: Transaction, encoder_id: str, document_ids: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Vectors of the present texts of some documents: ids (m,) that have one, vectors (m, d).

    For a few thousand documents; ``vector_cache.pool_vectors`` is for all of them.
    """
    raise NotImplementedError
