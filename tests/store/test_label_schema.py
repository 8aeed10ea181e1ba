"""Versions of the labels, and what the names of one are called under another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from labelloop.errors import LabelGone, LabelsChanged, WrongUse
from labelloop.label_changes import Change, changed
from labelloop.store import label_arrival, label_schema

from .conftest import LABELS, NOW, SERVER


def make(small, *changes):
    """Versions by these changes, after the first."""
    with small.tx() as tx:
        for change in changes:
            present = label_schema.current(tx)
            after = changed(present.labels, change)
            label_schema.append(tx, after, change, changed_by="ada", now=NOW)


RENAME = Change("rename", ("sun",), ("sunshine",))
MERGE = Change("merge", ("sunshine", "wind"), ("fair",))
SPLIT = Change("split", ("fair",), ("calm", "breezy"))


def test_names_are_followed_through_rename_merge_and_split(small):
    make(small, RENAME)
    with small.tx() as tx:
        assert label_schema.carried(tx, 1) == {"sun": "sunshine", "wind": "wind", "rain": "rain"}
    make(small, MERGE)
    with small.tx() as tx:
        assert label_schema.carried(tx, 1) == {"sun": "fair", "wind": "fair", "rain": "rain"}
        assert label_schema.carried(tx, 3) == {"fair": "fair", "rain": "rain"}
    make(small, SPLIT)
    with small.tx() as tx:
        assert label_schema.carried(tx, 1) == {"sun": None, "wind": None, "rain": "rain"}
        assert list(label_schema.current(tx).labels) == ["calm", "breezy", "rain"]
        assert [one.change for one in label_schema.versions(tx)] == [None, RENAME, MERGE, SPLIT]


def test_names_that_change_places_are_told_apart_by_the_version_they_come_from(small):
    make(
        small,
        Change("rename", ("sun",), ("x",)),
        Change("rename", ("wind",), ("sun",)),
        Change("rename", ("x",), ("wind",)),
    )
    with small.tx() as tx:
        assert label_arrival.meant(tx, ["sun"], 1) == ("wind",)
        assert label_arrival.meant(tx, ["sun"], 4) == ("sun",)
        assert label_arrival.meant(tx, ["sun"], None) == ("sun",)
        assert label_arrival.meant(tx, ["x"], None) == ("wind",)


def test_label_that_comes_in_late_is_followed_or_refused(small):
    make(small, RENAME, MERGE)
    with small.tx() as tx:
        assert label_arrival.meant(tx, ["sun", "wind"], 1) == ("fair",)
        assert label_arrival.meant(tx, ["nonsense"], None) == ("nonsense",)
    make(small, SPLIT)
    with small.tx() as tx, pytest.raises(LabelGone, match=r"'sun' has been split.*calm, breezy, rain"):
        label_arrival.meant(tx, ["sun"], None)


def test_what_was_made_with_older_labels_is_not_let_in(small):
    with small.tx() as tx:
        label_arrival.demand(tx, 1)
    make(small, RENAME)
    with small.tx() as tx, pytest.raises(LabelsChanged, match="Run it again"):
        label_arrival.demand(tx, 1)


def test_labels_of_before_a_change_change_nothing(small):
    make(small, RENAME)
    with small.tx() as tx:
        assert label_schema.ensure(tx, LABELS, now=NOW).version == 2
        assert label_schema.outdated(tx, LABELS) == 1
        assert label_schema.outdated(tx, {"other": "", "labels": ""}) is None


def test_edit_by_hand_and_back_again_is_an_edit(small):
    with small.tx() as tx:
        label_schema.ensure(tx, LABELS | {"snow": ""}, now=NOW)
        assert label_schema.ensure(tx, LABELS, now=NOW).version == 3


def test_label_that_vanished_with_answers_names_the_command_that_helps(small, item_of):
    small.answer(item_of("a"), "ada", "sun")
    with small.tx() as tx, pytest.raises(WrongUse) as caught:
        label_schema.ensure(tx, {"solar": "", "wind": "", "rain": ""}, now=NOW)
    assert "1 answer gives it" in str(caught.value)
    assert "labelloop schema rename 'sun' 'solar'" in str(caught.value)


@pytest.mark.skipif(not SERVER, reason="needs a PostgreSQL server: make test-postgresql")
def test_a_change_waits_for_answers_under_way_and_later_answers_for_it(small):
    order = []

    def change():
        with small.tx() as tx:
            label_schema.hold(tx)
            order.append("changed")
            present = label_schema.current(tx)
            after = changed(present.labels, RENAME)
            label_schema.append(tx, after, RENAME, changed_by="ada", now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with small.tx() as tx:
            label_schema.answer_by(tx)
            changing = pool.submit(change)
            with pytest.raises(TimeoutError):
                changing.result(timeout=0.5)
            order.append("answered")
        changing.result(timeout=20)
    assert order == ["answered", "changed"]
