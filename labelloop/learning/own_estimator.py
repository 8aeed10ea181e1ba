"""A scikit-learn estimator of one's own in the head's place.

``[training] head = "package.module:factory"`` names a function without arguments that returns a
classifier with ``fit`` and ``predict_proba``. A fitted estimator can only be kept as a pickle, which
runs code when loaded; so its material is kept instead (vectors, labels, seed, the factory's name, as
safetensors), and it is fitted again where it is first needed. That takes as long as fitting does, and
gives the same as long as factory, scikit-learn and seed are the same: ``random_state`` is set to the
seed where the estimator has one. Label hints, the pool's help and how sure a label is are the built-in
head's alone.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from labelloop.errors import LearningError, ProjectFileError
from labelloop.learning.arrays import CHUNK, Float32, Floats, Ints, Rows, chunks
from labelloop.learning.crossfit import calibrate, folds_of
from labelloop.learning.head import ESTIMATOR_FORMAT, Head
from labelloop.learning.training import Trained, check_enough

_LEAST = 1e-6
"""Probabilities below it count as this much: a tree says 0, whose logarithm cannot be calibrated."""


def build(factory: str, seed: int) -> Any:
    """The estimator that ``package.module:factory`` makes, seeded.

    Raises:
        ProjectFileError: There is no such function, or what it makes is no classifier.
    """
    module, _, name = factory.partition(":")
    try:
        estimator = getattr(importlib.import_module(module), name)()
    except Exception as error:  # noqa: BLE001  a stranger's module can fail in any way
        raise ProjectFileError(
            f"training.head: {factory} cannot be called: {type(error).__name__}: {error}",
            remedy="It is written package.module:factory, installed beside labelloop, without arguments",
        ) from None
    if not hasattr(estimator, "fit") or not hasattr(estimator, "predict_proba"):
        raise ProjectFileError(
            f"training.head: {factory} makes a {type(estimator).__name__} without fit and predict_proba",
            remedy="Wrap it in sklearn.calibration.CalibratedClassifierCV, or choose another",
        )
    if "random_state" in getattr(estimator, "get_params", dict)():
        estimator.set_params(random_state=seed)
    return estimator


@dataclass(frozen=True)
class EstimatorHead(Head):
    """An estimator with what it is fitted on.

    ``weights`` are the vectors (n, d), ``bias`` the labels (n,).

    Attributes:
        factory: ``package.module:factory``.
        seed: Its ``random_state``.
    """

    factory: str = ""
    seed: int = 0

    @cached_property
    def _fitted(self) -> Any:
        return _fit(self.factory, self.seed, self.weights, self.bias.astype(np.int64))

    def predict_proba(self, vectors: Rows, *, chunk: int = CHUNK) -> Float32:
        """Calibrated probabilities (n, k), float32, of vectors (n, d), ``chunk`` rows at a time."""
        found = np.empty((vectors.shape[0], len(self.labels)), dtype=np.float32)
        for rows in chunks(len(found), chunk):
            logits = _logits(self._fitted, np.asarray(vectors[rows], np.float32), len(self.labels))
            scaled = np.exp(logits / self.temperature)
            found[rows] = scaled / scaled.sum(axis=1, keepdims=True)
        return found

    def _described(self) -> str:
        described = {
            "format": ESTIMATOR_FORMAT, "labels": self.labels, "temperature": self.temperature,
            "encoder_id": self.encoder_id, "factory": self.factory, "seed": self.seed,
        }  # fmt: skip
        return json.dumps(described, ensure_ascii=True)

    @classmethod
    def read(cls, tensors: Mapping[str, Float32], head: Mapping[str, Any]) -> EstimatorHead:
        """From a file's tensors and description."""
        return cls(
            tuple(head["labels"]), tensors["weights"], tensors["bias"], float(head["temperature"]),
            head["encoder_id"], head["factory"], int(head["seed"]),
        )  # fmt: skip


def train_estimator(
    factory: str, vectors: Floats, y: Ints, *, labels: Sequence[str], encoder_id: str = "",
    seed: int = 0, groups: Ints | None = None,
) -> Trained:  # fmt: skip
    """Fit an estimator of one's own, calibrated by cross-fitting like the built-in head.

    Raises:
        TooFewLabels: No label, or only one class.
        ProjectFileError: The factory cannot be used.
        LearningError: The estimator fails on the vectors.
    """
    check_enough(y, labels)
    X, k = np.asarray(vectors, np.float32), len(labels)
    folds, logits = folds_of(y, groups, seed), np.zeros((len(y), k), dtype=np.float32)
    for fold in np.unique(folds):
        out = folds == fold
        if len(np.unique(y[~out])) > 1:
            logits[out] = _logits(_fit(factory, seed, X[~out], y[~out]), X[out], k)
    temperature, probabilities = calibrate(logits, y)
    head = EstimatorHead(tuple(labels), X, y.astype(np.float32), temperature, encoder_id, factory, seed)
    counts = np.bincount(y, minlength=k)
    report = {
        "kind": "own estimator", "factory": factory, "estimator": repr(head._fitted), "seed": seed,
        "temperature": temperature, "encoder_id": encoder_id, "n": len(y),
        "per_label": {label: int(c) for label, c in zip(labels, counts, strict=True)},
    }  # fmt: skip
    return Trained(head, probabilities, report)


def _fit(factory: str, seed: int, X: Float32, y: Ints) -> Any:
    estimator = build(factory, seed)
    try:
        return estimator.fit(X, y)
    except Exception as error:
        raise LearningError(
            f"training.head: {factory} fails on {len(y)} labels: {type(error).__name__}: {error}",
            remedy="Leave [training] head away to train the built-in head",
        ) from error


def _logits(fitted: Any, X: Float32, k: int) -> Float32:
    """Log-probabilities (n, k); labels that the estimator has not met are as good as impossible."""
    found = np.full((len(X), k), np.log(_LEAST), dtype=np.float32)
    said = np.asarray(fitted.predict_proba(X), dtype=np.float64)
    found[:, np.asarray(fitted.classes_, dtype=np.int64)] = np.log(np.maximum(said, _LEAST))
    return found
