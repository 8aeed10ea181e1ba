"""What leaves the store, as Arrow: documents, labels, verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import pyarrow as pa

What = Literal["documents", "labels", "verdicts"]


def batches(tx: Transaction, what: What) -> Iterator[pa.RecordBatch]:
    """Record batches of some thousand rows; at least one, perhaps empty, so that the columns are known.

    ``documents``: every document with its present text. ``labels``: one row per counting
    answer with lane, propensity, score, model version, whether the suggestion was shown.
    ``verdicts``: every row ever given, undone ones too.
    """
    raise NotImplementedError


def table(tx: Transaction, what: What) -> pa.Table:
    """All of it at once."""
    raise NotImplementedError
