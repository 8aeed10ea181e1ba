"""Texts to vectors that stay: the whole pool, or some documents; killed, it goes on where it was."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelloop.progress import progress
from labelloop.store import documents, embeddings

if TYPE_CHECKING:
    from labelloop.learning.encoders import Encoder
    from labelloop.loop.workspace import Workspace

logger = logging.getLogger(__name__)

_TEXTS_AT_A_TIME = 2048
"""Encoded texts are kept this often: a kill costs at most that much work (some 10 s)."""


@dataclass(frozen=True)
class Encoded:
    """What encoding did: texts that got a vector now, and seconds it took."""

    texts: int
    seconds: float


def encode_missing(workspace: Workspace, encoder: Encoder) -> Encoded:
    """Encode every text that has no vector of this encoder."""
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


def shards_missing(workspace: Workspace, encoder: Encoder) -> list[list[int]]:
    """A document of each text that has no vector of this encoder, in shards as above."""
    with workspace.store.transaction("list texts to encode") as tx:
        wanted = embeddings.missing_documents(tx, encoder.encoder_id)
    starts = range(0, len(wanted), _TEXTS_AT_A_TIME)
    return [wanted[start : start + _TEXTS_AT_A_TIME] for start in starts]


def encode_documents(workspace: Workspace, encoder: Encoder, document_ids: Sequence[int]) -> int:
    """Encode the present texts of some documents that have no vector of this encoder yet; how many."""
    with workspace.store.transaction("read texts to encode") as tx:
        there, _ = embeddings.load(tx, encoder.encoder_id, document_ids)
        known = set(there.tolist())
        wanted = [number for number in document_ids if number not in known]
        if not wanted:
            return 0
        texts = documents.texts(tx, wanted)
        hashes = documents.groups(tx, wanted).content_hash
    with progress("Encoding", len(wanted), "texts") as advance:
        vectors = encoder.encode([texts[number] for number in wanted], advance)
    with workspace.store.transaction("keep vectors") as tx:
        return embeddings.save(tx, encoder.encoder_id, hashes, vectors)
