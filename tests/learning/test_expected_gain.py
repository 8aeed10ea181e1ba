"""The expected gain: what it needs, and that its interval holds the gain that comes."""

import numpy as np
import pytest

from labelloop.learning.expected_gain import expected_gain

LABELS = np.arange(50, 501, 50)


def _answers(rng, accuracy, n):
    """(m, n) right or wrong: a document is right from a model on, but for a little luck."""
    hard = rng.random(n)
    lucky = rng.normal(scale=0.03, size=(len(accuracy), n))
    return hard + lucky < np.asarray(accuracy)[:, None]


def _law(labels):
    return 0.9 - 2.5 * np.asarray(labels, dtype=float) ** -0.6


def test_it_says_what_is_missing():
    few = expected_gain(LABELS, np.ones((10, 29), dtype=bool))
    assert few.reason == "29 audit answers of at least 30"
    assert few.gain.value is None
    assert "3 models of at least 4" in expected_gain(LABELS[:3], np.ones((3, 40), dtype=bool)).reason
    near = np.array([100, 120, 140, 160])
    assert "fewer than twice" in expected_gain(near, np.ones((4, 40), dtype=bool)).reason
    none = expected_gain(LABELS[:0], np.ones((0, 40), dtype=bool))
    assert none.gain.n == 40
    assert none.reason


def test_a_curve_at_its_end_gains_nothing_but_nobody_is_sure_of_it():
    few, many = (expected_gain(LABELS, np.ones((10, n), dtype=bool)).gain for n in (40, 1000))
    assert few.value == pytest.approx(0.0, abs=1e-3)
    assert few.low < many.low < 0 < many.high < few.high < 0.02


def test_a_falling_curve_expects_nothing_and_says_how_far_it_may_fall():
    falling = np.linspace(0.9, 0.5, 10)
    found = expected_gain(LABELS, _answers(np.random.default_rng(0), falling, 100))
    assert found.gain.value == 0.0
    assert found.gain.low < 0 <= found.gain.high < 0.02


def test_the_same_seed_says_the_same():
    answers = _answers(np.random.default_rng(0), _law(LABELS), 60)
    assert expected_gain(LABELS, answers) == expected_gain(LABELS, answers)


def test_looking_further_gains_more():
    answers = _answers(np.random.default_rng(0), _law(LABELS), 100)
    near, far = (expected_gain(LABELS, answers, more) for more in (50, 400))
    assert near.gain.value < far.gain.value
    assert (near.more, far.more) == (50, 400)


@pytest.mark.parametrize("n", [40, 150])
def test_the_interval_holds_the_gain_of_a_known_law(n):
    truth = float(_law([600])[0] - _law([500])[0])
    held = [
        gain.low <= truth <= gain.high
        for gain in (
            expected_gain(LABELS, _answers(np.random.default_rng(seed), _law(LABELS), n)).gain
            for seed in range(40)
        )
    ]
    assert np.mean(held) >= 0.85
