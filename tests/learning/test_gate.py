import json

import numpy as np

from labelloop.learning.gate import decide


def _right(n, right):
    return np.arange(n) < right


def test_the_first_model_is_promoted():
    found = decide(None, _right(40, 30))
    assert found.promote
    assert found.reason == "promoted: the first model, 30 of 40 audit answers right"


def test_a_better_one_is_promoted_and_the_line_says_why():
    found = decide(_right(100, 70), _right(100, 80))
    assert found.promote
    assert found.reason.startswith(
        "promoted: 80 of 100 audit answers right, champion 70; 10 won, 0 lost, not worse beyond noise"
    )


def test_a_little_worse_is_noise():
    assert decide(_right(100, 72), _right(100, 70)).promote


def test_much_worse_is_kept_out():
    found = decide(_right(100, 80), _right(100, 60))
    assert not found.promote
    assert "0 won, 20 lost, worse beyond noise" in found.reason
    assert found.numbers["p_worse"] < 1e-5


def test_the_edge_is_that_of_the_exact_test():
    """Five lost and none won has p = 1/32; four has 1/16."""
    assert not decide(_right(50, 30), _right(50, 25)).promote
    assert decide(_right(50, 30), _right(50, 26)).promote


def test_what_both_get_right_does_not_matter():
    few = decide(_right(30, 30), _right(30, 25))
    many = decide(_right(3_000, 3_000), _right(3_000, 2_995))
    assert few.numbers["p_worse"] == many.numbers["p_worse"]


def test_cross_fitted_answers_were_chosen_and_give_no_floor():
    y = np.repeat([0, 1], 50)
    champion, candidate = np.arange(100) >= 20, (np.arange(100) < 50) | (np.arange(100) >= 62)
    found = decide(champion, candidate, y=y, labels=["solar", "wind"], basis="cross-fitted")
    assert found.promote
    assert found.floors == ()


def test_cross_fitted_results_are_named_as_such():
    found = decide(_right(50, 40), _right(50, 41), basis="cross-fitted")
    assert "41 of 50 cross-fitted answers right" in found.reason
    assert found.numbers["basis"] == "cross-fitted"


def test_no_answers_promote_and_say_so():
    found = decide(np.zeros(0, bool), np.zeros(0, bool))
    assert found.promote
    assert "no answers to compare on" in found.reason


def test_numbers_are_json():
    assert json.loads(json.dumps(decide(_right(9, 5), _right(9, 6)).numbers))["n"] == 9
