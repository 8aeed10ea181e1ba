"""Doubtful labels: found where they are wrong, left alone where the text is merely hard."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.learning.doubts import doubts, doubts_of_sets
from labelloop.learning.training import train_head

RNG = np.random.default_rng(0)


def blobs(n: int, k: int = 3, spread: float = 0.35, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = np.eye(k, 16) * 1.5
    y = rng.integers(0, k, n)
    return (centres[y] + spread * rng.standard_normal((n, 16))).astype(np.float32), y


def crossfitted(vectors: np.ndarray, y: np.ndarray, k: int = 3) -> np.ndarray:
    return train_head(vectors, y, labels=[f"l{i}" for i in range(k)], seed=0).crossfit_probabilities


def test_wrong_labels_are_found_and_come_first() -> None:
    vectors, truth = blobs(300)
    wrong = RNG.choice(300, 30, replace=False)
    y = truth.copy()
    y[wrong] = (truth[wrong] + 1) % 3
    found = doubts(crossfitted(vectors, y), y)
    flagged = found.rows[found.doubtful]
    assert set(found.rows[:20].tolist()) <= set(wrong.tolist())
    assert np.isin(wrong, flagged).mean() > 0.8
    assert np.isin(flagged, wrong).mean() > 0.9
    own = [truth[row] == said for row, said in zip(found.rows[:20], found.expected[:20], strict=True)]
    assert all(own)


def test_clean_and_easy_labels_raise_no_doubt() -> None:
    vectors, y = blobs(300, spread=0.15)
    assert len(doubts(crossfitted(vectors, y), y).rows) == 0


def test_the_threshold_of_a_label_is_its_own_mean() -> None:
    """The rule by hand: label 0 is met with .9 on average, label 1 with .5."""
    p = np.array([[0.95, 0.05], [0.85, 0.15], [0.4, 0.6], [0.6, 0.4], [0.89, 0.11]])
    y = np.array([0, 0, 1, 1, 1])
    found = doubts(p, y)  # t0 = .9, t1 = (.6 + .4 + .11) / 3 = .37
    assert found.rows.tolist() == [4, 3]
    # Row 4: only .89 of label 0, below .9, and .11 of label 1, below .37: unlikely, not doubtful.
    # Row 3: label 1 reaches its threshold, label 0 does not.
    assert found.doubtful.tolist() == [False, False]
    p[4] = [0.95, 0.05]
    assert doubts(p, y).doubtful.tolist() == [True, False]
    assert doubts(p, y).probability.tolist() == pytest.approx([0.05, 0.4])


def test_a_label_with_one_example_makes_nobody_doubtful() -> None:
    p = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.45, 0.5, 0.05], [0.3, 0.7, 0.0]])
    y = np.array([0, 1, 2, 1])
    found = doubts(np.vstack([p, [[0.1, 0.2, 0.7]]]), np.append(y, 0))
    assert not found.doubtful[found.rows == 4].any()  # label 2 was met once: nothing can reach it


def test_one_class_and_nothing_at_all() -> None:
    assert len(doubts(np.ones((5, 1)), np.zeros(5, dtype=np.int64)).rows) == 0
    assert len(doubts(np.zeros((0, 3)), np.zeros(0, dtype=np.int64)).rows) == 0


def test_all_labels_wrong_by_one_rule_look_right() -> None:
    """Nothing but a second person can tell; the audit answers do."""
    vectors, truth = blobs(200, spread=0.15)
    y = (truth + 1) % 3
    assert len(doubts(crossfitted(vectors, y), y).rows) == 0


def test_contradictory_duplicates_are_on_one_side_of_every_fold() -> None:
    vectors, y = blobs(60)
    vectors, y = np.vstack([vectors, vectors[:1]]), np.append(y, (y[0] + 1) % 3)
    groups = np.append(np.arange(60), 0)
    trained = train_head(vectors, y, labels=["a", "b", "c"], seed=0, groups=groups)
    found = doubts(trained.crossfit_probabilities, y)
    assert 60 in found.rows
    assert 0 not in found.rows


def test_sets_are_doubted_label_by_label() -> None:
    y = RNG.integers(0, 2, (100, 3))
    p = np.where(y == 1, 0.9, 0.1)
    p[7, 2] = 1 - p[7, 2]
    p[9, 0] = 0.55 if y[9, 0] == 0 else 0.45
    found = doubts_of_sets(p, y, np.full(3, 0.5))
    assert found.rows.tolist() == [7, 9]
    assert found.doubtful.tolist() == [True, False]
    assert found.probability[0] == pytest.approx(0.1)
