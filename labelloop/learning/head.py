"""The classifier on vectors: one matrix product and a softmax, saved without pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelloop.errors import ArtefactMismatch
from labelloop.learning.arrays import CHUNK, Float32, Rows, chunks
from labelloop.learning.whole_file import write_atomically

_FORMAT = "labelloop-head-1"
MULTI_LABEL_FORMAT = "labelloop-multi-label-head-1"
ESTIMATOR_FORMAT = "labelloop-own-estimator-1"


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

    def predict_proba(self, vectors: Rows, *, chunk: int = CHUNK) -> Float32:
        """Calibrated probabilities (n, k), float32, of vectors (n, d), ``chunk`` rows at a time."""
        n = vectors.shape[0]
        probabilities = np.empty((n, len(self.labels)), dtype=np.float32)
        scale = np.float32(1.0 / self.temperature)
        weights, bias = (self.weights * scale).T, self.bias * scale
        for rows in chunks(n, chunk):
            _softmax_into(probabilities[rows], _as_float32(vectors[rows]) @ weights + bias)
        return probabilities

    def save(self, path: Path) -> str:
        """Write it as safetensors, atomically; returns the file's sha256 in hex."""
        from safetensors.numpy import save

        # One key: safetensors writes several in any order, and the same head must have one hash.
        content = save(self._tensors(), metadata={"head": self._described()})
        write_atomically(path, content)
        return hashlib.sha256(content).hexdigest()

    def _tensors(self) -> dict[str, Float32]:
        return {"weights": np.ascontiguousarray(self.weights), "bias": self.bias}

    def _described(self) -> str:
        described = {
            "format": _FORMAT, "labels": self.labels, "temperature": self.temperature,
            "encoder_id": self.encoder_id,
        }  # fmt: skip
        return json.dumps(described, ensure_ascii=True)

    @classmethod
    def load(cls, path: Path, sha256: str) -> Head:
        """Read it back; a head of sets, or an estimator of one's own, where one was saved.

        Raises:
            ArtefactMismatch: The file is missing, or its sha256 is another.
        """
        content = _read_checked(path, sha256)
        from safetensors.numpy import load

        tensors, metadata = load(content), _metadata(content)
        head = json.loads(metadata.get("head", "{}"))
        if head.get("format") == MULTI_LABEL_FORMAT:
            from labelloop.learning.multi_label.head import MultiLabelHead

            return MultiLabelHead.read(tensors, head)
        if head.get("format") == ESTIMATOR_FORMAT:
            from labelloop.learning.own_estimator import EstimatorHead

            return EstimatorHead.read(tensors, head)
        if head.get("format") != _FORMAT:
            raise ArtefactMismatch(f"{path} is no head that this version can read")
        return cls(
            labels=tuple(head["labels"]), weights=tensors["weights"], bias=tensors["bias"],
            temperature=float(head["temperature"]), encoder_id=head["encoder_id"],
        )  # fmt: skip


def _as_float32(rows: object) -> Float32:
    return np.asarray(rows, dtype=np.float32)


def _softmax_into(out: Float32, logits: Float32) -> None:
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=out)
    out /= out.sum(axis=1, keepdims=True)


def _read_checked(path: Path, sha256: str) -> bytes:
    remedy = "Train again, or restore the file from a backup"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtefactMismatch(
            f"the model file {path} cannot be read: {error.strerror}", remedy=remedy
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ArtefactMismatch(
            f"the model file {path} has the sha256 {found[:12]}…, the store knows {sha256[:12]}…",
            remedy=remedy,
        )
    return content


def _metadata(content: bytes) -> dict[str, str]:
    """The string metadata in a safetensors header: 8 bytes of length, then JSON."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata: dict[str, str] = header.get("__metadata__", {})
    return metadata
