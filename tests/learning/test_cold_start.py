import numpy as np
import pytest

from labelloop.learning.cold_start import cold_start


def _start(pool, size, *, hints=None, labelled=None, y=(), seed=0):
    known = np.zeros((0, pool.shape[1]), np.float32) if labelled is None else labelled
    return cold_start(
        pool, size, hints=hints, labelled=known, y=np.array(y, np.int64),
        rng=np.random.default_rng(seed),
    )  # fmt: skip


@pytest.fixture(name="skewed")
def _skewed(blobs):
    """1,000 documents of four labels; the last has five."""
    vectors, y, centres = blobs(4_000, 4, spread=0.8)
    rare = np.flatnonzero(y == 3)[:5]
    others = np.flatnonzero(y != 3)[:995]
    rows = np.random.default_rng(0).permutation(np.append(others, rare))
    return vectors[rows], y[rows], centres


def test_descriptions_bring_every_label_early_even_a_rare_one(skewed):
    pool, y, hints = skewed
    picks = _start(pool, 20, hints=hints)
    assert set(y[picks.indices[:8]].tolist()) == {0, 1, 2, 3}


def test_chance_would_not_have_brought_it(skewed):
    _, y, _ = skewed
    met = [3 in y[np.random.default_rng(seed).choice(1_000, 20, replace=False)] for seed in range(100)]
    assert np.mean(met) < 0.3


def test_without_descriptions_it_spreads_over_the_pool(blobs):
    pool, y, _ = blobs(600, 6, spread=0.3)
    assert set(y[_start(pool, 6).indices].tolist()) == set(range(6))


def test_labels_not_met_yet_come_first(skewed):
    pool, y, hints = skewed
    picks = _start(pool, 4, hints=hints, labelled=hints[:3], y=[0, 1, 2])
    assert y[picks.indices[0]] == 3


def test_more_labels_than_places(blobs):
    pool, _, hints = blobs(500, 77, d=128)
    picks = _start(pool, 25, hints=hints)
    assert len(set(picks.indices.tolist())) == 25


def test_a_small_pool_is_taken_whole(blobs):
    pool, _, hints = blobs(3, 3)
    assert sorted(_start(pool, 10, hints=hints).indices) == [0, 1, 2]


def test_equal_texts_are_no_trouble(blobs):
    pool = np.tile(np.float16([[1, 0, 0]]), (50, 1))
    assert len(set(_start(pool, 10, hints=np.eye(3, dtype=np.float32)).indices.tolist())) == 10


def test_the_same_seed_starts_the_same(skewed):
    pool, _, hints = skewed
    assert (
        _start(pool, 20, hints=hints).indices.tolist() == _start(pool, 20, hints=hints).indices.tolist()
    )
