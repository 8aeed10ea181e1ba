"""A model's labels renamed, merged, split: what it says goes on, and adds up."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.label_changes import Change, relabelled
from labelloop.label_rules import AnsweredText, Rule
from labelloop.learning.carrying import CarriedHead, carried_confusion, carry, columns
from labelloop.learning.head import Head
from labelloop.learning.multi_label.head import MultiLabelHead

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(9, 5)).astype(np.float32)
OWN = RNG.normal(size=(4, 5)).astype(np.float32)
LABELS = ("a", "b", "c", "d")
SAME = {name: name for name in LABELS}


def head(kind=Head, **more):
    return kind(LABELS, OWN, np.zeros(4, np.float32), 1.3, "e", **more)


def test_nothing_changed_is_the_same_head():
    one = head()
    assert carry(one, SAME) is one


def test_renamed_says_the_same_under_another_name():
    one = carry(head(), SAME | {"b": "B"})
    assert one.labels == ("a", "B", "c", "d")
    assert (one.predict_proba(VECTORS) == head().predict_proba(VECTORS)).all()


def test_merged_probabilities_add_up_to_one():
    one = carry(head(), SAME | {"d": "x", "a": "x"})
    assert isinstance(one, CarriedHead)
    assert one.labels == ("x", "b", "c")
    said, own = one.predict_proba(VECTORS, chunk=4), head().predict_proba(VECTORS)
    assert said[:, 0] == pytest.approx(own[:, 0] + own[:, 3])
    assert said.sum(axis=1) == pytest.approx(np.ones(9))


def test_split_label_keeps_its_place_under_a_name_that_is_no_label():
    one = carry(head(), SAME | {"c": None})
    assert one.labels == ("a", "b", "c (former)", "d")
    assert (one.predict_proba(VECTORS) == head().predict_proba(VECTORS)).all()


def test_sets_have_a_merged_label_where_they_have_one_of_them():
    thresholds = np.array([0.5, 0.3, 0.6, 0.5], np.float32)
    own = head(MultiLabelHead, thresholds=thresholds, power=0.7)
    one = carry(own, SAME | {"b": "x", "c": "x"})
    assert one.labels == ("a", "x", "d")
    said, before = one.predict_proba(VECTORS), own.predict_proba(VECTORS)
    assert said[:, 1] == pytest.approx(1 - (1 - before[:, 1]) * (1 - before[:, 2]), abs=1e-6)
    either = own.sets(before)[:, 1] | own.sets(before)[:, 2]
    assert (one.sets(said)[:, 1] | ~either).all()  # never loses one that was there
    assert (one.sets(said)[:, [0, 2]] == own.sets(before)[:, [0, 3]]).all()
    assert ((one.confidence(said) > 0) & (one.confidence(said) <= 1)).all()


def test_confusion_of_merged_labels_is_added_up():
    confusion = np.arange(16).reshape(4, 4)
    folded = carried_confusion(confusion, columns(LABELS, SAME | {"a": "x", "c": "x"}))
    assert folded.sum() == confusion.sum()
    assert folded[0, 0] == confusion[np.ix_([0, 2], [0, 2])].sum()
    assert folded[1, 2] == confusion[1, 3]


@pytest.mark.parametrize(
    ("labels", "change", "several", "means"),
    [
        (["a"], Change("rename", ("a",), ("z",)), False, ("z",)),
        (["a", "b"], Change("merge", ("a", "b"), ("z",)), True, ("z",)),
        (["a", "b"], Change("rename", ("a",), ("z",)), True, ("b", "z")),
        ([], Change("rename", ("a",), ("z",)), True, ()),
        (["a", "b"], Change("remove", ("a",)), True, ("b",)),
        (["a"], Change("remove", ("a",)), True, ()),
        (["a"], Change("remove", ("a",)), False, None),
        (["a", "b"], Change("split", ("a",), ("y", "z")), True, None),
        (["a"], Change("split", ("a",), ("y", "z"), otherwise="y"), False, ("y",)),
    ],
)
def test_what_an_answer_means_after_a_change(labels, change, several, means):
    assert relabelled(labels, change, None, several=several) == means


def test_two_rules_that_fit_are_two_labels_only_where_there_may_be_two():
    rules = (Rule("y", ("one",)), Rule("z", ("two",)))
    change = Change("split", ("a",), ("y", "z"), rules=rules)
    about = AnsweredText("one and two", None, "s", None, {})
    assert relabelled(["a", "b"], change, about, several=True) == ("b", "y", "z")
    assert relabelled(["a"], change, about, several=False) is None
