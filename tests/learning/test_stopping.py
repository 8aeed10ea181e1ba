"""When to stop: kappa by hand, its bound, and every verdict with its sentence."""

import numpy as np
import pytest

from labelloop.learning.expected_gain import Gain
from labelloop.learning.stopping import Rule, Spent, Step, duration, kappa, mean_kappa, report, step
from labelloop.records import Interval

UNKNOWN = Gain(100, Interval(None, None, None, 4), "4 audit answers of at least 30")
PLENTY = Spent(labels=200, left=1000, seconds_per_label=8.4, price_per_second=0.01)


def _gain(low, value, high):
    return Gain(100, Interval(value, low, high, 60))


def _steps(*kappas):
    return [Step(50 * i, 50 * (i + 1), value, 0.01) for i, value in enumerate(kappas, 1)]


def test_kappa_by_hand():
    one, other = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    # Agreement 3/4; by chance 1/2 * 1/4 + 1/2 * 3/4 = 1/2.
    assert kappa(one, other) == pytest.approx(0.5)
    assert kappa(one, one) == 1.0
    assert kappa(one, 1 - one) == pytest.approx(-1.0)


def test_kappa_is_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 7, size=(2, 300))
    assert kappa(one, other) == pytest.approx(cohen_kappa_score(one, other))


def test_one_label_throughout_is_no_agreement_beyond_chance():
    same = np.zeros(10, dtype=np.int64)
    assert kappa(same, same) is None
    assert kappa(same[:0], same[:0]) is None
    assert step(same, same, 10, 20).f_change_most == 1.0
    assert mean_kappa(_steps(0.995, None, 0.995)) is None


def test_the_bound_on_the_change_of_f():
    assert _steps(0.99)[0].f_change_most == pytest.approx(0.0404, abs=1e-4)
    assert _steps(-0.2)[0].f_change_most == 1.0


def test_how_far_predictions_still_change_is_told_with_its_bound():
    def told(*kappas):
        return report(_steps(*kappas), UNKNOWN, PLENTY, stop_set=400).stability

    assert told(0.9) == ("not known before 4 models can be compared on the same unseen documents")
    assert told(0.98, 0.97, 0.96) == (
        "mean kappa .970 of the last 3 steps on 400 unseen documents, stable from .990 on;"
        " the last step can have changed a label's F1 by .167 at most"
    )
    assert ", stable; " in told(0.99, 0.995, 0.995)
    assert told(0.9, 0.9, 0.3).endswith("too little to bound the change of F1")


@pytest.mark.parametrize("seed", range(5))
def test_the_bound_holds_for_two_labels(seed):
    rng = np.random.default_rng(seed)
    truth, one = rng.integers(0, 2, size=(2, 500))
    other = np.where(rng.random(500) < 0.03, 1 - one, one)

    def f1(said):
        return 2 * (said & truth).sum() / (said.sum() + truth.sum())

    assert abs(f1(one) - f1(other)) <= step(one, other, 1, 2).f_change_most


def test_the_mean_is_of_the_last_three():
    assert mean_kappa(_steps(0.1, 0.9, 0.95, 1.0)) == pytest.approx(0.95)
    assert mean_kappa(_steps(0.9, 0.95)) is None


def test_going_on_names_gain_and_effort():
    found = report(_steps(0.9, 0.9, 0.9), _gain(0.003, 0.012, 0.021), PLENTY, stop_set=500)
    assert found.verdict == "go on"
    assert found.sentence == (
        "Go on: the next 100 labels are expected to gain .012 (.003 to .021) for 14 minutes of work,"
        " at 8.40"
    )
    assert found.seconds == pytest.approx(840)


def test_a_gain_may_turn_out_a_loss():
    found = report(_steps(0.9, 0.9, 0.9), _gain(-0.003, 0.0, 0.021), Spent(200, 1000), stop_set=500)
    assert found.sentence.endswith("to gain .000 (-.003 to .021)")
    nearly = report(_steps(0.9, 0.9, 0.9), _gain(-0.0001, 0.0, 0.021), Spent(200, 1000), stop_set=500)
    assert nearly.sentence.endswith("to gain .000 (.000 to .021)")


def test_without_a_price_or_a_time_none_is_invented():
    free = Spent(200, 1000, seconds_per_label=8.4)
    found = report(_steps(0.9, 0.9, 0.9), _gain(0.003, 0.012, 0.021), free, stop_set=500)
    assert found.sentence.endswith("for 14 minutes of work")
    assert found.cost is None
    untimed = report([], _gain(0.003, 0.012, 0.021), Spent(200, 1000), stop_set=500)
    assert untimed.sentence.endswith("(.003 to .021)")
    assert untimed.seconds is None


def test_stable_predictions_end_it():
    found = report(_steps(0.95, 0.991, 0.992, 0.99), UNKNOWN, PLENTY, stop_set=500)
    assert found.verdict == "stop"
    assert "say the same of unseen documents (mean kappa .991)" in found.sentence


def test_stable_predictions_do_not_end_it_where_a_gain_is_sure():
    found = report(_steps(0.991, 0.992, 0.99), _gain(0.006, 0.012, 0.02), PLENTY, stop_set=500)
    assert found.verdict == "go on"


def test_a_gain_too_small_ends_it():
    found = report(_steps(0.9, 0.9, 0.9), _gain(0.0, 0.001, 0.004), PLENTY, stop_set=500)
    assert found.verdict == "stop"
    assert ".000 to .004" in found.sentence
    assert "less than the .005" in found.sentence
    wish = Rule(smallest_gain=0.002)
    assert report(_steps(0.9, 0.9, 0.9), found.gain, PLENTY, stop_set=500, rule=wish).verdict == "go on"


def test_too_early_names_what_is_missing():
    found = report(_steps(0.9), UNKNOWN, PLENTY, stop_set=500)
    assert found.verdict == "too early"
    assert found.sentence == "Too early to tell: 4 audit answers of at least 30"


def test_changing_predictions_alone_say_go_on():
    found = report(_steps(0.9, 0.9, 0.9), UNKNOWN, PLENTY, stop_set=500)
    assert found.verdict == "go on"
    assert found.sentence == (
        "Go on: predictions still change from model to model (mean kappa .900); the next 100 labels take"
        " 14 minutes of work, at 8.40, what they bring cannot be told yet"
        " (4 audit answers of at least 30)"
    )


@pytest.mark.parametrize(("left", "most", "room"), [(8, None, 8), (1000, 260, 60), (1, 900, 1)])
def test_where_fewer_can_be_asked_than_is_looked_ahead_it_says_so(left, most, room):
    found = report(_steps(0.9), _gain(0.003, 0.012, 0.021), Spent(200, left, most, 8.4), stop_set=500)
    documents = "document" if room == 1 else "documents"
    assert found.sentence.endswith(f"of work; only {room} more {documents} can be asked")


def test_nothing_left_or_the_budget_spent_ends_it():
    assert report([], UNKNOWN, Spent(10, 0), stop_set=0).sentence.endswith("left to ask about")
    assert report([], UNKNOWN, Spent(0, 0), stop_set=0).verdict == "too early"
    spent = report([], UNKNOWN, Spent(10, 5, max_labels=10), stop_set=0)
    assert spent.sentence == "Stop: the budget of 10 labels is spent"


@pytest.mark.parametrize(
    ("seconds", "said"), [(40, "40 seconds"), (840, "14 minutes"), (9000, "2.5 hours")]
)
def test_durations(seconds, said):
    assert duration(seconds) == said
