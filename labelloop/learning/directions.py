"""Where the unlabelled pool spreads: its principal directions, by which the head's penalty is shaped.

A plain ridge penalty treats all directions of the vectors alike, and with a few dozen labels the
many directions in which documents hardly differ drown the few in which they do. Here each principal
direction of the pool is stretched by a power of its variance, the first k alike (k labels need about
k directions); a regression fitted there and folded back is an ordinary linear head. Nothing but
vectors of unlabelled documents is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelloop.learning.arrays import Float32, Float64, Floats, Rows, take

CONSIDERED = 20_000
"""Documents drawn to find the directions: 50 times the dimensions, a fraction of a second."""
_FEWEST = 50
"""With a smaller pool there is nothing to find directions by."""
POWER = 0.75
"""Of the variance. 0.5 to 1 were level on seven sets; 0 is the plain penalty."""
_LENGTH = 0.9
"""Root mean square length of the shaped pool; keeps the penalty's scale that of unit vectors."""


@dataclass(frozen=True)
class Directions:
    """Principal directions of a pool.

    Attributes:
        mean: (d,) of the pool.
        axes: (d, d) float64, one direction a column, that of most variance first.
        variance: (d,) along each, never rising.
    """

    mean: Float64
    axes: Float64
    variance: Float64

    def shaping(self, n_labels: int) -> Float64:
        """The matrix (d, d) that stretches centred vectors for a head of ``n_labels``."""
        level = self.variance[min(n_labels, len(self.variance) - 1)]
        stretch = np.minimum(self.variance, level) ** POWER
        spread = float(np.sqrt((stretch**2 * self.variance).sum()))
        return np.asarray(self.axes * (stretch * (_LENGTH / max(spread, 1e-12))))


def directions_of(pool: Rows, seed: int = 0) -> Directions | None:
    """Principal directions of a pool (n, d); None where it is too small, or all its vectors coincide.

    Of a large pool, ``CONSIDERED`` documents are drawn by the seed. Vectors that are not finite
    are left out.
    """
    n = pool.shape[0]
    rows = np.arange(n)
    if n > CONSIDERED:
        rows = np.sort(np.random.default_rng(seed).choice(n, CONSIDERED, replace=False))
    vectors = take(pool, rows).astype(np.float64)
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    if len(vectors) < _FEWEST:
        return None
    mean = vectors.mean(axis=0)
    vectors -= mean
    variance, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    if variance[-1] < 1e-12:
        return None
    # Directions that the pool does not have at all keep a trace, so that none is divided by zero.
    return Directions(mean, axes[:, ::-1], np.maximum(variance[::-1], variance[-1] * 1e-6))


def shaped(vectors: Floats, directions: Directions, n_labels: int) -> Float32:
    """Vectors (n, d) centred on the pool and stretched for a head of ``n_labels``."""
    centred = np.asarray(vectors, dtype=np.float64) - directions.mean
    return np.asarray(centred @ directions.shaping(n_labels), dtype=np.float32)


def folded_back(
    weights: Float32, bias: Float32, directions: Directions, n_labels: int
) -> tuple[Float32, Float32]:
    """Weights (k, d) and bias (k,) for plain vectors, from those fitted on shaped ones."""
    plain = np.asarray(weights, dtype=np.float64) @ directions.shaping(n_labels).T
    return plain.astype(np.float32), (bias - plain @ directions.mean).astype(np.float32)
