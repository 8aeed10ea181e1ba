"""One fit of the logistic regression: hints as pseudo-examples, the pool shapes it and is heeded."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from labelloop.learning.arrays import Bools, Float32, Float64, Ints
from labelloop.learning.directions import Directions, folded_back, shaped
from labelloop.learning.self_training import PROTOTYPE_WEIGHT, Told, self_trained

ClassWeight = Literal["none", "balanced"]

HINT_WEIGHT = 3.0
SHAPED_HINT_WEIGHT = 6.0
"""With the penalty shaped by the pool; 6 and 10 were level on four sets, 3 came 0.002 lower."""
HINT_HALF_LIFE = 4.0
_ABSENT = -30.0
"""Bias of a label nobody has met and nothing hints at: a probability of about e^-30."""


@dataclass(frozen=True)
class Examples:
    """What a head is fitted on.

    Attributes:
        vectors: (n, d) float32.
        y: (n,) labels.
        n_labels: k.
        hints: (k, d) float32 or None.
        class_weight: ``none`` or ``balanced``.
        directions: Of the pool, to shape the penalty by; None for the plain one.
        sureness: (n,) weight of each example by how sure its label is; None: all alike.
    """

    vectors: Float32
    y: Ints
    n_labels: int
    hints: Float32 | None
    class_weight: ClassWeight
    directions: Directions | None = None
    sureness: Float64 | None = None

    @property
    def hint_weight(self) -> float:
        """Weight of one pseudo-example; real ones weigh 1."""
        if self.hints is None:
            return 0.0
        first = HINT_WEIGHT if self.directions is None else SHAPED_HINT_WEIGHT
        return hint_weight(len(self.y), self.n_labels, first)

    def only(self, keep: Bools) -> Examples:
        """Some of the examples, with all the hints."""
        sureness = None if self.sureness is None else self.sureness[keep]
        return replace(self, vectors=self.vectors[keep], y=self.y[keep], sureness=sureness)


def hint_weight(n: int, k: int, first: float = HINT_WEIGHT) -> float:
    """Weight of a label's hint among n labels of k classes: fades with the labels per class."""
    return first / (1.0 + n / (k * HINT_HALF_LIFE))


def fit(examples: Examples, penalty: float, *, heed_pool: bool = True) -> tuple[Float32, Float32]:
    """Weights (k, d) and bias (k,) of the multinomial logistic regression with C ``penalty``.

    They are for plain vectors, also where the penalty is shaped by the pool's directions. There,
    self-training heeds what the head says of the pool, unless ``heed_pool`` is False.
    """
    from threadpoolctl import threadpool_limits

    X, y, weight = _with_hints(examples)
    met, k, directions = np.unique(y), examples.n_labels, examples.directions
    if len(met) == 1:
        return _constant(int(met[0]), k, X.shape[1])
    if directions is not None:
        X = shaped(X, directions, k)
    # Small products on many threads spend their time waiting: 860 ms instead of 30.
    with threadpool_limits(1):
        theta = _regression(X, y, weight, penalty)
        if directions is not None and directions.sample is not None and heed_pool:
            told = Told(X, (y[:, None] == met).astype(np.float32), weight.astype(np.float32))
            theta = self_trained(
                theta, told, shaped(directions.sample, directions, k), penalty=penalty,
                answers=len(examples.y),
                prototype_weight=hint_weight(len(examples.y), k, PROTOTYPE_WEIGHT),
            )  # fmt: skip
    weights, bias = _spread_out(theta, met, k)
    return (weights, bias) if directions is None else folded_back(weights, bias, directions, k)


def _regression(X: Float32, y: Ints, weight: Float64, penalty: float) -> Float64:
    """Coefficients (d + 1, classes met), the bias last."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=penalty, max_iter=500, tol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 500 steps are near enough
        warnings.filterwarnings("ignore", "The number of unique classes")  # 77 labels, 25 answers
        model.fit(X, y, sample_weight=weight)
    theta = np.column_stack([model.coef_, model.intercept_]).T.astype(np.float64)
    # With two classes scikit-learn gives one column for both.
    return np.hstack([-theta / 2, theta / 2]) if theta.shape[1] == 1 else theta


def _with_hints(examples: Examples) -> tuple[Float32, Ints, Float64]:
    X, y = examples.vectors, examples.y
    weight = balance(y) if examples.class_weight == "balanced" else np.ones(len(y))
    if examples.sureness is not None:
        weight = weight * examples.sureness
    if examples.hints is None:
        return X, y, weight
    k = examples.n_labels
    hint = np.full(k, examples.hint_weight)
    there = examples.directions.hints if examples.directions is not None else None
    hints = _moved(examples.hints, X) if there is None else there
    return np.vstack([X, hints]), np.append(y, np.arange(k)), np.append(weight, hint)


def _moved(hints: Float32, vectors: Float32) -> Float32:
    """Hints moved to where the documents are: names lie elsewhere than whole texts.

    Worth 0.001 (random) to 0.007 (cluster_margin) of the area under the curve, as the mean of
    four data sets and three seeds.
    """
    moved = hints - hints.mean(axis=0) + vectors.mean(axis=0)
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-12), dtype=np.float32)


def balance(y: Ints) -> Float64:
    """Weights that give each label met the same sum, with mean 1."""
    counts = np.bincount(y)
    return np.asarray(len(y) / (np.count_nonzero(counts) * counts[y]), dtype=np.float64)


def _constant(met: int, k: int, d: int) -> tuple[Float32, Float32]:
    bias = np.full(k, _ABSENT, dtype=np.float32)
    bias[met] = 0.0
    return np.zeros((k, d), dtype=np.float32), bias


def _spread_out(theta: Float64, met: Ints, k: int) -> tuple[Float32, Float32]:
    """Weights (k, d) and bias (k,) with a row for every label, also those that nobody has met."""
    weights = np.zeros((k, len(theta) - 1), dtype=np.float32)
    bias = np.full(k, _ABSENT, dtype=np.float32)
    weights[met], bias[met] = theta[:-1].T, theta[-1]
    return weights, bias
