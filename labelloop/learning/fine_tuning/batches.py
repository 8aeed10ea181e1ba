"""Which examples stand together in a step: drawn by the seed, texts of like length together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelloop.learning.arrays import Ints

_BATCHES_SORTED_TOGETHER = 8
"""Within so many batches' worth of examples texts are sorted by length: less padding, still mixed."""


def epoch_batches(lengths: Sequence[int], batch: int, *, seed: int, epoch: int) -> list[Ints]:
    """Row numbers per step of one epoch; every row stands in exactly one."""
    rng = np.random.default_rng([seed, epoch])
    order, size = rng.permutation(len(lengths)), batch * _BATCHES_SORTED_TOGETHER
    length = np.asarray(lengths)
    found: list[Ints] = []
    for start in range(0, len(order), size):
        some = order[start : start + size]
        some = some[np.argsort(length[some], kind="stable")]
        found += [some[i : i + batch] for i in range(0, len(some), batch)]
    return [found[i] for i in rng.permutation(len(found))]
