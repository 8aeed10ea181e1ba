"""What every model so far says of some documents, from its kept file and the kept vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.errors import ArtefactMismatch
from labelloop.loop.carrying import load_head
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store import embeddings

if TYPE_CHECKING:
    from labelloop.learning.arrays import Ints


@dataclass(frozen=True)
class Said:
    """What several models say of the same documents.

    Attributes:
        models: m of them, by ascending number of labels; of one number only the newest that was ever
            champion, or else the newest.
        document_ids: (n,) ascending; each has a vector of every one of these models' encoders.
        codes: (m, n) predicted label as an index into ``labels``.
        labels: All labels that any of the models knows.
        notes: Which models were left out, and why.
    """

    models: tuple[ModelVersion, ...]
    document_ids: Ints
    codes: Ints
    labels: tuple[str, ...]
    notes: tuple[str, ...]


def said(workspace: Workspace, versions: Sequence[ModelVersion], documents: Sequence[int]) -> Said:
    """Have each model label the documents; one whose file or vectors are gone is left out by name."""
    import numpy as np

    left_out: dict[str, list[str]] = {}
    found: list[tuple[ModelVersion, Ints, Ints]] = []
    labels: dict[str, int] = {}
    vectors = _Vectors(workspace, documents)
    for model in _by_labels(versions):
        ids, codes = _of(workspace, model, vectors, labels, left_out)
        if len(ids):
            found.append((model, ids, codes))
    shared = _shared([ids for _, ids, _ in found])
    rows = [codes[np.isin(ids, shared)] for _, ids, codes in found]
    return Said(
        models=tuple(model for model, _, _ in found),
        document_ids=shared,
        codes=np.stack(rows) if rows else np.empty((0, 0), dtype=np.int64),
        labels=tuple(labels),
        notes=tuple(_note(models, reason) for reason, models in left_out.items()),
    )


def _note(models: Sequence[str], reason: str) -> str:
    named = ", ".join(models[:3]) + (f" and {len(models) - 3} more" if len(models) > 3 else "")
    return f"{named} {'is' if len(models) == 1 else 'are'} left out: {reason}"


def _by_labels(versions: Sequence[ModelVersion]) -> list[ModelVersion]:
    """A tuned model that the gate kept out, whose encoder never saw the pool, hides no champion."""
    chosen: dict[int, ModelVersion] = {}
    for model in versions:
        count = int(model.metrics["labels"])
        if count not in chosen or model.promoted_at or not chosen[count].promoted_at:
            chosen[count] = model
    return [chosen[count] for count in sorted(chosen)]


class _Vectors:
    """Vectors of the documents by encoder, read once each."""

    def __init__(self, workspace: Workspace, documents: Sequence[int]) -> None:
        self.workspace, self.documents = workspace, documents
        self.read: dict[str, tuple[Ints, object]] = {}

    def of(self, encoder_id: str) -> tuple[Ints, object]:
        if encoder_id not in self.read:
            with self.workspace.store.transaction("read vectors of the stop set") as tx:
                self.read[encoder_id] = embeddings.load(tx, encoder_id, self.documents)
        return self.read[encoder_id]


def _of(
    workspace: Workspace,
    model: ModelVersion,
    vectors: _Vectors,
    labels: dict[str, int],
    left_out: dict[str, list[str]],
) -> tuple[Ints, Ints]:
    """Document ids and codes; empty, with a note, where the model can say nothing any more."""
    import numpy as np

    from labelloop.learning.multi_label.head import answers_of

    nothing = np.empty(0, dtype=np.int64)
    ids, rows = vectors.of(model.encoder_id)
    if 2 * len(ids) < len(vectors.documents):
        left_out.setdefault("most documents have no vector of its encoder", []).append(model.model_id)
        return nothing, nothing
    try:
        head = load_head(workspace, model)
    except ArtefactMismatch as error:
        left_out.setdefault(error.message, []).append(model.model_id)
        return nothing, nothing
    names, codes = answers_of(head, head.predict_proba(rows))  # type: ignore[arg-type]
    places = np.array([labels.setdefault(name, len(labels)) for name in names], dtype=np.int64)
    return ids, places[codes]


def _shared(lists: Sequence[Ints]) -> Ints:
    import numpy as np

    if not lists:
        return np.empty(0, dtype=np.int64)
    shared = lists[0]
    for ids in lists[1:]:
        shared = np.intersect1d(shared, ids)
    return np.asarray(shared, dtype=np.int64)
