"""How uncertain a prediction is: pure functions (n, k) → (n,), higher is more uncertain."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Floats


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
