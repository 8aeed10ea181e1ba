"""Recall and precision of each label, by hand, with intervals that hold at every look."""

import pytest

from labelloop.learning.by_label import FEW, by_label
from labelloop.learning.evaluation import wilson
from labelloop.learning.honest_accuracy import anytime_share
from labelloop.records import Interval


def test_counts_by_hand():
    answers = [("a",)] * 6 + [("b",)] * 2
    said = [("a",)] * 4 + [("b",)] * 3 + [("a",)]
    a, b, c = by_label(answers, said, ["a", "b", "c"])
    assert (a.recall.value, a.recall.n) == (pytest.approx(4 / 6), 6)
    assert (a.precision.value, a.precision.n) == (pytest.approx(4 / 5), 5)
    assert (b.recall.value, b.recall.n) == (0.5, 2)
    assert (b.precision.value, b.precision.n) == (pytest.approx(1 / 3), 3)
    assert c.recall == c.precision == Interval(None, None, None, 0)
    assert [one.few for one in (a, b, c)] == [False, True, True]
    assert FEW == 5


def test_the_interval_holds_at_every_look_so_it_is_wider_than_one_look_needs():
    (found,) = by_label([("a",)] * 40, [("a",)] * 30 + [("b",)] * 10, ["a"])
    assert (found.recall.low, found.recall.high) == anytime_share(30, 40)
    once = wilson(30, 40)
    assert found.recall.low < once.low < 0.75 < once.high < found.recall.high


def test_several_labels_a_document():
    answers = [("a", "b"), ("a",), ()]
    said = [("a",), ("a", "b"), ("b",)]
    a, b = by_label(answers, said, ["a", "b"])
    assert (a.recall.value, a.precision.value) == (1.0, 1.0)
    assert (b.recall.value, b.precision.value) == (0.0, 0.0)
    assert (b.recall.n, b.precision.n) == (1, 2)


def test_no_answers_at_all():
    (found,) = by_label([], [], ["a"])
    assert found.recall.value is None
    assert found.few
