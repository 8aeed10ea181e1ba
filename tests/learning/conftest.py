"""Vectors made up so that what should be learnt from them is known."""

import numpy as np
import pytest


def blobs(n, k, d=16, *, seed=0, spread=0.6):
    """``n`` unit vectors around ``k`` directions and the number of each one's direction."""
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(rng.normal(size=(max(d, k), max(d, k))))[0][:k, :d]
    y = rng.permutation(np.arange(n) % k)
    vectors = centres[y] + spread * rng.normal(size=(n, d)) / np.sqrt(d)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), y.astype(np.int64), centres.astype(np.float32)


@pytest.fixture(name="blobs")
def _blobs():
    return blobs
