"""Labels Generation: every text gets a vector once; the champion predicts every document."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace
from labelloop.progress import progress
from labelloop.records import ModelVersion
from labelloop.store import embeddings, models, predictions
from labelloop.store.vector_cache import pool_vectors

logger = logging.getLogger(__name__)

_TEXTS_AT_A_TIME = 2048
"""Encoded texts are kept this often: a kill costs at most that much work (some 10 s)."""


@dataclass(frozen=True)
class Encoded:
    """What encoding did: texts that got a vector now, and seconds it took."""

    texts: int
    seconds: float


@dataclass(frozen=True)
class Predicted:
    """What predicting did; ``model_id`` is None where there is no champion yet."""

    documents: int
    model_id: str | None


def encode_pool(workspace: Workspace) -> Encoded:
    """Encode every text that has no vector of the project's encoder; killed, it goes on later."""
    if _nothing_new(workspace):
        logger.info("Labels Generation · every text is encoded already")
        return Encoded(0, 0.0)
    encoder = workspace.encoder()
    started = time.monotonic()
    with workspace.store.transaction("count texts to encode") as tx:
        total = embeddings.missing_count(tx, encoder.encoder_id)
    done = 0
    with progress("Encoding", total, "texts") as advance:
        while True:
            with workspace.store.transaction("read texts to encode") as tx:
                hashes, texts = embeddings.missing(tx, encoder.encoder_id, _TEXTS_AT_A_TIME)
            if not hashes:
                break
            vectors = encoder.encode(texts, advance)
            with workspace.store.transaction("keep vectors") as tx:
                embeddings.save(tx, encoder.encoder_id, hashes, vectors)
            done += len(hashes)
    seconds = time.monotonic() - started
    logger.info("Labels Generation · %s texts encoded in %.1f s", f"{done:,}", seconds)
    return Encoded(done, seconds)


def _nothing_new(workspace: Workspace) -> bool:
    """Whether all is encoded, told without loading the encoder (some ten seconds)."""
    encoder_id = workspace.known_encoder_id()
    if encoder_id is None:
        return False
    with workspace.store.transaction("count texts to encode") as tx:
        return embeddings.missing_count(tx, encoder_id) == 0


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
