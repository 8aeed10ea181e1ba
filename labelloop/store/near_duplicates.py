"""Near-duplicates, the store's half: bands kept, candidates found by a join, links written.

The MinHash itself and the decision whether two texts are alike are the learning's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def without_bands(tx: Transaction, limit: int = 5000) -> tuple[list[int], list[str]]:
    """Documents (no duplicates) whose present text has no bands yet: ids and texts, oldest first."""
    raise NotImplementedError


def save_bands(tx: Transaction, document_ids: Sequence[int], bands: NDArray[np.integer]) -> None:
    """Keep the band hashes of some documents, replacing what there was.

    Args:
        bands: (n, b) one 64-bit hash per document and band; column = band.
    """
    raise NotImplementedError


def candidates(tx: Transaction, document_ids: Sequence[int], per_band: int = 5) -> NDArray[np.int64]:
    """(m, 2) pairs to compare: ``[earlier, later]``, at least one of them in ``document_ids``.

    A document meets the ``per_band`` earliest of each band it shares, not everyone: ten
    thousand near-copies give fifty thousand pairs instead of fifty million.
    """
    raise NotImplementedError


def link(tx: Transaction, pairs: NDArray[np.int64]) -> int:
    """Declare pairs near-duplicates; each group points to its earliest document.

    Sides follow the root, and open items on what is now a duplicate are withdrawn.

    Returns:
        How many documents became duplicates.
    """
    raise NotImplementedError
