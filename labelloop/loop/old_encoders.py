"""Vectors of encoders that nobody goes back to are let go.

Kept are those of the project's own encoder (tuning begins there), of the champion, and of the
champion before it, so that a rollback answers at once. What is let go can be had again: the tuned
encoders themselves stay in ``models/``, and a text without a vector is encoded when it is needed.
"""

from __future__ import annotations

import logging
import shutil

from labelloop.loop.workspace import Workspace
from labelloop.store import embeddings, models
from labelloop.store.vector_cache import cache_folder

logger = logging.getLogger(__name__)


def forget_old_vectors(workspace: Workspace) -> int:
    """Delete the vectors of tuned encoders that are neither in use nor next in line; how many."""
    with workspace.store.transaction("forget vectors of old encoders") as tx:
        wanted = {
            model.encoder_id for model in (models.champion(tx), models.champion_before(tx)) if model
        }
        tuned = {model.encoder_id for model in models.versions(tx) if model.kind == "fine-tuned"}
        old = sorted(tuned - wanted)
        count = sum(embeddings.forget(tx, encoder_id) for encoder_id in old)
    for encoder_id in old:
        shutil.rmtree(cache_folder(workspace.store, encoder_id), ignore_errors=True)
    if count:
        logger.info("Model Training · %s vectors of %d old encoders let go", f"{count:,}", len(old))
    return count
