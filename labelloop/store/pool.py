"""The documents a batch can be composed of, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """All documents that are no duplicates, by ascending id; every array is (n,).

    Attributes:
        document_ids: int64.
        audit: Reserved for the audit lane, never trained on.
        answered: The document, or a duplicate of it, has a counting answer.
        queued: It has an open or leased item.
        skipped: Everybody there was skipped it.
        flagged: Somebody flagged it.
    """

    document_ids: NDArray[np.int64]
    audit: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    queued: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    flagged: NDArray[np.bool_]

    @property
    def selectable(self) -> NDArray[np.bool_]:
        """Which may be asked now (relabelling aside)."""
        return ~(self.answered | self.queued | self.skipped | self.flagged)


def frame(tx: Transaction) -> Frame:
    """The frame to draw a batch from."""
    raise NotImplementedError
