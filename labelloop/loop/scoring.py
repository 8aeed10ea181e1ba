"""Predicting the pool in shards that other processes can take; the same numbers whoever takes them.

A shard is a range of document ids. What is said of its documents waits in a file beside the store
until all are there, and replaces the older predictions in one transaction: a run that is killed, or
loses a shard, leaves what was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelloop.errors import LabelloopError
from labelloop.loop.heads import head_of
from labelloop.loop.workspace import Workspace
from labelloop.store import models
from labelloop.store.vector_cache import pool_vectors

if TYPE_CHECKING:
    from labelloop.learning.arrays import Float32, Ints, Rows
    from labelloop.learning.head import Head

BLOCK = 8192
"""Rows multiplied at once. The same for all: a product's last bits may depend on its shape."""
_MOST_SHARDS = 32
"""More would cost more than they gain: a task costs some 100 ms, 30,000 rows 50 ms."""


@dataclass(frozen=True)
class Shard:
    """Documents to predict: ids from ``first`` to ``last``, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Plan:
    """What has to be predicted.

    Attributes:
        model_id: The champion's.
        folder: Where the shards' results wait, seen from the project's folder.
        shards: In ascending order.
    """

    model_id: str
    folder: str
    shards: tuple[Shard, ...]


def plan(workspace: Workspace, run: str) -> Plan | None:
    """Cut the pool into shards; None where there is no champion yet.

    Args:
        workspace: The project.
        run: A name that no other run has.
    """
    import numpy as np

    with workspace.store.transaction("find the champion") as tx:
        champion = models.champion(tx)
    if champion is None:
        return None
    document_ids, _vectors = pool_vectors(workspace.store, champion.encoder_id)
    folder = Path(".labelloop", "scoring", run)
    shutil.rmtree(workspace.project.folder / folder, ignore_errors=True)
    return Plan(champion.model_id, str(folder), _cut(np.sort(document_ids)))


def score(workspace: Workspace, model_id: str, folder: str, shard: Shard) -> int:
    """Predict one shard into its file; returns how many documents."""
    import numpy as np

    with workspace.store.transaction("find the model") as tx:
        model = models.get(tx, model_id)
    document_ids, vectors = pool_vectors(workspace.store, model.encoder_id)
    mine = np.flatnonzero((document_ids >= shard.first) & (document_ids <= shard.last))
    ids, probabilities = in_order(head_of(workspace, model), document_ids[mine], vectors, mine)
    path = _file(workspace, folder, shard)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    with part.open("wb") as file:
        np.savez(file, ids=ids, probabilities=probabilities)
    part.replace(path)
    return len(ids)


def gathered(workspace: Workspace, made: Plan) -> tuple[Ints, Float32]:
    """All shards' ids (n,) ascending and probabilities (n, k).

    Raises:
        LabelloopError: A shard's file is not there.
    """
    import numpy as np

    found = [_loaded(workspace, made.folder, shard) for shard in made.shards]
    return np.concatenate([ids for ids, _ in found]), np.concatenate([said for _, said in found])


def tidy(workspace: Workspace, made: Plan) -> None:
    """Remove the shards' files."""
    shutil.rmtree(workspace.project.folder / made.folder, ignore_errors=True)


def in_order(
    head: Head, document_ids: Ints, vectors: Rows, rows: Ints | None = None
) -> tuple[Ints, Float32]:
    """Ids ascending and their probabilities (n, k), block by block of :data:`BLOCK`.

    Args:
        head: Of the model.
        document_ids: (n,).
        vectors: (m, d).
        rows: (n,) where in ``vectors`` each document is; None: row for row.
    """
    import numpy as np

    order = np.argsort(document_ids, kind="stable")
    at = order if rows is None else rows[order]
    said = np.empty((len(order), len(head.labels)), dtype=np.float32)
    for start in range(0, len(order), BLOCK):
        block = slice(start, start + BLOCK)
        said[block] = head.predict_proba(vectors[at[block]])
    return document_ids[order], said


def _cut(document_ids: Ints) -> tuple[Shard, ...]:
    """Shards of whole blocks, so that each block holds the same rows as without shards."""
    blocks = -(-len(document_ids) // BLOCK)
    rows = BLOCK * max(1, -(-blocks // _MOST_SHARDS))
    starts = range(0, len(document_ids), rows)
    pieces: Sequence[Ints] = [document_ids[start : start + rows] for start in starts]
    return tuple(Shard(int(piece[0]), int(piece[-1])) for piece in pieces)


def _loaded(workspace: Workspace, folder: str, shard: Shard) -> tuple[Ints, Float32]:
    import numpy as np

    path = _file(workspace, folder, shard)
    try:
        with np.load(path, allow_pickle=False) as found:
            return found["ids"], found["probabilities"]
    except FileNotFoundError:
        raise LabelloopError(
            f"{path} is not there: the worker that predicted it writes elsewhere",
            remedy="Give all workers the project's folder under the same path",
        ) from None


def _file(workspace: Workspace, folder: str, shard: Shard) -> Path:
    return workspace.project.folder / folder / f"{shard.first}-{shard.last}.npz"
