"""Small sets of labels that a linear head can learn, from scikit-learn's generator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from labelloop.learning.arrays import Bools, Float32

LABELS = ("red", "green", "blue", "round")


@dataclass(frozen=True)
class Known:
    """Vectors with their sets: 200 to learn from, 400 to measure on."""

    vectors: Float32
    Y: Bools
    test: Float32
    told: Bools


@pytest.fixture(scope="session")
def known() -> Known:
    from sklearn.datasets import make_multilabel_classification

    X, Y = make_multilabel_classification(
        600, n_features=30, n_classes=4, n_labels=2, allow_unlabeled=True, random_state=3
    )
    vectors = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)
    sets = Y.astype(bool)
    return Known(vectors[:200], sets[:200], vectors[200:], sets[200:])
