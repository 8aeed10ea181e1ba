"""How fast the store is: documents in, predictions replaced, vectors ready, questions answered.

``python benchmarks/store_speed.py [--documents 1000000]`` prints what it measured in this run,
in a temporary folder. Files that were just written come from memory: a cold disk is slower.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from labelloop.records import Batch, FetchedDocument, Pick, Verdict
from labelloop.store import (
    answering,
    documents,
    embeddings,
    label_schema,
    leases,
    pool,
    predictions,
    queue,
    status,
)
from labelloop.store.answering import GivenLabel
from labelloop.store.database import Store
from labelloop.store.vector_cache import pool_vectors

NOW = datetime(2026, 1, 1)
LABELS = ("one", "two", "three", "four")
DIMENSIONS = 384
ENCODER = "benchmark"


@contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    print(f"{what:44} {count:>9,} in {seconds:7.2f} s  {count / seconds:>12,.0f}/s", flush=True)


def batches(total: int, size: int = 500) -> Iterator[Batch]:
    words = ["solar", "wind", "heat", "pump", "meter", "tariff", "battery", "roof", "grid", "storm"]
    for start in range(0, total, size):
        made = tuple(
            FetchedDocument(str(number), f"Document {number}: " + " ".join(words[number % 7 :] * 4))
            for number in range(start, min(start + size, total))
        )
        yield Batch(made, cursor={"row": start + size})


def save(store: Store, total: int) -> None:
    for batch in batches(total):
        with store.transaction("documents") as tx:
            documents.save_batch(
                tx,
                source="benchmark",
                connector="files",
                batch=batch,
                audit_share=0.1,
                seed=0,
                known_labels=LABELS,
                now=NOW,
            )


def fill(store: Store, total: int) -> None:
    """The rest of the documents, straight into the tables: this is not what is measured."""
    with store.transaction("fill") as tx:
        have = tx.value("SELECT count(*) FROM documents")
        rest = {"from": have + 1, "to": total + 1, "now": NOW}
        tx.execute(
            "INSERT INTO documents (document_id, source, external_id, content_hash, fetched_at,"
            " metadata, side, banded) SELECT nextval('document_ids'), 'fill', i::TEXT, md5(i::TEXT),"
            " $now, '{}', 'train', TRUE FROM range($from, $to) AS r(i)",
            rest,
        )
        tx.execute(
            "INSERT INTO revisions (document_id, content_hash, revision, text, fetched_at)"
            " SELECT document_id, content_hash, 1, 'Text ' || external_id, fetched_at FROM documents"
            " WHERE source = 'fill'"
        )


def encode(store: Store) -> int:
    """A vector for every text, as the encoder would bring them; how many."""
    rng, done = np.random.default_rng(0), 0
    while True:
        with store.transaction("missing") as tx:
            hashes, _ = embeddings.missing(tx, ENCODER, 100_000)
        if not hashes:
            return done
        vectors = rng.standard_normal((len(hashes), DIMENSIONS), dtype=np.float32)
        with store.transaction("vectors") as tx:
            done += embeddings.save(tx, ENCODER, hashes, vectors)


def predict(ids: np.ndarray) -> predictions.Predictions:
    made = np.random.default_rng(0).dirichlet(np.ones(len(LABELS)), len(ids)).astype(np.float32)
    ordered = np.sort(made, axis=1).astype(np.float64)
    return predictions.Predictions(
        model_id="m0001",
        labels=LABELS,
        document_ids=ids,
        probabilities=made,
        label=made.argmax(axis=1),
        confidence=ordered[:, -1],
        margin=ordered[:, -1] - ordered[:, -2],
        entropy=-(ordered * np.log(ordered + 1e-12)).sum(axis=1),
    )


def work_through(store: Store, pairs: int) -> None:
    for number in range(pairs):
        with store.transaction("claim") as tx:
            item = leases.claim(tx, "ada", now=NOW)
        assert item is not None
        with store.transaction("answer") as tx:
            answering.answer(
                tx,
                Verdict(
                    verdict_id=str(number),
                    item_id=item.item_id,
                    document_id=item.document_id,
                    content_hash=item.content_hash,
                    annotator="ada",
                    action="label",
                    labels=(LABELS[0],),
                    suggestion_shown=False,
                    given_at=NOW,
                ),
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    total = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as folder:
        measure(Store("duckdb:///store.duckdb", Path(folder)), total)
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")


def measure(store: Store, total: int) -> None:
    few = min(20_000, total // 5)
    with store.transaction("labels") as tx:
        label_schema.ensure(tx, dict.fromkeys(LABELS, ""), now=NOW)
    with timed("documents saved, 500 a batch, empty store", few):
        save(store, few)
    with timed("the same again, unchanged", few):
        save(store, few)
    fill(store, total - few)
    with timed("documents saved, 500 a batch, full store", few):
        for batch in batches(few):
            with store.transaction("documents") as tx:
                documents.save_batch(
                    tx,
                    source="second",
                    connector="files",
                    batch=Batch(
                        tuple(
                            FetchedDocument(d.external_id, f"Second {d.text}") for d in batch.documents
                        ),
                        cursor={},
                    ),
                    audit_share=0.1,
                    seed=0,
                    known_labels=LABELS,
                    now=NOW,
                )
    with timed(f"vectors of {DIMENSIONS} saved", total + few):
        encode(store)
    store.checkpoint()
    with timed("vector cache built", total + few):
        ids, vectors = pool_vectors(store, ENCODER)
    with timed("vector cache warm: ids and vectors ready", total + few):
        ids, vectors = pool_vectors(store, ENCODER)
    assert isinstance(vectors, np.memmap)
    with timed("one matrix product over them", len(ids)):
        weights = np.ones((DIMENSIONS, len(LABELS)), np.float32)
        for start in range(0, len(ids), 65_536):
            vectors[start : start + 65_536].astype(np.float32) @ weights
    made = predict(ids)
    for word in ("written", "replaced"):
        with timed(f"predictions {word}", len(ids)), store.transaction("predictions") as tx:
            predictions.replace(tx, made, now=NOW)
    with timed("predictions loaded", len(ids)), store.transaction("load") as tx:
        predictions.load(tx)
    with timed("frame of the pool", len(ids)), store.transaction("frame") as tx:
        frame = pool.frame(tx)
    chosen = frame.document_ids[:: max(1, total // 5000)][:5000].tolist()
    with timed("questions queued", len(chosen)), store.transaction("queue") as tx:
        queue.add(tx, turn=1, picks=[Pick(number, "random", 0.1) for number in chosen], now=NOW)
    with timed("claim and answer, one at a time", 100):
        work_through(store, 100)
    given = [GivenLabel(f"line {row}", (LABELS[1],), item_id=row + 1) for row in range(100, len(chosen))]
    with timed("answers imported", len(given)), store.transaction("import") as tx:
        answering.import_labels(tx, "file", given, now=NOW)
    with timed("status counted", len(ids)), store.transaction("status") as tx:
        status.status(tx, now=NOW, encoder_id=ENCODER)


if __name__ == "__main__":
    main()
