"""Self-training: what a first head says of the unlabelled pool, told to a second one.

Twice in turn, the present head judges a sample of the pool, its probabilities sharpened. Each label's
mean document by them joins the training as a pseudo-example that fades as labels come in (prototypes,
Snell et al. 2017, here of unlabelled documents); some documents join with their probabilities as soft
labels, together as heavy as all answers (self-training, Scudder 1965; sharpened as in Grandvalet and
Bengio 2004). No single wrong prediction sways a mean, and soft labels say how little is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Float32, Float64, softmax

ROUNDS = 2
_STEPS = 10
"""Of the minimiser a round: it starts near, and need not arrive: 8 and 15 were level."""
PROTOTYPE_WEIGHT = 10.0
"""Of a label's mean document at first; it fades like a hint's. 6 to 20 were level on four sets."""
_SHARPENED = 2.0
"""Logits are multiplied by it. 1.5 to 3 came within 0.002 on four sets."""
_SOFT = 500
"""Documents with soft labels; 1,500 were no better."""


@dataclass(frozen=True)
class Told:
    """What a regression is fitted on, k labels.

    Attributes:
        X: (n, d) float32.
        target: (n, k) float32, the share of each label in a row.
        weight: (n,) float32.
    """

    X: Float32
    target: Float32
    weight: Float32

    def __add__(self, other: Told) -> Told:
        return Told(
            np.vstack([self.X, other.X]),
            np.vstack([self.target, other.target]),
            np.append(self.weight, other.weight),
        )


def self_trained(
    theta: Float64, told: Told, pool: Float32, *, penalty: float, answers: int, prototype_weight: float
) -> Float64:
    """Coefficients (d + 1, k), the bias last, that also heed what they themselves say of the pool.

    Args:
        theta: (d + 1, k) to start from.
        told: Answers and hints.
        pool: (m, d) unlabelled documents.
        penalty: C.
        answers: How many of ``told`` are answers; the soft labels weigh as much together.
        prototype_weight: Of each label's mean document.
    """
    k, soft = theta.shape[1], pool[:_SOFT]
    weight = np.full(len(soft), answers / max(len(soft), 1), dtype=np.float32)
    for _ in range(ROUNDS):
        share = softmax(_SHARPENED * (pool @ theta[:-1] + theta[-1]))
        count = share.sum(axis=0)
        means = (share.T @ pool) / np.maximum(count, 1e-12)[:, None]
        # A label that the pool has hardly any document of has no mean to speak of.
        own = prototype_weight * np.minimum(count, 1.0)
        more = Told(means.astype(np.float32), np.eye(k, dtype=np.float32), own.astype(np.float32))
        softly = Told(soft, share[: len(soft)].astype(np.float32), weight)
        theta = _minimised(told + more + softly, penalty, theta)
    return theta


def _minimised(told: Told, penalty: float, start: Float64) -> Float64:
    from scipy.optimize import minimize

    X = np.column_stack([told.X, np.ones(len(told.X), dtype=np.float32)])
    weight = (np.float32(penalty) * told.weight)[:, None]
    found = minimize(
        _loss, start.ravel(), args=(X, told.target, weight), jac=True, method="L-BFGS-B",
        options={"maxiter": _STEPS},
    )  # fmt: skip
    return np.asarray(found.x.reshape(start.shape))


def _loss(flat: Float64, X: Float32, target: Float32, weight: Float32) -> tuple[float, Float64]:
    """Half the squared weights plus the weighted cross-entropy, and its gradient; the bias goes free.

    Of two labels the weights are (-w / 2, w / 2) and count double: half of w squared, as C is for.
    """
    theta = flat.reshape(X.shape[1], -1)
    logits = X @ theta.astype(np.float32)
    logits -= logits.max(axis=1, keepdims=True)
    raised = np.exp(logits)
    total = raised.sum(axis=1, keepdims=True)
    entropy = np.log(total) - (logits * target).sum(axis=1, keepdims=True)
    held = theta * (2.0 if theta.shape[1] == 2 else 1.0)
    held[-1] = 0.0
    gradient = X.T @ (weight * (raised / total - target)) + held
    return 0.5 * float((held * theta).sum()) + float((weight * entropy).sum()), gradient.ravel()
