"""Agreement beyond chance, against published numbers and another implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from labelloop.learning.agreement import alpha, kappa_with_others

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example C: nominal alpha .743.
PUBLISHED = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]


def test_alpha_is_the_published_one() -> None:
    codes = np.array([[-1 if c == "." else int(c) for c in row.split()] for row in PUBLISHED]).T
    found = alpha(codes)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.n == 11
    assert found.low < found.value < found.high <= 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_kappa_of_two_people_is_cohens(pairs: list[tuple[int, int]]) -> None:
    codes = np.array(pairs, dtype=np.int64)
    found = kappa_with_others(codes, 0)
    if len(set(codes.ravel().tolist())) == 1:
        assert found.value is None
    else:
        assert found.value == pytest.approx(cohen_kappa_score(codes[:, 0], codes[:, 1]), abs=1e-9)


def test_full_agreement_is_one_and_chance_near_nothing() -> None:
    chance = np.random.default_rng(0)
    same = np.repeat(chance.integers(0, 3, (200, 1)), 3, axis=1)
    assert alpha(same).value == 1.0
    random = chance.integers(0, 3, (2000, 3))
    assert abs(alpha(random).value) < 0.05
    assert abs(kappa_with_others(random, 2).value) < 0.05


@pytest.mark.parametrize("codes", [np.zeros((0, 2)), np.array([[0, -1], [-1, 1]]), np.full((5, 2), 1)])
def test_undefined_is_none(codes: np.ndarray) -> None:
    codes = codes.astype(np.int64)
    assert alpha(codes).value is None
    assert kappa_with_others(codes, 0).value is None
