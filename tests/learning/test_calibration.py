import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelloop.learning.calibration import calibration_noise, reliability_curve
from labelloop.learning.evaluation import expected_calibration_error

answers = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def _calibrated(n, seed=0):
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.3, 1, n)
    return confidence, rng.random(n) < confidence


def test_bins_hold_mean_confidence_and_accuracy():
    confidence = np.array([0.61, 0.69, 0.95, 1.0])
    curve = reliability_curve(confidence, np.array([True, False, True, True]))
    assert len(curve) == 10
    assert (curve[6].low, curve[6].high) == (0.6, 0.7)
    assert curve[6].confidence == pytest.approx(0.65)
    assert (curve[6].accuracy.value, curve[6].accuracy.n) == (0.5, 2)
    assert (curve[9].accuracy.value, curve[9].accuracy.n) == (1.0, 2)
    assert curve[0].confidence is curve[0].accuracy.value is curve[0].holds is None


@settings(deadline=None)
@given(answers)
def test_every_answer_is_in_one_bin_and_the_error_is_the_curves(given_answers):
    confidence = np.array([sure for sure, _ in given_answers])
    correct = np.array([hit for _, hit in given_answers], dtype=bool)
    full = [part for part in reliability_curve(confidence, correct) if part.accuracy.n]
    error = expected_calibration_error(confidence, correct)
    if not given_answers:
        assert full == []
        assert error is None
        return
    assert sum(part.accuracy.n for part in full) == len(given_answers)
    gaps = [part.accuracy.n * abs(part.confidence - part.accuracy.value) for part in full]
    assert error == pytest.approx(sum(gaps) / len(given_answers))


def test_a_calibrated_model_holds_in_its_bins_and_an_overconfident_one_does_not():
    confidence, correct = _calibrated(2_000)
    fair = [part.holds for part in reliability_curve(confidence, correct) if part.accuracy.n]
    bold = [part.holds for part in reliability_curve(confidence**0.3, correct) if part.accuracy.n]
    assert np.mean(fair) > 0.8
    assert np.mean(bold) < 0.3


def test_the_noise_tells_a_miscalibrated_model_from_a_small_sample():
    rng = np.random.default_rng(0)
    under = 0
    for seed in range(40):
        confidence, correct = _calibrated(60, seed)
        under += expected_calibration_error(confidence, correct) <= calibration_noise(confidence, rng)
    assert under >= 34  # 38 of 40 are expected
    confidence, correct = _calibrated(600)
    bold = confidence**0.3
    assert expected_calibration_error(bold, correct) > calibration_noise(bold, rng)


def test_more_answers_less_noise():
    rng = np.random.default_rng(0)
    few, many = (calibration_noise(_calibrated(n)[0], rng) for n in (30, 1_000))
    assert many < few / 2
    assert calibration_noise(np.zeros(0), rng) is None
