from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelloop.learning.evaluation import wilson
from labelloop.learning.honest_accuracy import (
    STEPS,
    Tally,
    _payoffs,
    _wealth,
    anytime_interval,
    anytime_share,
    tally,
)

shares = st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
answered = shares.filter(lambda share: share[1] > 0)


@settings(deadline=None)
@given(answered)
def test_the_interval_holds_the_share_and_is_wider_than_for_one_look(share):
    found, once = anytime_share(*share), wilson(*share)
    low, high = found
    assert 0 <= low <= share[0] / share[1] <= high <= 1
    assert high - low > once.high - once.low


@settings(deadline=None)
@given(answered)
def test_errors_are_measured_as_successes_are(share):
    right, n = share
    low, high = anytime_share(right, n)
    assert anytime_share(n - right, n) == pytest.approx((1 - high, 1 - low), abs=1e-5)


@settings(deadline=None)
@given(answered)
def test_more_certainty_asks_for_more_room(share):
    (low, high), (lower, higher) = anytime_share(*share), anytime_share(*share, confidence=0.99)
    assert lower <= low
    assert high <= higher


@settings(deadline=None)
@given(st.data())
def test_any_answers_and_any_confidence_give_an_interval(data):
    counts = st.lists(st.integers(0, 50), min_size=STEPS, max_size=STEPS)
    right, wrong, rest = (np.array(data.draw(counts), np.int64) for _ in range(3))
    found = anytime_interval(Tally(right, wrong, right + wrong + rest))
    if right.sum() + wrong.sum() == 0:
        assert found is None
    else:
        assert 0 <= found[0] <= found[1] <= 1


def test_no_answers_no_interval():
    assert anytime_share(0, 0) is None


def test_it_narrows_as_answers_come_in():
    widths = [high - low for low, high in (anytime_share(8 * n, 10 * n) for n in (1, 4, 16, 64, 256))]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.06


@pytest.mark.parametrize("mean", [0.3, 0.5, 0.9, 0.99])
def test_the_bets_are_fair_at_the_true_share(mean):
    """Mean wealth over all outcomes of 12 answers: exactly the stake, so no look can be bought."""
    n = 12
    wealth = 0.0
    for s in range(n + 1):
        answers = tally(np.zeros(n), np.arange(n) < s)
        counts = np.concatenate([answers.right, answers.wrong]).astype(float)
        chance = comb(n, s) * mean**s * (1 - mean) ** (n - s)
        wealth += chance * _wealth(_payoffs(answers), counts, mean)
    assert wealth == pytest.approx(1.0)


def test_the_bets_are_fair_with_any_correction():
    """The confidence is wrong on purpose here: high where the model fails."""
    documents = [(0.1, True)] * 5 + [(0.4, True)] * 2 + [(0.95, False)] * 3
    everything = np.array([confidence for confidence, _ in documents])
    wealth = []
    for drawn in product(range(10), repeat=2):
        confidence, correct = zip(*(documents[i] for i in drawn), strict=True)
        answers = tally(np.array(confidence), np.array(correct), everything)
        counts = np.concatenate([answers.right, answers.wrong]).astype(float)
        wealth.append(_wealth(_payoffs(answers), counts, 0.7))
    assert np.mean(wealth) == pytest.approx(1.0)


def _projects(number, *, believe, answers=100, documents=400):
    """Models of all qualities; after every 10 answers somebody looks."""
    rng = np.random.default_rng(1)
    for _ in range(number):
        chance = np.clip(rng.uniform(0.5, 0.95) + 0.3 * rng.normal(size=documents), 0.02, 0.98)
        correct, confidence = rng.random(documents) < chance, believe(chance, rng)
        drawn = rng.permutation(documents)[:answers]
        yield correct.mean(), confidence, correct, drawn


def _missed(truth, low, high):
    return not low <= truth <= high


@pytest.mark.parametrize(
    "believe",
    [
        pytest.param(lambda chance, rng: chance, id="calibrated"),
        pytest.param(lambda chance, rng: np.sqrt(chance), id="overconfident"),
        pytest.param(lambda chance, rng: rng.random(len(chance)), id="meaningless"),
    ],
)
def test_looking_after_every_batch_misses_the_truth_no_more_often_than_promised(believe):
    number, missed, missed_by_wilson = 100, 0, 0
    for truth, confidence, correct, drawn in _projects(number, believe=believe):
        looks = [drawn[:n] for n in range(10, len(drawn) + 1, 10)]
        missed += any(
            _missed(truth, *anytime_interval(tally(confidence[seen], correct[seen], confidence)))
            for seen in looks
        )
        once = (wilson(int(correct[seen].sum()), len(seen)) for seen in looks)
        missed_by_wilson += any(_missed(truth, found.low, found.high) for found in once)
    assert missed <= 0.05 * number
    assert missed_by_wilson > 0.10 * number, "else the looks were too few to tell anything"


def test_a_confidence_that_tells_narrows_the_interval():
    rng = np.random.default_rng(2)
    confidence = np.where(rng.random(5_000) < 0.7, 0.99, 0.4)
    correct = rng.random(5_000) < confidence
    seen = rng.permutation(5_000)[:400]
    plain = anytime_interval(tally(confidence[seen], correct[seen]))
    powered = anytime_interval(tally(confidence[seen], correct[seen], confidence))
    assert powered[1] - powered[0] < 0.9 * (plain[1] - plain[0])


def test_a_sample_of_easy_documents_is_seen_through():
    """All answers are on documents the model is sure of: the accuracy of the rest is not theirs."""
    confidence = np.repeat([0.99, 0.5], 500)
    easy = np.arange(300)
    correct = np.arange(300) % 100 > 0
    plain = anytime_interval(tally(confidence[easy], correct))
    powered = anytime_interval(tally(confidence[easy], correct, confidence))
    assert powered[0] < plain[0] - 0.05
