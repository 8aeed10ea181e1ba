"""A million documents re-scored after a retrain, and the next batch chosen: the loop's own functions.

``python benchmarks/million.py [--documents 1000000] [--strategy cluster_margin]`` fills a store with
made-up documents and vectors (that is not measured), then calls what a turn calls: predict the pool
with a new champion, predictions written, and ask anew. Aim: 15 s and 4 GB on 2 cores, vectors cached.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from store_speed import ENCODER, LABELS, NOW, encode, fill

from labelloop.learning.head import Head
from labelloop.loop.asking import ask
from labelloop.loop.generation import predict_pool
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import ModelVersion
from labelloop.store import label_schema, models
from labelloop.store.vector_cache import pool_vectors

DIMENSIONS = 384


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--documents", type=int, default=1_000_000)
    words.add_argument("--strategy", default="cluster_margin")
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = _project(Path(folder), given.strategy)
        fill(workspace.store, given.documents)
        encode(workspace.store)
        pool_vectors(workspace.store, ENCODER)
        workspace.hints()  # loads the encoder, as the training before would have
        _promote(workspace)
        _measure(workspace)


def _project(folder: Path, strategy: str) -> Workspace:
    labels = "\n".join(f'{label} = ""' for label in LABELS)
    (folder / "labelloop.toml").write_text(
        f'name = "million"\n[labels]\n{labels}\n[query]\nstrategy = "{strategy}"\n'
    )
    workspace = open_workspace(folder)
    with workspace.store.transaction() as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=NOW)
    return workspace


def _promote(workspace: Workspace) -> None:
    rng = np.random.default_rng(0)
    head = Head(
        labels=LABELS,
        weights=rng.standard_normal((len(LABELS), DIMENSIONS)).astype(np.float32) / 10,
        bias=np.zeros(len(LABELS), np.float32),
        temperature=1.0,
        encoder_id=ENCODER,
    )
    artefact = workspace.project.folder / "head.safetensors"
    sha256 = head.save(artefact)
    with workspace.store.transaction() as tx:
        made = models.next_id(tx)
        models.register(
            tx,
            ModelVersion(
                model_id=made,
                parent=None,
                kind="head",
                encoder_id=ENCODER,
                dataset_version=1,
                status="candidate",
                metrics={},
                decision="",
                artefact=artefact.name,
                sha256=sha256,
                recipe={},
                created_at=NOW,
            ),
        )
        models.promote(tx, made, now=NOW)


def _measure(workspace: Workspace) -> None:
    before = time.perf_counter()
    predicted = predict_pool(workspace).documents
    scored = time.perf_counter()
    asked = ask(workspace, manual=False)
    chosen = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"re-scored and written  {predicted:>10,} documents  {scored - before:6.1f} s")
    print(
        f"next batch chosen      {asked.questions:>10,} questions  {chosen - scored:6.1f} s"
        f"  {asked.lanes}"
    )
    print(f"together {chosen - before:.1f} s, largest memory {peak:.1f} GB")


if __name__ == "__main__":
    main()
