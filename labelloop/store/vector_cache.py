"""A memory-mapped copy of the vectors beside the store; it can be deleted at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelloop.store.database import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def pool_vectors(store: Store, encoder_id: str) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Vectors of all documents that are no duplicates and are encoded.

    Takes transactions of its own; call it outside of one. New vectors are appended to the
    cache first; a missing, damaged or foreign cache is built anew.

    Returns:
        Document ids (n,) and vectors (n, d), row for row. The vectors are read-only and,
        where nothing has to be left out, mapped from the file.
    """
    raise NotImplementedError
