"""The audit answers have the last word on the pool's help."""

import numpy as np

from labelloop.learning.pool_help import ENOUGH, judged


def right(n: int, wrong: int) -> np.ndarray:
    return np.arange(n) >= wrong


def test_few_audit_answers_overrule_nothing() -> None:
    word = judged(right(ENOUGH - 1, ENOUGH - 1), right(ENOUGH - 1, 0))
    assert word.helps
    assert f"from {ENOUGH} on" in word.reason


def test_clearly_worse_is_not_used() -> None:
    word = judged(right(100, 12), right(100, 2))
    assert not word.helps
    assert "costs 10" in word.reason


def test_worse_within_chance_stays() -> None:
    assert judged(right(100, 13), right(100, 10)).helps


def test_better_and_equal_stay() -> None:
    assert judged(right(100, 2), right(100, 12)).helps
    assert judged(right(100, 5), right(100, 5)).helps


def test_equal_heads_are_overruled_in_at_most_one_of_twenty() -> None:
    rng = np.random.default_rng(0)
    overruled = [not judged(rng.random(100) < 0.8, rng.random(100) < 0.8).helps for _ in range(400)]
    assert np.mean(overruled) < 0.07
