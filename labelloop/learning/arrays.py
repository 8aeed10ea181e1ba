"""Array types used throughout the learning, and walking over big arrays in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
"""float16, float32 or float64; vectors may be memory-mapped."""

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 65_536
"""Rows held in float32 at a time: 100 MB at 384 components."""


class Rows(Protocol):
    """Rows that can be read by slice or by index: an array, a memory map, or a ``RowView``."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        ...

    def __getitem__(self, rows: Any, /) -> Any:
        """The rows as an array."""
        ...


class RowView:
    """Some rows of a big array, read only when asked for: a mask on a memory map copies it all."""

    def __init__(self, base: Rows, rows: Ints) -> None:
        self._base, self._rows = base, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows of the view, columns of the base."""
        return (len(self._rows), *self._base.shape[1:])

    def __getitem__(self, rows: Any, /) -> Any:
        """The rows as an array."""
        return self._base[self._rows[rows]]


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices that cover ``range(n)`` in order."""
    for begin in range(0, n, size):
        yield slice(begin, min(begin + size, n))


def take(rows: Rows, indices: Ints) -> Float32:
    """The rows at ``indices``, float32, read in file order and given back in the order asked."""
    order = np.argsort(indices, kind="stable")
    found = np.empty((len(indices), rows.shape[1]), dtype=np.float32)
    found[order] = rows[indices[order]]
    return found


def softmax(logits: Floats) -> Float64:
    """Each row's exponentials, summing to 1."""
    return np.asarray(np.exp(log_softmax(logits)))


def log_softmax(logits: Floats) -> Float64:
    """Each row's logits less the logarithm of their exponentials' sum."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
