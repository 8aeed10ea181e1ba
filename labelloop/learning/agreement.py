"""How far people agree beyond chance: Krippendorff's alpha and Cohen's kappa, with intervals.

Written here since the package ``krippendorff`` is under the GPL and statsmodels drags in
pandas for ten lines of arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from labelloop.learning.arrays import Float64, Ints
from labelloop.records import Interval

_DRAWS = 1000
_Statistic = Callable[[Float64], Float64]
"""Weights (draws, n) of the documents to values (draws,); NaN where undefined."""


def alpha(codes: Ints, *, seed: int = 0) -> Interval:
    """Krippendorff's nominal alpha with a 95 % bootstrap interval over documents.

    Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), in the form with
    missing values. 1 is full agreement, 0 what chance gives.

    Args:
        codes: (n, people) index of the label each gave, -1 where they gave none.
        seed: Of the bootstrap.

    Returns:
        ``n`` counts documents with two answers or more; values are None where it is
        undefined: no such document, or one label throughout.
    """
    counts = _counts(codes)
    several = counts.sum(axis=1) > 1
    return with_interval(_alpha(counts[several]), int(several.sum()), seed)


def kappa_with_others(codes: Ints, person: int, *, seed: int = 0) -> Interval:
    """Cohen's kappa of one person and the others, who share the weight of one on each document.

    With two people it is Cohen's (1960). The interval is a 95 % bootstrap over documents.

    Args:
        codes: (n, people) index of the label each gave, -1 where they gave none.
        person: Column of the person.
        seed: Of the bootstrap.
    """
    both = (codes[:, person] >= 0) & ((codes >= 0).sum(axis=1) > 1)
    own = _counts(codes[both][:, [person]], int(codes.max(initial=0)) + 1)
    others = _counts(np.delete(codes[both], person, axis=1), own.shape[1])
    others = others / np.maximum(1, others.sum(axis=1, keepdims=True))
    return with_interval(_kappa(own, others), int(both.sum()), seed)


def _counts(codes: Ints, k: int | None = None) -> Float64:
    """(n, k) how many people gave each label."""
    k = int(codes.max(initial=0)) + 1 if k is None else k
    return np.stack([(codes == label).sum(axis=1) for label in range(k)], axis=1).astype(np.float64)


def _alpha(counts: Float64) -> _Statistic:
    people = counts.sum(axis=1)
    differing = (people**2 - (counts**2).sum(axis=1)) / np.maximum(1, people - 1)

    def statistic(weights: Float64) -> Float64:
        totals = weights @ counts
        n = totals.sum(axis=1)
        by_chance = n**2 - (totals**2).sum(axis=1)
        return _ratio(by_chance - (n - 1) * (weights @ differing), by_chance)

    return statistic


def _kappa(own: Float64, others: Float64) -> _Statistic:
    agreeing = (own * others).sum(axis=1)

    def statistic(weights: Float64) -> Float64:
        n = np.maximum(1, weights.sum(axis=1))
        observed = weights @ agreeing / n
        by_chance = ((weights @ own) * (weights @ others)).sum(axis=1) / n**2
        return _ratio(observed - by_chance, 1 - by_chance)

    return statistic


def _ratio(above: Float64, below: Float64) -> Float64:
    undefined = np.full(len(below), np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=below > 1e-12))


def with_interval(statistic: _Statistic, n: int, seed: int) -> Interval:
    """A statistic of n documents with its 95 % bootstrap interval; values are None where undefined."""
    if n == 0:
        return Interval(None, None, None, 0)
    value = float(statistic(np.ones((1, n)))[0])
    if np.isnan(value):
        return Interval(None, None, None, n)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=_DRAWS)
    found = statistic(draws.astype(np.float64))
    found = found[~np.isnan(found)]
    low, high = np.quantile(found, (0.025, 0.975)) if len(found) else (value, value)
    return Interval(value, float(low), float(high), n)
