"""The classifier on vectors: one matrix product and a softmax, saved without pickle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labelloop.learning.arrays import Float32, Floats


@dataclass(frozen=True)
class Head:
    """A linear classifier on vectors of one encoder.

    Attributes:
        labels: Names of the k classes, in the order of the columns.
        weights: (k, d) float32.
        bias: (k,) float32.
        temperature: Logits are divided by it; calibrated by cross-fitting.
        encoder_id: The encoder whose vectors it was trained on.
    """

    labels: tuple[str, ...]
    weights: Float32
    bias: Float32
    temperature: float
    encoder_id: str

    def predict_proba(self, vectors: Floats, *, chunk: int = 65_536) -> Float32:
        """Calibrated probabilities (n, k), float32, of vectors (n, d), ``chunk`` rows at a time."""
        raise NotImplementedError

    def save(self, path: Path) -> str:
        """Write it as safetensors, atomically; returns the file's sha256 in hex."""
        raise NotImplementedError

    @classmethod
    def load(cls, path: Path, sha256: str) -> Head:
        """Read it back.

        Raises:
            ArtefactMismatch: The file is missing, or its sha256 is another.
        """
        raise NotImplementedError
