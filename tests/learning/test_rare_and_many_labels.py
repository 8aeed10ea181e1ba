"""A label that few documents have is met oftener than by chance; 77 labels start from 25 answers."""

import numpy as np

from labelloop.learning.batch import Candidates, Labelled, Shares, compose
from labelloop.learning.directions import directions_of
from labelloop.learning.training import train_head

SHARES = Shares(audit=0.0, random=0.0, explore=0.2, relabel=0.0, blind=0.1)


def skewed(blobs, seed):
    """A pool of four labels, one of which every hundredth document has; 40 answers, none of it."""
    vectors, y, centres = blobs(2_400, 4, seed=seed, spread=1.5)
    rows = np.random.default_rng(seed).permutation(
        np.append(np.flatnonzero(y != 3)[:1_485], np.flatnonzero(y == 3)[:15])
    )
    vectors, y = vectors[rows], y[rows]
    known = np.flatnonzero(y != 3)[:40]
    return vectors, y, centres, known


def rare_ones_asked(blobs, seed):
    """Documents of the rare label among the next 50."""
    vectors, y, hints, known = skewed(blobs, seed)
    head = train_head(
        vectors[known], y[known], labels=list("abcd"), hints=hints, directions=directions_of(vectors)
    ).head
    free = np.setdiff1d(np.arange(len(y)), known)
    candidates = Candidates(
        free, vectors[free], head.predict_proba(vectors[free]), np.zeros(len(free), bool)
    )
    labelled = Labelled(vectors[known], y[known], 4, hints, tuple("abcd"))
    rng = np.random.default_rng(seed)
    found = compose(candidates, 50, labelled=labelled, shares=SHARES, rng=rng)
    return sum(y[pick.document_id] == 3 for pick in found.picks)


def test_a_batch_asks_for_a_label_that_nobody_has_met(blobs):
    asked = [rare_ones_asked(blobs, seed) for seed in range(5)]
    assert np.mean(asked) > 5 * 50 * 15 / 1_460  # a random draw brings one every second time


def test_seventy_seven_labels_start_from_twenty_five_answers(blobs):
    vectors, y, hints = blobs(2_000, 77, d=96, spread=0.8)
    trained = train_head(
        vectors[:25], y[:25], labels=[str(i) for i in range(77)], hints=hints,
        directions=directions_of(vectors, hints=hints),
    )  # fmt: skip
    assert np.isfinite(trained.crossfit_probabilities).all()
    found = trained.head.predict_proba(vectors[25:]).argmax(axis=1)
    unmet = ~np.isin(y[25:], y[:25])
    assert unmet.mean() > 0.6  # most of what is judged has labels without an answer
    assert (found[unmet] == y[25:][unmet]).mean() > 0.5
