"""How far people agree on sets of labels beyond chance: Krippendorff's alpha with the MASI distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelloop.learning.agreement import with_interval
from labelloop.learning.arrays import Bools, Float64, Ints
from labelloop.records import Interval


def masi_distance(sets: Bools) -> Float64:
    """(s, s) distance of each two of s sets (rows of labels): 0 equal, 1 nothing in common.

    One minus Jaccard times monotonicity: 1 for equal sets, 2/3 where one holds the other, 1/3 where
    they overlap, 0 where they do not (Passonneau, 'Measuring agreement on set-valued items (MASI)
    for semantic and pragmatic annotation', LREC 2006). Two empty sets are equal; an empty one and
    another have nothing in common.
    """
    counts = sets.astype(np.int64)
    size, both = counts.sum(axis=1), counts @ counts.T
    union = size[:, None] + size[None, :] - both
    jaccard = np.where(union > 0, both / np.maximum(union, 1), 1.0)
    equal = (both == size[:, None]) & (both == size[None, :])
    holds = (both == np.minimum(size[:, None], size[None, :])) & (both > 0)
    monotone = np.select([equal, holds, both > 0], [1.0, 2 / 3, 1 / 3], 0.0)
    return np.asarray(1.0 - jaccard * monotone, dtype=np.float64)


def alpha_of_sets(codes: Ints, sets: Bools, *, seed: int = 0) -> Interval:
    """Krippendorff's alpha with the MASI distance and a 95 % bootstrap interval over documents.

    Args:
        codes: (n, people) row of ``sets`` that each person gave, -1 where they gave none.
        sets: (s, k) the different sets.
        seed: Of the bootstrap.

    Returns:
        ``n`` counts documents with two answers or more; values are None where undefined.
    """
    counts = np.stack([(codes == s).sum(axis=1) for s in range(len(sets))], axis=1).astype(np.float64)
    counts = counts[counts.sum(axis=1) > 1]
    distance = masi_distance(sets)
    people = counts.sum(axis=1)
    within = np.einsum("ns,st,nt->n", counts, distance, counts) / np.maximum(1, people - 1)

    def statistic(weights: Float64) -> Float64:
        totals = weights @ counts
        n = totals.sum(axis=1)
        by_chance = np.einsum("ds,st,dt->d", totals, distance, totals)
        above = by_chance - (n - 1) * (weights @ within)
        undefined = np.full(len(n), np.nan)
        return np.asarray(np.divide(above, by_chance, out=undefined, where=by_chance > 1e-12))

    return with_interval(statistic, len(counts), seed)


def alpha_per_label(
    codes: Ints, sets: Bools, labels: Sequence[str], *, seed: int = 0
) -> dict[str, Interval]:
    """Nominal alpha of each label by itself: has it, has it not."""
    from labelloop.learning.agreement import alpha

    has = np.vstack([sets, np.zeros((1, sets.shape[1]), dtype=bool)]).astype(np.int64)
    absent = codes < 0
    return {
        label: alpha(np.where(absent, -1, has[codes, i]), seed=seed) for i, label in enumerate(labels)
    }
