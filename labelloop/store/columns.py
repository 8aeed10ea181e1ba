"""Python values as Arrow columns of exactly the types the tables have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


def integers(values: Sequence[int | None] | NDArray[np.integer]) -> pa.Array:
    """A BIGINT column."""
    import pyarrow as pa

    return pa.array(values, pa.int64())


def floats(values: Sequence[float | None] | NDArray[np.floating]) -> pa.Array:
    """A FLOAT8 column."""
    import pyarrow as pa

    return pa.array(values, pa.float64())


def texts(values: Sequence[str | None]) -> pa.Array:
    """A TEXT column."""
    import pyarrow as pa

    return pa.array(values, pa.string())


def booleans(values: Sequence[bool] | NDArray[np.bool_]) -> pa.Array:
    """A BOOLEAN column."""
    import pyarrow as pa

    return pa.array(values, pa.bool_())


def times(values: Sequence[datetime | None]) -> pa.Array:
    """A TIMESTAMP column of naive UTC times."""
    import pyarrow as pa

    return pa.array(values, pa.timestamp("us"))


def relation(**columns: pa.Array) -> pa.Table:
    """Columns side by side, to stage or to insert."""
    import pyarrow as pa

    return pa.table(columns)


def blobs(rows: NDArray[np.generic]) -> pa.Array:
    """A BYTEA column of the bytes of each row of an (n, k) array."""
    import numpy as np
    import pyarrow as pa

    packed = np.ascontiguousarray(rows)
    width = packed.shape[1] * packed.itemsize
    # 64-bit offsets: a million vectors are more bytes than 32 bits count.
    offsets = np.arange(len(packed) + 1, dtype=np.int64) * width
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(packed)]
    return pa.Array.from_buffers(pa.large_binary(), len(packed), buffers)


def from_blobs(column: pa.ChunkedArray, dtype: str) -> NDArray[np.generic]:
    """An (n, k) array from a BYTEA column whose values are all of one length; (0, 0) where empty."""
    import numpy as np
    import pyarrow as pa

    parts = []
    for chunk in column.chunks:
        if not len(chunk):
            continue
        plain = chunk.cast(pa.large_binary())
        ends = np.frombuffer(plain.buffers()[1], np.int64)[plain.offset : plain.offset + len(plain) + 1]
        values = np.frombuffer(plain.buffers()[2], np.uint8)[ends[0] : ends[-1]]
        parts.append(values.reshape(len(plain), -1).view(dtype))
    return np.concatenate(parts) if parts else np.empty((0, 0), dtype)
