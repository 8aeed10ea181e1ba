"""How uncertain a set is, in the form in which every query strategy reads it.

Strategies look at a document's probabilities and need to know nothing of sets: each document gets two
columns, the sureness c of its set between a half and 1, and 1 - c. Margin, entropy and least confidence
then order alike, and BADGE's gradients shrink as c grows.

c comes from the labels' gaps: how far a probability lies from its label's threshold, from 0 (on it) to
1 (certain). Their mean over the labels is the average-confidence rule of Esuli and Sebastiani ('Active
learning strategies for multi-label text classification', ECIR 2009).
"""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Floats


def gaps(probabilities: Floats, thresholds: Floats) -> Float32:
    """(n, k) distance of each probability from its label's threshold: 0 on it, 1 at 0 and at 1."""
    p, t = np.asarray(probabilities, dtype=np.float32), np.asarray(thresholds, dtype=np.float32)
    return np.asarray(np.where(p >= t, (p - t) / (1 - t), (t - p) / t), dtype=np.float32)


def set_margin(probabilities: Floats, thresholds: Floats) -> Float32:
    """(n,) 0 where every label is a toss-up, 1 where all are certain."""
    return np.asarray(gaps(probabilities, thresholds).mean(axis=1), dtype=np.float32)


def as_two(probabilities: Floats, thresholds: Floats) -> Float32:
    """(n, 2) what strategies read: their margin, 1 - (c - (1 - c)), is one minus the set's."""
    sure = (1.0 + set_margin(probabilities, thresholds)) / 2.0
    return np.column_stack([sure, 1.0 - sure]).astype(np.float32)


def set_entropy(probabilities: Floats) -> Float32:
    """(n,) sum of the labels' entropies in nats: that of the set where labels are independent."""
    p = np.clip(np.asarray(probabilities, dtype=np.float32), 1e-7, 1 - 1e-7)
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log1p(-p)).sum(axis=1), dtype=np.float32)
