"""Texts to vectors, through sentence-transformers, from safetensors weights only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from labelloop.learning.arrays import Float32

Progress = Callable[[int], None]
"""Called with the number of texts just finished (an increment, fit for ``tqdm.update``)."""


class Encoder(Protocol):
    """What turns texts into vectors.

    Attributes:
        encoder_id: Model name, length limit and short hash of the weights; two different
            weight files never share one.
        dimension: Number of components of a vector.
    """

    encoder_id: str
    dimension: int

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Float32:
        """Vectors (n, dimension), float32, of length 1, in the order of ``texts``."""
        ...


def load_encoder(model: str, *, batch_size: int = 32) -> Encoder:
    """Load an encoder by folder path or hub name.

    Raises:
        EncoderUnavailable: No such model, half-written, weights not safetensors, or no hub.
        MissingExtra: It could be had from a package that is not installed; names the line.
    """
    raise NotImplementedError
