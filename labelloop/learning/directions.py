"""Where the unlabelled pool spreads: its principal directions, by which the head's penalty is shaped.

A plain ridge penalty treats all directions of the vectors alike, and with a few dozen labels the
many directions in which documents hardly differ drown the few in which they do. Here each principal
direction of the pool is stretched by a power of its variance, the first k + 1 alike (k labels need
about as many directions); a regression fitted there and folded back is an ordinary linear head.
Nothing but vectors of unlabelled documents, and of the labels' names, is used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from labelloop.learning.arrays import Float32, Float64, Floats, Rows, take

CONSIDERED = 20_000
"""Documents drawn to find the directions: 50 times the dimensions, a fraction of a second."""
_FEWEST = 50
"""With a smaller pool there is nothing to find directions by."""
POWER = 0.75
"""Of the variance. 0.5 to 1 were level on seven sets; 0 is the plain penalty."""
_KEPT = 2_000
"""Documents kept for self-training."""
_MOST_RESEMBLING = 50
"""Documents a label's name is moved towards; 20 and 50 were level on eleven sets, none 0.003 lower."""
_LENGTH = 0.9
"""Root mean square length of the shaped pool; keeps the penalty's scale that of unit vectors."""


@dataclass(frozen=True)
class Directions:
    """Principal directions of a pool.

    Attributes:
        mean: (d,) of the pool.
        axes: (d, d) float64, one direction a column, that of most variance first.
        variance: (d,) along each, never rising.
        hints: (k, d) vectors of the labels' names, moved halfway to the documents that resemble
            each most; None where there were none.
        sample: (m, d) vectors of some of the pool's documents, for self-training; None: without it.
    """

    mean: Float64
    axes: Float64
    variance: Float64
    hints: Float32 | None = None
    sample: Float32 | None = None

    def shaping(self, n_labels: int) -> Float64:
        """The matrix (d, d) that stretches centred vectors for a head of ``n_labels``."""
        level = self.variance[min(n_labels, len(self.variance) - 1)]
        stretch = np.minimum(self.variance, level) ** POWER
        spread = float(np.sqrt((stretch**2 * self.variance).sum()))
        return np.asarray(self.axes * (stretch * (_LENGTH / max(spread, 1e-12))))


def directions_of(pool: Rows, seed: int = 0, hints: Floats | None = None) -> Directions | None:
    """Principal directions of a pool (n, d); None where it is too small, or all its vectors coincide.

    Of a large pool, ``CONSIDERED`` documents are drawn by the seed. Vectors that are not finite
    are left out. ``hints`` (k, d) are vectors of the labels' names or descriptions.
    """
    n = pool.shape[0]
    rows = np.arange(n)
    if n > CONSIDERED:
        rows = np.sort(np.random.default_rng(seed).choice(n, CONSIDERED, replace=False))
    vectors = take(pool, rows)
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    if len(vectors) < _FEWEST:
        return None
    mean = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - mean
    variance, axes = np.linalg.eigh(centred.T @ centred / len(vectors))
    if variance[-1] < 1e-12:
        return None
    # Directions that the pool does not have at all keep a trace, so that none is divided by zero.
    variance = np.maximum(variance[::-1], variance[-1] * 1e-6)
    found = Directions(mean, axes[:, ::-1], variance, sample=_some(vectors, seed))
    return (
        found if hints is None or len(hints) < 2 else replace(found, hints=_among(vectors, hints, found))
    )


def _some(vectors: Float32, seed: int) -> Float32:
    """In the seed's order, so that the first of them are as good a sample as any."""
    n = len(vectors)
    return vectors[np.random.default_rng(seed).choice(n, min(n, _KEPT), replace=False)]


def _among(vectors: Float32, hints: Floats, directions: Directions) -> Float32:
    """Hints (k, d) moved to where the documents are, then halfway to the ones each resembles most.

    A document resembles a name by what its cosine has over the two best names' mean, so that one
    near all names is none's. Names lie elsewhere than whole texts, each in a way of its own.
    """
    k = len(hints)
    named = np.asarray(hints, dtype=np.float64)
    own = _unit(named - named.mean(axis=0) + directions.mean)
    likeness = _unit(shaped(vectors, directions, k)) @ _unit(shaped(own, directions, k)).T
    likeness -= np.partition(likeness, -2, axis=1)[:, -2:].mean(axis=1, keepdims=True)
    count = max(1, min(_MOST_RESEMBLING, len(vectors) // (4 * k)))
    nearest = np.argpartition(-likeness, count - 1, axis=0)[:count]
    return np.asarray((own + vectors[nearest].mean(axis=0)) / 2, dtype=np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


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
