"""Labels Generation: every text gets a vector once; the champion predicts every document."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.loop import scoring
from labelloop.loop.carrying import in_present_labels
from labelloop.loop.clock import now
from labelloop.loop.encoding import Encoded, encode_documents, encode_missing, shards_missing
from labelloop.loop.heads import head_of
from labelloop.loop.sets import KIND, predict_sets
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store import embeddings, models, predictions
from labelloop.store.vector_cache import pool_vectors

if TYPE_CHECKING:
    from labelloop.learning.arrays import Float32, Ints
    from labelloop.learning.head import Head

__all__ = ["Encoded", "Predicted", "encode_pool", "keep_scored", "predict_pool", "predict_with"]

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


def shards_to_encode(workspace: Workspace) -> list[list[int]]:
    """Documents whose texts have no vector yet, cut as ``encode_pool`` would take them."""
    return [] if _nothing_new(workspace) else shards_missing(workspace, workspace.encoder())


def encode_shard(workspace: Workspace, document_ids: Sequence[int]) -> int:
    """Encode the present texts of these documents; how many had no vector yet."""
    return encode_documents(workspace, workspace.encoder(), document_ids)


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
    return _keep(workspace, predict_with(workspace, champion))


def keep_scored(workspace: Workspace, made: scoring.Plan) -> Predicted:
    """Put what the shards of a plan say in the place of older predictions, in one transaction."""
    with workspace.store.transaction("find the model") as tx:
        model = models.get(tx, made.model_id)
    document_ids, probabilities = scoring.gathered(workspace, made)
    head = head_of(workspace, model)
    kept = _keep(workspace, _predictions(head, model, document_ids, probabilities))
    scoring.tidy(workspace, made)
    return kept


def _keep(workspace: Workspace, made: predictions.Predictions) -> Predicted:
    with workspace.store.transaction("keep predictions") as tx:
        count = predictions.replace(tx, in_present_labels(tx, made), now=now())
    logger.info("Labels Generation · %s documents predicted by %s", f"{count:,}", made.model_id)
    return Predicted(count, made.model_id)


def predict_with(workspace: Workspace, model: ModelVersion) -> predictions.Predictions:
    """Predictions of a model on every encoded document that is no duplicate, by ascending id."""
    head = head_of(workspace, model)
    document_ids, probabilities = scoring.in_order(
        head, *pool_vectors(workspace.store, model.encoder_id)
    )
    return _predictions(head, model, document_ids, probabilities)


def _predictions(
    head: Head, model: ModelVersion, document_ids: Ints, probabilities: Float32
) -> predictions.Predictions:
    import numpy as np

    from labelloop.learning.uncertainty import entropy, margin

    if model.kind == KIND:
        return predict_sets(head, model.model_id, document_ids, probabilities)
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
