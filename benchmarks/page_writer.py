"""What a flow does beside people: keeps batches of 20,000 documents, replaces 20,000 predictions."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from page_project import LABELS

from labelloop.loop.clock import now
from labelloop.loop.extraction import extract
from labelloop.loop.workspace import open_workspace
from labelloop.records import Batch, FetchedDocument
from labelloop.settings import SourceSettings
from labelloop.store import predictions


class Flood:
    """A source that yields 20,000 documents as one batch."""

    def __init__(self) -> None:
        name = uuid4().hex[:6]
        self._batch = Batch(
            tuple(
                FetchedDocument(f"{name}-{n}", f"{uuid4().hex} {uuid4().hex} story {n}", language="en")
                for n in range(20_000)
            ),
            {},
        )

    def batches(self, _cursor: Any) -> Any:
        yield self._batch


def write_batches(folder: str, stop: Any) -> None:
    """What a flow does: keep 20,000 new documents, replace 20,000 predictions; again and again."""
    workspace = open_workspace(folder)
    source = SourceSettings(name="flood", connector="files")
    while not stop.is_set():
        extract(workspace, source, Flood)
        with workspace.store.transaction("predict") as tx:
            predictions.replace(tx, _predicted(20_000), now=now())
        stop.wait(0.25)


def _predicted(count: int) -> predictions.Predictions:
    import numpy as np

    said = np.full((count, len(LABELS)), 0.25, np.float32)
    even = np.full(count, 0.25)
    whole = np.zeros(count, np.int64)
    return predictions.Predictions("m1", LABELS, np.arange(1, count + 1), said, whole, even, even, even)
