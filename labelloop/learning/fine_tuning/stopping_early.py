"""How many epochs: found on a fold of the labels that the tuning does not learn from.

After each epoch of the first tuning, its loss on that fold is looked at. A fold is small and its losses
are noisy: of ten epochs one always looks best. So a tuning is only made shorter where the loss at the
end of all epochs is worse than the least by more than the standard error of their difference, text by
text (the one-standard-error rule of Breiman et al. 1984).
"""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Float64, Ints
from labelloop.learning.crossfit import calibrate

LONGEST = 2 / 3
"""Share of the epochs that a shorter tuning may take: the first one is done over, and has to pay."""


def losses(logits: Float32, y: Ints) -> Float64:
    """(n,) log loss of each text, the logits (n, k) calibrated: being too sure does no harm here."""
    said = calibrate(logits, y)[1]
    return np.asarray(-np.log(np.maximum(said[np.arange(len(y)), y], 1e-12)), dtype=np.float64)


def epochs_needed(watched: Float64, epochs: int) -> int:
    """The number of epochs to tune for.

    Args:
        watched: (seen, n) losses after each epoch; fewer rows than epochs where time ran out.
        epochs: The most.
    """
    seen, n = watched.shape
    if seen < epochs:
        return epochs
    best = int(watched.mean(axis=1).argmin())
    if n < 2 or best + 1 > LONGEST * epochs:
        return epochs
    worse = watched[-1] - watched[best]
    if worse.mean() <= worse.std(ddof=1) / np.sqrt(n):
        return epochs
    return best + 1
