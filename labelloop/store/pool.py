"""The documents a batch can be composed of, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The root stands for its group: a question about it is answered where any of the group is.
_FRAME = """
    SELECT d.document_id, d.side = 'audit' AS audit,
           d.document_id IN (SELECT document_id FROM answered_documents) AS answered,
           d.document_id IN (SELECT document_id FROM waiting_documents) AS queued,
           d.document_id IN (SELECT document_id FROM skipped_documents) AS skipped,
           d.document_id IN (SELECT document_id FROM flagged_documents) AS flagged
    FROM documents AS d WHERE d.duplicate_of IS NULL ORDER BY d.document_id
"""
_AUDIT_SIDE = "SELECT document_id FROM documents WHERE side = 'audit' ORDER BY document_id"


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
    table = tx.arrow(_FRAME)
    return Frame(
        document_ids=table["document_id"].to_numpy(),
        audit=table["audit"].to_numpy(),
        answered=table["answered"].to_numpy(),
        queued=table["queued"].to_numpy(),
        skipped=table["skipped"].to_numpy(),
        flagged=table["flagged"].to_numpy(),
    )


def audit_side(tx: Transaction) -> NDArray[np.int64]:
    """Numbers of all documents that are reserved for the audit lane, ascending."""
    found: NDArray[np.int64] = tx.arrow(_AUDIT_SIDE)["document_id"].to_numpy()
    return found
