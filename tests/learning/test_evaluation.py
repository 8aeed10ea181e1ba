import json

import numpy as np
import pytest

from labelloop.learning.evaluation import better_than_guessing, evaluate, wilson


def _sure(predicted, k=3, confidence=1.0):
    p = np.full((len(predicted), k), (1 - confidence) / (k - 1), np.float32)
    p[np.arange(len(predicted)), predicted] = confidence
    return p


def test_by_hand():
    y = np.array([0, 0, 0, 1, 1, 2])
    found = evaluate(y, _sure([0, 0, 1, 1, 1, 0]), ["a", "b", "c"])
    assert found.accuracy.value == pytest.approx(4 / 6)
    assert found.confusion.tolist() == [[2, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert found.per_class["a"] == {
        "precision": pytest.approx(2 / 3), "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3), "support": 3,
    }  # fmt: skip
    assert found.per_class["c"] == {"precision": None, "recall": 0.0, "f1": 0.0, "support": 1}
    assert found.macro_f1 == pytest.approx((2 / 3 + 0.8 + 0) / 3)


def test_it_agrees_with_scikit_learn():
    from sklearn.metrics import f1_score, precision_score, recall_score

    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 5, 300), rng.dirichlet(np.ones(5), 300)
    found, predicted = evaluate(y, p, list("abcde")), p.argmax(axis=1)
    assert found.macro_f1 == pytest.approx(f1_score(y, predicted, average="macro"))
    for measure, name in ((precision_score, "precision"), (recall_score, "recall"), (f1_score, "f1")):
        expected = measure(y, predicted, average=None)
        assert [found.per_class[label][name] for label in "abcde"] == pytest.approx(expected)


def test_a_label_that_never_occurs_does_not_count():
    found = evaluate(np.array([0, 1]), _sure([0, 1]), ["a", "b", "c"])
    assert found.macro_f1 == 1.0
    assert found.per_class["c"]["f1"] is None


def test_calibration_error_is_the_gap_of_confidence_and_truth():
    y = np.zeros(100, np.int64)
    predicted = np.where(np.arange(100) < 60, 0, 1)
    assert evaluate(y, _sure(predicted, 2, 0.9), ["a", "b"]).calibration_error == pytest.approx(0.3)
    assert evaluate(y, _sure(predicted, 2, 0.6), ["a", "b"]).calibration_error == pytest.approx(
        0, abs=1e-6
    )


def test_nothing_measured_is_none_not_zero():
    found = evaluate(np.zeros(0, np.int64), np.zeros((0, 2), np.float32), ["a", "b"])
    assert found.accuracy.value is found.macro_f1 is found.calibration_error is None
    assert json.loads(json.dumps(found.as_json()))["accuracy"]["n"] == 0


def test_wilson_against_the_published_formula():
    found = wilson(8, 10)
    z, p, n = 1.959964, 0.8, 10
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-6)
    assert wilson(10, 10).high == pytest.approx(1)
    assert wilson(10, 10).low < 0.8


def _judge(y, correct, crossfit_y=(), crossfit_correct=()):
    return better_than_guessing(
        audit_y=np.array(y, np.int64), audit_correct=np.array(correct, bool),
        crossfit_y=np.array(crossfit_y, np.int64), crossfit_correct=np.array(crossfit_correct, bool),
    )  # fmt: skip


def test_a_good_model_is_better_than_guessing():
    y = np.arange(60) % 3
    found = _judge(y, np.arange(60) % 10 > 0)
    assert found.useful
    assert found.basis == "audit"
    assert found.reason.startswith("54 of 60 audit answers right, the best constant guess 20: better")


def test_a_model_that_always_says_the_same_is_not():
    y = (np.arange(60) % 4 == 0).astype(int)
    found = _judge(y, y == 0)
    assert not found.useful
    assert found.p_value == 1.0


def test_few_lucky_answers_are_not_enough():
    y = np.arange(20) % 2
    found = _judge(y, np.arange(20) < 12)
    assert not found.useful
    assert "not clearly better" in found.reason


def test_too_few_audit_answers_fall_back_and_say_so():
    y = np.arange(60) % 3
    found = _judge([0] * 5, [True] * 5, y, np.ones(60, bool))
    assert (found.useful, found.basis) == (True, "cross-fitted")
    assert "60 of 60 cross-fitted answers" in found.reason


def test_no_answers_at_all():
    found = _judge([], [])
    assert (found.useful, found.p_value) == (False, None)
