"""What each strategy is for, on pools where the right choice is known."""

import numpy as np
import pytest

from labelloop.learning.query_strategies import badge, coreset, strategy, typiclust
from labelloop.learning.query_strategies.base import Query


def _query(pool, probabilities=None, labelled=None, y=(), seed=0):
    d = pool.shape[1]
    return Query(
        pool=pool, probabilities=probabilities, y=np.array(y, dtype=np.int64),
        labelled=np.zeros((0, d), np.float32) if labelled is None else labelled,
        n_labels=3, hints=None, rng=np.random.default_rng(seed),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["least_confidence", "margin", "entropy", "cluster_margin"])
def test_the_uncertain_documents_are_found(name, blobs):
    pool, _, _ = blobs(400, 3)
    probabilities = np.tile(np.float32([0.98, 0.01, 0.01]), (400, 1))
    unsure = np.arange(7, 400, 10)
    probabilities[unsure] = [0.36, 0.34, 0.30]
    picks = strategy(name)(_query(pool, probabilities), 2)
    assert set(picks.indices.tolist()) <= set(unsure.tolist())


def test_random_draws_everything_equally_often():
    pool = np.eye(20, dtype=np.float32)
    counts = np.zeros(20)
    for seed in range(2_000):
        picks = strategy("random")(_query(pool, seed=seed), 5)
        counts[picks.indices] += 1
        assert picks.propensity.tolist() == [0.25] * 5
    # binomial(2000, 1/4): mean 500, deviation 19.4; five deviations either way
    assert counts.min() > 400
    assert counts.max() < 600


def test_cluster_margin_spreads_where_margin_repeats_itself(blobs):
    pool, region, _ = blobs(600, 6, spread=0.1)
    probabilities = np.tile(np.float32([0.6, 0.3, 0.1]), (600, 1))
    probabilities[region == 0] = [0.5, 0.499, 0.001]
    alone = strategy("margin")(_query(pool, probabilities), 6)
    spread = strategy("cluster_margin")(_query(pool, probabilities), 6)
    assert len(set(region[alone.indices])) == 1
    assert len(set(region[spread.indices])) >= 2


def test_typiclust_goes_where_no_label_is(blobs):
    pool, region, centres = blobs(300, 3, spread=0.2)
    picks = strategy("typiclust")(_query(pool, labelled=centres[:2], y=[0, 1]), 1)
    assert region[picks.indices[0]] == 2


def test_coreset_takes_the_farthest():
    pool = np.float32([[1, 0], [0.9, 0.1], [-1, 0], [0, 1]])
    picks = strategy("coreset")(_query(pool, labelled=np.float32([[1, 0]]), y=[0]), 2)
    assert picks.indices.tolist() == [2, 3]
    assert picks.scores == pytest.approx([2.0, np.sqrt(2)])


def test_badge_does_not_repeat_a_gradient(blobs):
    vectors, _, _ = blobs(3, 3)
    pool = np.repeat(vectors, 50, axis=0)
    probabilities = np.tile(np.float32([0.4, 0.3, 0.3]), (150, 1))
    picks = strategy("badge")(_query(pool, probabilities), 3)
    assert sorted(picks.indices // 50) == [0, 1, 2]


def test_committee_asks_where_its_members_differ(blobs):
    pool, _, centres = blobs(200, 2, d=8, spread=0.05)
    between = (centres[0] + centres[1]) / np.sqrt(2)
    pool[17] = between
    known, y, _ = blobs(12, 2, d=8, seed=0, spread=0.3)
    picks = strategy("committee")(_query(pool, labelled=known, y=y), 1)
    assert picks.indices.tolist() == [17]


def test_committee_of_one_label_says_so(blobs):
    pool, _, _ = blobs(30, 2)
    picks = strategy("committee")(_query(pool, labelled=pool[:3], y=[1, 1, 1]), 5)
    assert "no committee yet" in picks.note


@pytest.mark.parametrize("module", [typiclust, badge, coreset])
def test_a_pool_too_large_is_sampled_openly(module, blobs, monkeypatch):
    monkeypatch.setattr(module, "CONSIDERED", 100)
    pool, _, _ = blobs(500, 3)
    picks = module.choose(_query(pool, np.full((500, 3), 1 / 3, np.float32)), 10)
    assert picks.considered == 100
    assert picks.note == "chosen among 100 documents drawn at random from 500"
    assert picks.indices.max() >= 100
