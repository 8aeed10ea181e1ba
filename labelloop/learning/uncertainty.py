"""How uncertain a prediction is: pure functions (n, k) → (n,), higher is more uncertain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from labelloop.learning.arrays import Float32, Floats, Rows, chunks


def least_confidence(probabilities: Floats) -> Float32:
    """One minus the largest probability: 0 when sure, up to 1 - 1/k."""
    return np.asarray(1.0 - probabilities.max(axis=1), dtype=np.float32)


def margin(probabilities: Floats) -> Float32:
    """One minus the gap between the two largest probabilities: 0 when sure, 1 on a tie."""
    if probabilities.shape[1] < 2:  # a model all of whose labels were merged into one
        return np.zeros(len(probabilities), dtype=np.float32)
    top = np.partition(probabilities, -2, axis=1)[:, -2:]
    return np.asarray(1.0 - np.abs(top[:, 1] - top[:, 0]), dtype=np.float32)


def entropy(probabilities: Floats) -> Float32:
    """Shannon entropy in nats: 0 when sure, log(k) on a tie of all."""
    p = np.asarray(probabilities, dtype=np.float32)
    return np.asarray(-(p * np.log(np.maximum(p, np.float32(1e-30)))).sum(axis=1), dtype=np.float32)


def disagreement(
    pool: Rows,
    members: Sequence[tuple[Float32, Float32]],
    squash: Callable[[Float32], Floats],
    uncertainty: Callable[[Floats], Float32],
) -> Float32:
    """How much heads differ: the entropy of their mean less their mean entropy.

    That is the Jensen-Shannon divergence (McCallum and Nigam 1998 divide by consensus in the same way).

    Args:
        pool: (n, d) vectors.
        members: Weights (k, d) and bias (k,) of each head.
        squash: Logits to probabilities, both (n, k).
        uncertainty: Probabilities to entropy (n,).
    """
    scores = np.empty(pool.shape[0], dtype=np.float32)
    for rows in chunks(len(scores)):
        vectors = np.asarray(pool[rows], dtype=np.float32)
        votes = [squash(vectors @ weights.T + bias) for weights, bias in members]
        alone = np.mean([uncertainty(vote) for vote in votes], axis=0)
        scores[rows] = uncertainty(np.mean(votes, axis=0)) - alone
    return scores
