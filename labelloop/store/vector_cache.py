"""A memory-mapped copy of the vectors beside the store; it can be deleted at any time.

``.labelloop/vectors/<encoder>/`` holds, per generation, one file of float16 rows and one of
their content hashes, both only ever appended to, and ``state.json``, which says how many
rows count. It is replaced last, so that a process killed while it appends leaves nothing
but bytes that do not count. A rebuild begins a new generation: files that others have
mapped are never cut short.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from labelloop.store import migrate
from labelloop.store.cache_files import CacheFiles
from labelloop.store.columns import from_blobs
from labelloop.store.database import Store
from labelloop.store.file_lock import held

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_ROWS_AT_ONCE = 50_000  # 38 MB of 384 dimensions: the store is held for some 0.1 s

_NEW = """
    SELECT sequence, content_hash, vector FROM embeddings
    WHERE encoder_id = $encoder AND sequence > $last ORDER BY sequence LIMIT $limit
"""
_POOL = "SELECT document_id, content_hash FROM documents WHERE duplicate_of IS NULL"


def pool_vectors(store: Store, encoder_id: str) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Vectors of all documents that are no duplicates and are encoded.

    Takes transactions of its own; call it outside of one. New vectors are appended to the
    cache first; a missing, damaged or foreign cache is built anew.

    Returns:
        Document ids (n,) in no particular order and vectors (n, d), row for row; (0, 0)
        where nothing is encoded. The vectors are read-only and, where nothing has to be left
        out, mapped from the file: reading them costs no memory of one's own.
    """
    folder = cache_folder(store, encoder_id)
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder / "lock", "vector cache"):
        files = _up_to_date(store, encoder_id, folder)
        hashes, vectors = files.mapped()
    with store.transaction("pool of documents") as tx:
        documents = tx.arrow(_POOL)
    return _aligned(documents, hashes, vectors)


def cache_folder(store: Store, encoder_id: str) -> Path:
    """Where an encoder's vectors are cached."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", encoder_id)[-60:].strip("-")
    digest = hashlib.sha256(encoder_id.encode()).hexdigest()[:8]
    return store.folder / ".labelloop" / "vectors" / f"{readable}-{digest}"


def _up_to_date(store: Store, encoder_id: str, folder: Path) -> CacheFiles:
    with store.transaction("vector cache") as tx:
        owner = f"{migrate.store_id(tx)} {encoder_id}"
    files = CacheFiles.open(folder, owner)
    while True:
        with store.transaction("vector cache") as tx:
            fresh = tx.arrow(
                _NEW, {"encoder": encoder_id, "last": files.last_sequence, "limit": _ROWS_AT_ONCE}
            )
        if len(fresh):
            vectors = from_blobs(fresh["vector"], "<f2")
            files.append(_digests(fresh["content_hash"]), vectors, fresh["sequence"][-1].as_py())
        if len(fresh) < _ROWS_AT_ONCE:
            return files


def _digests(column: pa.ChunkedArray) -> NDArray[np.uint64]:
    """(n, 2) the 16 bytes behind each content hash."""
    import numpy as np
    import pyarrow as pa

    parts = [chunk.cast(pa.large_binary()) for chunk in column.chunks if len(chunk)]
    digits = b"".join(_bytes(part) for part in parts)
    return np.frombuffer(bytes.fromhex(digits.decode("ascii")), np.uint64).reshape(-1, 2)


def _bytes(part: pa.Array) -> bytes:
    import numpy as np

    ends = np.frombuffer(part.buffers()[1], np.int64)[part.offset : part.offset + len(part) + 1]
    return bytes(memoryview(part.buffers()[2])[ends[0] : ends[-1]])


def _aligned(
    documents: pa.Table, hashes: NDArray[np.uint64], vectors: NDArray[np.float16]
) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Documents with a cached vector, and those vectors, in the order of the cache."""
    import numpy as np

    wanted = _digests(documents["content_hash"])
    if not len(wanted) or not len(hashes):
        return np.empty(0, np.int64), vectors[:0]
    order = np.argsort(hashes[:, 0])
    place = np.minimum(np.searchsorted(hashes[:, 0], wanted[:, 0], sorter=order), len(order) - 1)
    row = order[place]
    # Half a hash finds the row, the other half makes sure.
    found = (hashes[row] == wanted).all(axis=1)
    row, numbers = row[found], documents["document_id"].to_numpy()[found]
    in_order = np.argsort(row)
    row, numbers = row[in_order], numbers[in_order]
    gapless = len(row) and row[-1] - row[0] == len(row) - 1
    return numbers, vectors[row[0] : row[-1] + 1] if gapless else vectors[row]
