"""The pool shapes the head's penalty; bad pools do no harm."""

import numpy as np
import pytest

from labelloop.learning.crossfit import SHAPED_PENALTIES
from labelloop.learning.directions import directions_of, folded_back, shaped
from labelloop.learning.fitting import Examples, fit
from labelloop.learning.training import train_head

D, K = 32, 4


def world(seed: int, n: int = 1500, noise: float = 1.6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors whose labels lie along a few directions of large variance, the rest noise."""
    rng = np.random.default_rng(seed)
    names = rng.normal(size=(K, D))
    y = rng.integers(0, K, n)
    vectors = names[y] + rng.normal(size=(n, D)) * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hints = names / np.linalg.norm(names, axis=1, keepdims=True)
    return vectors.astype(np.float32), y, hints.astype(np.float32)


def test_few_labels_go_further_with_the_pool() -> None:
    gains = []
    for seed in range(6):
        vectors, y, _ = world(seed)
        few, rest = slice(0, 24), slice(500, None)
        accuracy = [
            (head.predict_proba(vectors[rest]).argmax(axis=1) == y[rest]).mean()
            for head in (
                train_head(vectors[few], y[few], labels=list("abcd"), directions=directions).head
                for directions in (directions_of(vectors), None)
            )
        ]
        gains.append(accuracy[0] - accuracy[1])
    assert np.mean(gains) > 0.02
    assert sum(gain > 0 for gain in gains) >= 5


def test_a_head_on_shaped_vectors_says_the_same_when_folded_back() -> None:
    vectors, _, _ = world(1)
    directions = directions_of(vectors)
    assert directions is not None
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(K, D)).astype(np.float32)
    bias = rng.normal(size=K).astype(np.float32)
    plain_weights, plain_bias = folded_back(weights, bias, directions, K)
    there = shaped(vectors, directions, K) @ weights.T + bias
    np.testing.assert_allclose(vectors @ plain_weights.T + plain_bias, there, atol=1e-3)


def test_the_first_directions_as_many_as_labels_are_stretched_alike() -> None:
    directions = directions_of(world(2)[0])
    assert directions is not None
    stretch = np.linalg.norm(directions.shaping(K), axis=0)
    np.testing.assert_allclose(stretch[:K], stretch[0])
    assert (np.diff(stretch[K:]) <= 1e-9).all()
    assert stretch[-1] < stretch[0]


def test_shaped_vectors_keep_their_usual_length() -> None:
    vectors = world(3)[0]
    directions = directions_of(vectors)
    assert directions is not None
    length = np.sqrt((shaped(vectors, directions, K) ** 2).sum(axis=1).mean())
    assert length == pytest.approx(0.9, abs=0.01)


def test_names_move_towards_the_documents_of_their_label() -> None:
    vectors, y, hints = world(4)
    directions = directions_of(vectors, hints=hints)
    assert directions is not None
    assert directions.hints is not None
    middles = np.array([vectors[y == label].mean(axis=0) for label in range(K)])
    before = np.linalg.norm(hints - middles, axis=1)
    after = np.linalg.norm(directions.hints - middles, axis=1)
    assert (after < before).all()


def test_vectors_that_are_not_finite_are_left_out() -> None:
    vectors = world(5)[0]
    broken = vectors.copy()
    broken[::100] = np.nan
    broken[1, 3] = np.inf
    whole = np.isfinite(broken).all(axis=1)
    found, expected = directions_of(broken), directions_of(vectors[whole])
    assert found is not None
    assert expected is not None
    np.testing.assert_allclose(found.variance, expected.variance)


@pytest.mark.parametrize(
    "pool",
    [
        np.zeros((0, 8), np.float32),
        np.eye(8, dtype=np.float32),
        np.ones((200, 8), np.float32),
        np.full((200, 8), np.nan, np.float32),
    ],
    ids=["empty", "eight documents", "all alike", "all NaN"],
)
def test_a_pool_without_directions_leaves_the_head_plain(pool: np.ndarray) -> None:
    assert directions_of(pool) is None


def test_a_pool_in_fewer_dimensions_than_its_vectors_still_fits() -> None:
    rng = np.random.default_rng(6)
    flat = (rng.normal(size=(300, 3)) @ rng.normal(size=(3, D))).astype(np.float32)
    y = (flat @ rng.normal(size=D) > 0).astype(np.int64)
    trained = train_head(flat[:40], y[:40], labels=["a", "b"], directions=directions_of(flat))
    assert (trained.head.predict_proba(flat).argmax(axis=1) == y).mean() > 0.85


def test_a_large_pool_is_drawn_from_by_the_seed_alone() -> None:
    rng = np.random.default_rng(7)
    pool = rng.normal(size=(21_000, 4)).astype(np.float16)
    one, same, other = (directions_of(pool, seed) for seed in (1, 1, 2))
    assert one is not None
    assert same is not None
    assert other is not None
    assert (one.mean == same.mean).all()
    assert (one.mean != other.mean).any()


@pytest.mark.parametrize("labels", [np.arange(12) % K, np.repeat([0, 1], [11, 1]), np.arange(12) % 2])
def test_few_or_lopsided_or_wrong_labels_give_finite_weights(labels: np.ndarray) -> None:
    vectors, _, hints = world(8, n=300)
    directions = directions_of(vectors, hints=hints)
    same = np.repeat(vectors[:6], 2, axis=0)  # contradictory duplicates
    for X in (vectors[:12], same):
        weights, bias = fit(Examples(X, labels, K, hints, "none", directions), 10.0)
        assert np.isfinite(weights).all()
        assert np.isfinite(bias).all()


def test_wrong_answers_bring_a_stronger_penalty() -> None:
    vectors, y, _ = world(9, noise=0.6)
    wrong = np.random.default_rng(0).integers(0, K, len(y))
    noisy = np.where(np.arange(len(y)) % 5 < 3, wrong, y)[:150]
    directions = directions_of(vectors)
    chosen = [
        train_head(vectors[:150], labels, labels=list("abcd"), directions=directions).report["C"]
        for labels in (noisy, y[:150])
    ]
    assert set(chosen) <= set(SHAPED_PENALTIES)
    assert chosen[0] < chosen[1]


def test_the_penalty_chosen_without_the_pool_is_not_kept_with_it() -> None:
    vectors, y, _ = world(10)
    plain = train_head(vectors[:60], y[:60], labels=list("abcd")).report
    shaped_now = train_head(
        vectors[:60], y[:60], labels=list("abcd"), previous={**plain, "C": 4.0},
        directions=directions_of(vectors),
    ).report  # fmt: skip
    assert shaped_now["C"] in SHAPED_PENALTIES
    assert (plain["pool_help"], shaped_now["pool_help"]) == (False, True)
