"""One-vs-rest logistic regressions, all labels in one minimisation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from labelloop.learning.arrays import Bools, Float32, Float64, Floats
from labelloop.learning.directions import Directions, folded_back, shaped
from labelloop.learning.fitting import HINT_WEIGHT, SHAPED_HINT_WEIGHT, ClassWeight, hint_weight

_STEPS = 300


@dataclass(frozen=True)
class SetExamples:
    """What a head is fitted on.

    Attributes:
        vectors: (n, d) float32.
        Y: (n, k) True where the document has the label.
        hints: (k, d) float32 vectors of the label names, or None. Each is a pseudo-example that
            has its own label and none of the others.
        class_weight: ``balanced`` gives a label's examples and the others the same sum.
        directions: Of the pool, to shape the penalty by; None for the plain one.
        sureness: (n,) weight of each example by how sure its labels are; None: all alike.
    """

    vectors: Float32
    Y: Bools
    hints: Float32 | None
    class_weight: ClassWeight
    directions: Directions | None = None
    sureness: Floats | None = None

    @property
    def hint_weight(self) -> float:
        """Weight of one pseudo-example; real ones weigh 1. It fades with the answers per label."""
        if self.hints is None:
            return 0.0
        first = HINT_WEIGHT if self.directions is None else SHAPED_HINT_WEIGHT
        n, k = self.Y.shape
        return hint_weight(n, k, first)

    def only(self, keep: Bools) -> SetExamples:
        """Some of the examples, with all the hints."""
        sureness = None if self.sureness is None else self.sureness[keep]
        return replace(self, vectors=self.vectors[keep], Y=self.Y[keep], sureness=sureness)


def fit(examples: SetExamples, penalty: float) -> tuple[Float32, Float32]:
    """Weights (k, d) and bias (k,): for each label what scikit-learn's with C ``penalty`` minimises.

    They are for plain vectors, also where the penalty is shaped by the pool's directions. The
    labels' losses add up without touching each other, so one L-BFGS over all of them finds the
    same minimum as one per label, in a tenth of the time. A label that all examples have, or none,
    gets no weights, and as bias the log odds with half an example added to either side.
    """
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    X, Y, weight = _with_hints(examples)
    k, directions = Y.shape[1], examples.directions
    if directions is not None:
        X = shaped(X, directions, k).astype(np.float64)
    split = Y.any(axis=0) & ~Y.all(axis=0)
    weights = np.zeros((Y.shape[1], X.shape[1]), dtype=np.float32)
    bias = _log_odds(Y).astype(np.float32)
    if split.any():
        start = np.column_stack([np.zeros((int(split.sum()), X.shape[1])), _log_odds(Y[:, split])])
        with threadpool_limits(1):  # small products on many threads spend their time waiting
            sign = np.where(Y[:, split], 1.0, -1.0)
            found = minimize(
                _loss, start.ravel(), args=(X, sign, penalty * weight[:, split]),
                jac=True, method="L-BFGS-B", options={"maxiter": _STEPS},
            )  # fmt: skip
        both = found.x.reshape(-1, X.shape[1] + 1)
        weights[split], bias[split] = both[:, :-1], both[:, -1]
    return (weights, bias) if directions is None else folded_back(weights, bias, directions, k)


def _loss(both: Float64, X: Float64, sign: Float64, weight: Float64) -> tuple[float, Float64]:
    """Half the squared weights plus the weighted log loss, and its gradient; the bias goes free."""
    both = both.reshape(-1, X.shape[1] + 1)
    W, bias = both[:, :-1], both[:, -1]
    agreeing = sign * (X @ W.T + bias)
    loss = 0.5 * (W**2).sum() + (weight * np.logaddexp(0.0, -agreeing)).sum()
    slope = -sign * weight / (1.0 + np.exp(np.clip(agreeing, -50, 50)))
    gradient = np.column_stack([slope.T @ X + W, slope.sum(axis=0)])
    return float(loss), gradient.ravel()


def _with_hints(examples: SetExamples) -> tuple[Float64, Bools, Float64]:
    X, Y = examples.vectors.astype(np.float64), examples.Y
    weight = _balance(Y) if examples.class_weight == "balanced" else np.ones(Y.shape)
    if examples.sureness is not None:
        weight = weight * examples.sureness[:, None]
    if examples.hints is None:
        return X, Y, weight
    k = Y.shape[1]
    there = examples.directions.hints if examples.directions is not None else None
    hints = _moved(examples.hints.astype(np.float64), X) if there is None else there
    added = np.full((k, k), examples.hint_weight)
    return np.vstack([X, hints]), np.vstack([Y, np.eye(k, dtype=bool)]), np.vstack([weight, added])


def _moved(hints: Float64, X: Float64) -> Float64:
    """Hints moved to where the documents are: names lie elsewhere than whole texts."""
    moved = hints - hints.mean(axis=0) + X.mean(axis=0)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12))


def _balance(Y: Bools) -> Float64:
    """(n, k) weights that give a label's documents and all others half the sum each."""
    n, having = len(Y), Y.sum(axis=0)
    own, others = n / np.maximum(2 * having, 1), n / np.maximum(2 * (n - having), 1)
    return np.asarray(np.where(Y, own, others), dtype=np.float64)


def _log_odds(Y: Bools) -> Float64:
    having = Y.sum(axis=0)
    return np.asarray(np.log((having + 0.5) / (len(Y) - having + 0.5)), dtype=np.float64)
