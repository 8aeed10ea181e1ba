"""The unlabelled pool helps to train the head, as long as the audit answers do not object."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from labelloop.loop.judging import Material
from labelloop.loop.workspace import Workspace
from labelloop.store import pool
from labelloop.store.vector_cache import pool_vectors

if TYPE_CHECKING:
    from labelloop.learning.arrays import Float32
    from labelloop.learning.directions import Directions
    from labelloop.learning.training import Trained

logger = logging.getLogger(__name__)


def pool_directions(workspace: Workspace, encoder_id: str, hints: Float32) -> Directions | None:
    """Principal directions of the project's documents; None where they are few or not wanted.

    Documents of the audit side are left out: the head is taught by what it says of these, and
    accuracy is measured, and models are compared, on documents that no model has learnt from.

    Args:
        workspace: The project.
        encoder_id: Whose vectors of them.
        hints: (k, d) vectors of the labels by the same encoder.
    """
    import numpy as np

    from labelloop.learning.arrays import RowView
    from labelloop.learning.directions import directions_of

    if workspace.project.settings.training.pool_help == "never":
        return None
    with workspace.store.transaction("which documents are for the audit") as tx:
        reserved = pool.audit_side(tx)
    ids, vectors = pool_vectors(workspace.store, encoder_id)
    # Of a large pool some are drawn: by order of their ids, so that the draw is the seed's alone.
    rows = np.argsort(ids)
    in_order = RowView(vectors, rows[~np.isin(ids[rows], reserved)])
    return directions_of(in_order, workspace.project.settings.query.seed, hints)


def train_single(workspace: Workspace, material: Material, encoder_id: str) -> Trained:
    """The head shaped by the pool; the plain one where audit answers show that to be better."""
    from labelloop.learning.pool_help import ENOUGH, judged

    hints = workspace.hints()
    directions = pool_directions(workspace, encoder_id, hints)
    trained = _trained(workspace, material, encoder_id, hints, directions)
    audited = material.audited
    if directions is None or int(audited.sum()) < ENOUGH:
        return trained
    plain = _trained(workspace, material, encoder_id, hints, None)
    vectors, y = material.held_out.vectors[audited], material.held_out.y[audited]
    right, right_plain = (
        one.head.predict_proba(vectors).argmax(axis=1) == y for one in (trained, plain)
    )
    word = judged(right, right_plain)
    if not word.helps:
        logger.info("Model Training · without the pool's help: %s", word.reason)
    chosen = trained if word.helps else plain
    return replace(chosen, report={**chosen.report, "pool_help_reason": word.reason})


def _trained(
    workspace: Workspace,
    material: Material,
    encoder_id: str,
    hints: Float32,
    directions: Directions | None,
) -> Trained:
    from labelloop.learning.training import train_head

    settings = workspace.project.settings
    return train_head(
        material.train.vectors,
        material.train.y,
        labels=workspace.project.label_names,
        encoder_id=encoder_id,
        hints=hints,
        class_weight=settings.training.class_weight,
        seed=settings.query.seed,
        groups=material.train.groups,
        previous=material.champion.recipe if material.champion else None,
        directions=directions,
        sureness=material.train.weights,
    )
