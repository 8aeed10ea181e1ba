"""Labels Generation: every text gets a vector once; the champion predicts every document."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from labelloop.loop.clock import now
from labelloop.loop.encoding import Encoded, encode_missing
from labelloop.loop.sets import KIND, predict_sets
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store import embeddings, models, predictions
from labelloop.store.vector_cache import pool_vectors

__all__ = ["Encoded", "Predicted", "encode_pool", "predict_pool", "predict_with"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Predicted:
    """What predicting did; ``model_id`` is None where there is no champion yet."""

    documents: int
    model_id: str | None


def encode_pool(workspace: Workspace) -> Encoded:
    """Encode every text that has no vector of the encoder in use; killed, it goes on later."""
    if _nothing_new(workspace):
        logger.info("Labels Generation · every text is encoded already")
        return Encoded(0, 0.0)
    return encode_missing(workspace, workspace.encoder())


def _nothing_new(workspace: Workspace) -> bool:
    """Whether all is encoded, told without loading the encoder (some ten seconds)."""
    with workspace.store.transaction("count texts to encode") as tx:
        encoder_id = workspace.present_encoder_id(tx)
        return encoder_id is not None and embeddings.missing_count(tx, encoder_id) == 0


def predict_pool(workspace: Workspace) -> Predicted:
    """Predict every document with the champion, and put that in the place of older predictions."""
    with workspace.store.transaction("find the champion") as tx:
        champion = models.champion(tx)
    if champion is None:
        logger.info("Labels Generation · no model yet, nothing to predict with")
        return Predicted(0, None)
    made = predict_with(workspace, champion)
    with workspace.store.transaction("keep predictions") as tx:
        count = predictions.replace(tx, made, now=now())
    logger.info("Labels Generation · %s documents predicted by %s", f"{count:,}", champion.model_id)
    return Predicted(count, champion.model_id)


def predict_with(workspace: Workspace, model: ModelVersion) -> predictions.Predictions:
    """Predictions of a model on every encoded document that is no duplicate."""
    import numpy as np

    from labelloop.learning.head import Head
    from labelloop.learning.uncertainty import entropy, margin

    head = Head.load(workspace.project.folder / model.artefact, model.sha256)
    document_ids, vectors = pool_vectors(workspace.store, model.encoder_id)
    if model.kind == KIND:
        return predict_sets(head, model.model_id, document_ids, vectors)
    probabilities = head.predict_proba(vectors)
    return predictions.Predictions(
        model_id=model.model_id,
        labels=head.labels,
        document_ids=document_ids,
        probabilities=probabilities,
        label=probabilities.argmax(axis=1).astype(np.int64),
        confidence=probabilities.max(axis=1).astype(np.float64),
        margin=1.0 - margin(probabilities).astype(np.float64),
        entropy=entropy(probabilities).astype(np.float64),
    )
