"""Cross-fitting: predictions of heads that never saw the example, to choose and to calibrate by."""

from __future__ import annotations

import numpy as np

from labelloop.learning.arrays import Float32, Ints, log_softmax, softmax
from labelloop.learning.fitting import Examples, fit

FOLDS = 5
FOLDS_TO_CHOOSE = 3
PENALTIES = (1.0, 4.0, 16.0)
"""Values of C to choose from. Labels asked because they were uncertain are harder than the pool
and ask for a larger C than it deserves: with 64 among the values it was chosen on a two-label set
where 4 gave 0.007 more area under the curve."""
SHAPED_PENALTIES = (1.0, 3.0, 10.0)
"""The same where the pool shapes the penalty. With a fifth of the answers wrong, choosing was worth
0.025 of the area under the curve against always taking 10; with none wrong 10 is chosen, and 16 in
its place cost 0.003 (seven sets)."""
_COLDEST, _HOTTEST = 0.05, 20.0


def folds_of(y: Ints, groups: Ints | None, seed: int, folds: int = FOLDS) -> Ints:
    """Fold number of each example: labels spread evenly, a group never torn apart.

    Groups are dealt out one after the other, ordered by label and within it by the seed, so
    that each label's groups go to different folds in turn.
    """
    groups = np.arange(len(y)) if groups is None else np.asarray(groups)
    _, first, member = np.unique(groups, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(first))
    order = shuffled[np.argsort(y[first][shuffled], kind="stable")]
    fold = np.empty(len(first), dtype=np.int64)
    fold[order] = np.arange(len(first)) % folds
    return np.asarray(fold[member], dtype=np.int64)


def cross_fit_logits(
    examples: Examples, folds: Ints, penalty: float, *, heed_pool: bool = True
) -> Float32:
    """Logits (n, k); row i by a head fitted without the fold of example i."""
    logits = np.zeros((len(examples.y), examples.n_labels), dtype=np.float32)
    for fold in np.unique(folds):
        out = folds == fold
        if out.all():
            continue  # one group only: nothing to learn from, all labels equally likely
        weights, bias = fit(examples.only(~out), penalty, heed_pool=heed_pool)
        logits[out] = examples.vectors[out] @ weights.T + bias
    return logits


def choose_penalty(examples: Examples, folds: Ints) -> float:
    """The C whose calibrated out-of-fold log loss is least; the smaller C on a tie.

    Self-training is left out: it takes most of the time and asks for no other C.
    """
    coarse = folds % FOLDS_TO_CHOOSE
    penalties = PENALTIES if examples.directions is None else SHAPED_PENALTIES
    losses = []
    for penalty in penalties:
        logits = cross_fit_logits(examples, coarse, penalty, heed_pool=False)
        losses.append(_log_loss(logits, examples.y, _temperature(logits, examples.y)))
    return penalties[int(np.argmin(losses))]


def calibrate(logits: Float32, y: Ints) -> tuple[float, Float32]:
    """Temperature (Guo et al. 2017) from out-of-fold logits, and their calibrated softmax."""
    temperature = _temperature(logits, y)
    return temperature, softmax(logits / temperature).astype(np.float32)


def _temperature(logits: Float32, y: Ints) -> float:
    """The temperature of least log loss; 1 where no row can tell."""
    from scipy.optimize import minimize_scalar

    known = _knowable(logits, y)
    if known.sum() < 2:
        return 1.0
    span = (np.log(_COLDEST), np.log(_HOTTEST))
    found = minimize_scalar(
        lambda t: _log_loss(logits[known], y[known], float(np.exp(t))), bounds=span, method="bounded"
    )
    return float(np.exp(found.x))


def _knowable(logits: Float32, y: Ints) -> np.ndarray:
    """Rows whose label the fold's head had met: the others say nothing about confidence."""
    return np.asarray(logits[np.arange(len(y)), y] > -29.0)


def _log_loss(logits: Float32, y: Ints, temperature: float) -> float:
    own = log_softmax(logits / temperature)[np.arange(len(y)), y]
    return float(-own.mean())
