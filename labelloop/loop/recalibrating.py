"""A head trained on a tuned encoder is calibrated on what the encoder did not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelloop.loop.carrying import load_head
from labelloop.loop.judging import Material
from labelloop.loop.workspace import Workspace
from labelloop.store import datasets, models
from labelloop.store.vector_cache import pool_vectors

if TYPE_CHECKING:
    from labelloop.learning.training import Trained

_LOOKED_AT = 2000
"""Unlabelled documents looked at: one number, the temperature, is fitted to them."""


def honest(workspace: Workspace, material: Material, trained: Trained) -> Trained:
    """The head with an honest temperature; as it is where its encoder was not tuned on labels."""
    import numpy as np

    from labelloop.learning.fine_tuning.recalibration import recalibrated

    with workspace.store.transaction("see what the encoder learned from") as tx:
        tuned = models.tuned(tx, trained.head.encoder_id)
        seen = datasets.load(tx, tuned.dataset_version) if tuned else []
    if tuned is None:
        return trained
    known = [one.document_id for one in seen]
    ids, vectors = pool_vectors(workspace.store, tuned.encoder_id)
    rows = np.flatnonzero(~np.isin(ids, [*known, *material.train.document_ids.tolist()]))
    rng = np.random.default_rng(workspace.project.settings.query.seed)
    some = np.sort(rng.permutation(rows)[:_LOOKED_AT])
    came = load_head(workspace, tuned)
    if came.labels != trained.head.labels:
        some = some[:0]  # labels have changed since: its probabilities are of other columns
    return recalibrated(
        trained,
        material.train.y,
        fresh=~np.isin(material.train.document_ids, known),
        came_with_encoder=came,
        unlabelled=vectors[some].astype(np.float32),
    )
