"""Measures, the gate and agreement on sets, against numbers known from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, hamming_loss

from labelloop.learning.agreement import alpha
from labelloop.learning.multi_label.agreement import alpha_of_sets, alpha_per_label, masi_distance
from labelloop.learning.multi_label.evaluation import evaluate_sets, sets_better_than_guessing
from labelloop.learning.multi_label.gate import decide_sets
from labelloop.learning.multi_label.uncertainty import as_two, gaps, set_entropy, set_margin
from labelloop.learning.uncertainty import margin

from .conftest import LABELS

RNG = np.random.default_rng(5)
Y = RNG.random((200, 4)) < 0.4
SAID = Y ^ (RNG.random((200, 4)) < 0.1)


def test_measures_are_scikit_learns() -> None:
    found = evaluate_sets(Y, SAID, LABELS)
    assert found.exact_match.value == pytest.approx(accuracy_score(Y, SAID))
    assert found.hamming_loss == pytest.approx(hamming_loss(Y, SAID))
    assert found.micro_f1 == pytest.approx(f1_score(Y, SAID, average="micro"))
    assert found.macro_f1 == pytest.approx(f1_score(Y, SAID, average="macro"))
    per_label = f1_score(Y, SAID, average=None)
    assert [found.per_class[label]["f1"] for label in LABELS] == pytest.approx(list(per_label))
    assert found.as_json()["measure"] == "exact match"


def test_nothing_measured_is_nothing_claimed() -> None:
    found = evaluate_sets(Y[:0], SAID[:0], LABELS, np.zeros(0)).as_json()
    assert found["accuracy"] == {"value": None, "low": None, "high": None, "n": 0}
    assert found["hamming_loss"] is found["micro_f1"] is found["macro_f1"] is None
    assert found["per_class"]["red"] == {"precision": None, "recall": None, "f1": None, "support": 0}


def test_a_model_with_few_exact_sets_is_useful_where_most_labels_are_right() -> None:
    half_right = Y.copy()
    half_right[:, 0] ^= RNG.random(200) < 0.6
    nothing = sets_better_than_guessing(audit=(Y[:5], Y[:5]), crossfit=(Y, np.zeros_like(Y)))
    some = sets_better_than_guessing(audit=(Y, half_right), crossfit=(Y[:0], Y[:0]))
    assert (some.useful, some.basis) == (True, "audit")
    assert (nothing.useful, nothing.basis) == (False, "cross-fitted")
    assert not sets_better_than_guessing(audit=(Y[:0], Y[:0]), crossfit=(Y[:0], Y[:0])).useful


def test_the_gate_keeps_a_worse_model_out_and_lets_an_equal_one_in() -> None:
    worse = SAID ^ (np.random.default_rng(1).random(Y.shape) < 0.15)
    assert decide_sets(None, SAID, Y, labels=LABELS).promote
    kept_out = decide_sets(SAID, worse, Y, labels=LABELS)
    assert not kept_out.promote
    assert "sets exactly right" in kept_out.reason
    assert decide_sets(worse, SAID, Y, labels=LABELS).promote
    assert decide_sets(SAID, SAID, Y, labels=LABELS).promote
    assert decide_sets(SAID[:0], SAID[:0], Y[:0], labels=LABELS).promote


def test_the_gate_sees_half_right_sets_that_exact_match_does_not() -> None:
    all_wrong_a_little, all_wrong_a_lot = Y.copy(), ~Y
    all_wrong_a_little[:, 0] = ~Y[:, 0]
    decision = decide_sets(all_wrong_a_little, all_wrong_a_lot, Y, labels=LABELS)
    assert decision.numbers["champion_exact"] == decision.numbers["candidate_exact"] == 0
    assert not decision.promote


def test_gaps_are_measured_from_the_threshold() -> None:
    p = np.array([[0.3, 1.0, 0.0, 0.65]])
    assert gaps(p, np.full(4, 0.3)) == pytest.approx(np.array([[0.0, 1.0, 1.0, 0.5]]))
    assert set_margin(p, np.full(4, 0.3)) == pytest.approx([2.5 / 4])


def test_strategies_read_two_columns_as_they_read_labels() -> None:
    p = RNG.random((50, 4)).astype(np.float32)
    two = as_two(p, np.full(4, 0.5, np.float32))
    assert two.sum(axis=1) == pytest.approx(np.ones(50))
    own = set_margin(p, np.full(4, 0.5, np.float32))
    assert margin(two) == pytest.approx(1 - own, abs=1e-6)
    assert set_entropy(np.array([[0.5, 0.5]])) == pytest.approx([2 * np.log(2)])


def test_masi_is_the_papers() -> None:
    sets = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 0]], dtype=bool)
    distance = masi_distance(sets)
    assert np.diag(distance) == pytest.approx(np.zeros(4))
    assert distance[0, 1] == pytest.approx(1 - 1 / 2 * 2 / 3)  # one holds the other
    assert distance[1, 2] == pytest.approx(1 - 1 / 3 * 1 / 3)  # they overlap
    assert distance[0, 2] == distance[0, 3] == 1.0


def test_alpha_of_single_labels_is_the_nominal_one() -> None:
    codes = RNG.integers(0, 3, size=(60, 3))
    codes[:, 1] = np.where(RNG.random(60) < 0.7, codes[:, 0], codes[:, 1])
    own = alpha_of_sets(codes, np.eye(3, dtype=bool))
    assert own.value == pytest.approx(alpha(codes).value)
    assert own.low is not None
    assert own.low < (own.value or 0)


def test_people_who_overlap_agree_more_than_nominal_alpha_says() -> None:
    sets = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)
    codes = np.array([[0, 1], [2, 2]] * 10)
    assert (alpha_of_sets(codes, sets).value or 0) > (alpha(codes).value or 0)
    per_label = alpha_per_label(codes, sets, LABELS[:3])
    assert per_label["red"].value == pytest.approx(1.0)
    assert (per_label["green"].value or 0) < 0.1
    assert per_label["green"].n == 20
    absent = np.array([[0, -1], [-1, -1]])
    assert alpha_of_sets(absent, sets).value is None
