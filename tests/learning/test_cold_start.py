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


def test_wrong_descriptions_move_no_more_than_one_document_per_label(blobs):
    pool, _, _ = blobs(2_000, 40, d=64, spread=0.3)
    wrong = np.linalg.qr(np.random.default_rng(1).normal(size=(64, 64)))[0][:4].astype(np.float32)
    plain, led = _start(pool, 40), _start(pool, 40, hints=wrong)
    assert len(set(plain.indices.tolist()) - set(led.indices.tolist())) <= 4


def test_no_label_gives_its_only_document_for_another(blobs):
    """Four labels and two places: two labels are met, not one twice."""
    pool, y, hints = blobs(400, 4, spread=0.3)
    for seed in range(10):
        picks = _start(pool, 2, hints=hints, seed=seed)
        assert len(set(y[picks.indices].tolist())) == 2


def test_labels_take_turns(blobs):
    pool, y, hints = blobs(600, 4, spread=0.3)
    picks = _start(pool, 20, hints=hints)
    assert [sorted(y[picks.indices[i : i + 4]].tolist()) for i in (0, 4)] == [[0, 1, 2, 3]] * 2


def test_regions_with_labels_come_last(blobs):
    pool, y, centres = blobs(1_200, 12, spread=0.2)
    picks = _start(pool, 6, labelled=centres[:6], y=range(6))
    assert set(y[picks.indices].tolist()) == set(range(6, 12))


def test_a_pool_of_several_chunks(blobs, monkeypatch):
    pool, y, hints = blobs(3_000, 5, spread=1.2)
    rare = np.flatnonzero((y != 4) | (np.arange(len(y)) > 2_980))
    whole = set(_start(pool[rare], 12, hints=hints).indices.tolist())
    for module in ("cold_start", "head"):
        original = __import__(f"labelloop.learning.{module}", fromlist=["chunks"]).chunks
        monkeypatch.setattr(
            f"labelloop.learning.{module}.chunks", lambda n, size=0, of=original: of(n, 100)
        )
    assert set(_start(pool[rare], 12, hints=hints).indices.tolist()) == whole
    assert 4 in y[rare][list(whole)]
