"""What the head says of the pool teaches it; where it can say nothing, it does no harm."""

from dataclasses import replace

import numpy as np
import pytest

from labelloop.learning.arrays import softmax
from labelloop.learning.directions import directions_of
from labelloop.learning.fitting import Examples, fit
from labelloop.learning.self_training import Told, _loss, self_trained
from labelloop.learning.training import train_head

D, K = 32, 4


def world(seed: int, n: int = 1500, noise: float = 1.6) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors around the middles of their labels."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(K, D))
    y = rng.integers(0, K, n)
    vectors = middles[y] + rng.normal(size=(n, D)) * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), y


def test_few_labels_go_further_with_self_training() -> None:
    gains = []
    for seed in range(8):
        vectors, y = world(seed)
        few, rest = slice(0, 24), slice(500, None)
        directions = directions_of(vectors)
        assert directions is not None
        heeding, alone = (
            train_head(vectors[few], y[few], labels=list("abcd"), directions=one).head
            for one in (directions, replace(directions, sample=None))
        )
        right = [
            (h.predict_proba(vectors[rest]).argmax(axis=1) == y[rest]).mean() for h in (heeding, alone)
        ]
        gains.append(right[0] - right[1])
    assert np.mean(gains) > 0.01
    assert sum(gain > 0 for gain in gains) >= 6


@pytest.mark.parametrize("k", [2, 3])
def test_the_gradient_is_that_of_the_loss(k: int) -> None:
    from scipy.optimize import check_grad

    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 5)).astype(np.float32)
    target = softmax(rng.normal(size=(12, k))).astype(np.float32)
    weight = rng.random((12, 1)).astype(np.float32)
    at = rng.normal(size=5 * k)
    off = check_grad(
        lambda t: _loss(t, X, target, weight)[0], lambda t: _loss(t, X, target, weight)[1], at,
        epsilon=1e-3,
    )  # fmt: skip
    assert off < 0.05 * np.linalg.norm(_loss(at, X, target, weight)[1])


@pytest.mark.parametrize("k", [2, 4])
def test_it_holds_weights_as_the_penalty_was_chosen_for(k: int) -> None:
    from scipy.optimize import minimize
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)).astype(np.float32)
    y = np.arange(60) % k
    model = LogisticRegression(C=0.3, tol=1e-8).fit(X, y)
    with_ones = np.column_stack([X, np.ones(60, np.float32)])
    target, weight = np.eye(k, dtype=np.float32)[y], np.full((60, 1), 0.3, np.float32)
    found = minimize(_loss, np.zeros(4 * k), (with_ones, target, weight), jac=True, tol=1e-9)
    theta = found.x.reshape(4, k)
    ours = softmax(X @ theta[:-1] + theta[-1])
    assert ours == pytest.approx(model.predict_proba(X), abs=2e-3)


def test_a_label_that_the_pool_has_nothing_of_gets_no_mean_to_learn_from() -> None:
    rng = np.random.default_rng(1)
    pool = rng.normal(size=(60, 3)).astype(np.float32)
    theta = np.zeros((4, 3))
    theta[-1] = [0.0, 0.0, -60.0]  # nothing in the pool is taken for the last label
    told = Told(pool[:2], np.eye(3, dtype=np.float32)[:2], np.ones(2, np.float32))
    found = self_trained(theta, told, pool, penalty=1.0, answers=2, prototype_weight=10.0)
    assert np.isfinite(found).all()
    assert softmax(pool @ found[:-1] + found[-1])[:, 2].max() < 1e-6


def test_labels_nobody_has_met_stay_out() -> None:
    vectors, y = world(3)
    directions = directions_of(vectors)
    known = np.flatnonzero(y[:40] < 2)
    weights, bias = fit(Examples(vectors[known], y[known], K, None, "none", directions), 10.0)
    assert (weights[2:] == 0).all()
    assert (bias[2:] < -29).all()


@pytest.mark.parametrize("wrong", [0.0, 0.3])
def test_wrong_answers_are_not_made_worse(wrong: float) -> None:
    lost = []
    for seed in range(6):
        vectors, y = world(10 + seed, noise=1.0)
        rng = np.random.default_rng(seed)
        said = np.where(rng.random(60) < wrong, rng.integers(0, K, 60), y[:60])
        directions = directions_of(vectors)
        assert directions is not None
        heeding, alone = (
            train_head(vectors[:60], said, labels=list("abcd"), directions=one).head
            for one in (directions, replace(directions, sample=None))
        )
        right = [
            (h.predict_proba(vectors[500:]).argmax(axis=1) == y[500:]).mean() for h in (heeding, alone)
        ]
        lost.append(right[1] - right[0])
    assert np.mean(lost) < 0.01


def test_the_same_twice_gives_the_same_head() -> None:
    vectors, y = world(5)
    directions = directions_of(vectors, seed=3)
    first, again = (
        fit(Examples(vectors[:50], y[:50], K, None, "none", directions), 10.0) for _ in range(2)
    )
    np.testing.assert_array_equal(first[0], again[0])


def test_the_documents_it_is_taught_by_come_in_no_order_of_the_pool() -> None:
    pool = np.sort(np.random.default_rng(0).normal(size=(1_000, 3)), axis=0).astype(np.float32)
    directions = directions_of(pool)
    assert directions is not None
    assert directions.sample is not None
    first = directions.sample[:500, 0]
    assert abs(np.mean(first > np.median(pool[:, 0])) - 0.5) < 0.1
    np.testing.assert_array_equal(np.sort(directions.sample[:, 0]), pool[:, 0])
