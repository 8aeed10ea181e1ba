"""Answers of files that were written before a change of the labels; and an overlap of readers."""

from __future__ import annotations

import pytest

from labelloop.label_changes import Change, changed, moved
from labelloop.records import FetchedDocument
from labelloop.store import doubts, label_migration, label_schema, labelling, tallies, verdicts
from labelloop.store.doubts import Doubt
from labelloop.store.verdicts import answers

from .conftest import NOW


def make(small, change):
    """A change of the labels, as the loop makes it: all that names alone decide."""
    with small.tx() as tx:
        present = label_schema.current(tx)
        made = label_schema.append(tx, changed(present.labels, change), change, changed_by="a", now=NOW)
        given = label_migration.given(tx, change.old)
        goes = moved(change)
        meaning = {
            one.verdict_id: None if goes[one.labels[0]] is None else (goes[one.labels[0]],)
            for one in given
        }
        label_migration.overlay(tx, made.version, meaning)
        open_ = [one.document_id for one in given if meaning[one.verdict_id] is None and one.counts]
        label_migration.wait_for_answers(tx, made.version, open_)
        label_migration.carry_doubts(tx, goes)
        label_migration.rename_suggestions(tx, goes, several=labelling.is_multi_label(tx))
        label_migration.reopen(tx, label_migration.as_relabel(tx, open_), now=NOW)


RENAME = Change("rename", ("sun",), ("shine",))
SPLIT = Change("split", ("shine",), ("hot", "mild"))


def labels(small):
    with small.tx() as tx:
        return [one.labels for one in answers(tx)]


def document(label, text="It is warm today."):
    return FetchedDocument("x", text, label=label)


def test_file_that_has_the_old_name_says_nothing_new(empty):
    assert empty.save([document("sun")]).labelled == 1
    make(empty, RENAME)
    again = empty.save([document("sun")])
    assert (again.labelled, again.rejected) == (0, 0)
    assert labels(empty) == [("shine",)]
    revised = empty.save([document("sun", "It is very warm today.")])
    assert (revised.labelled, revised.rejected) == (1, 0)
    assert labels(empty) == [("shine",)]


def test_file_that_has_a_name_that_was_split_is_set_aside_once_it_says_something_new(empty):
    empty.save([document("sun")])
    make(empty, RENAME)
    make(empty, SPLIT)
    assert labels(empty) == []
    assert empty.save([document("sun")]).rejected == 0
    assert empty.save([document("sun", "Another text.")]).rejected == 1


def test_answer_on_a_split_label_counts_again_once_it_is_given_anew(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun")
    make(small, RENAME)
    make(small, SPLIT)
    assert labels(small) == []
    with small.tx() as tx:
        assert label_migration.undecided(tx) == 1
    again = small.claim("ada")
    assert (again.document_id, again.lane) == (item.document_id, "relabel")
    small.answer(again, "ada", "hot", verdict_id="anew")
    assert labels(small) == [("hot",)]
    small.undo("ada", "no")
    assert labels(small) == []
    with small.tx() as tx:  # nothing was ever rewritten
        assert tx.rows("SELECT labels FROM verdicts WHERE action <> 'undo' ORDER BY sequence") == [
            ('["sun"]',),
            ('["hot"]',),
        ]


def test_others_on_the_same_document_do_not_decide_it_before_it_is_asked_again(small):
    small.queue("a", verdicts_wanted=2)
    for who, label in (("ada", "sun"), ("bob", "wind")):
        small.answer(small.claim(who), who, label)
    make(small, RENAME)
    make(small, SPLIT)
    assert labels(small) == []
    small.answer(small.claim("cyd"), "cyd", "mild")
    assert sorted(labels(small)) == [("mild",), ("wind",)]


def test_what_was_suggested_and_said_then_still_agrees(small):
    small.queue("a", "b", suggestions=dict.fromkeys(small.ids().values(), ("sun", 0.9)))
    small.answer(small.claim("ada"), "ada", "sun")
    make(small, RENAME)
    item = small.claim("ada")
    assert item.suggestion == "shine"
    small.answer(item, "ada", "shine")
    make(small, SPLIT)
    with small.tx() as tx:
        assert [(one.suggested, one.agreed, one.answers) for one in tallies.sway(tx)] == [
            ("shine", 1, 1),
            ("sun", 1, 1),
        ]


def test_stale_answers_with_a_split_label_are_left_out(empty):
    empty.save([document("sun"), FetchedDocument("y", "Another one.", label="rain")])
    make(empty, RENAME)
    make(empty, SPLIT)
    empty.save([FetchedDocument("x", "New words."), FetchedDocument("y", "More words.")])
    with empty.tx() as tx:
        assert [one.labels for one in verdicts.stale(tx)] == [("rain",)]
        with pytest.raises(Exception, match="no label or several"):
            tx.execute("UPDATE verdicts SET labels = '[]' WHERE labels = '[\"rain\"]'")
            tx.execute("INSERT INTO store_info VALUES ('multi_label', 'true')")
            labelling.ensure(tx, False, now=NOW)


def doubt(number, labels, expected):
    return Doubt(number, "h", labels, expected, 0.1, 0.8, True)


def test_doubts_follow_and_those_that_a_change_settles_are_gone(small):
    ids = sorted(small.ids().values())
    with small.tx() as tx:
        found = [doubt(ids[0], ("sun",), ("wind",)), doubt(ids[1], ("rain",), ("sun",))]
        doubts.replace(tx, "m0001", found)
    make(small, Change("merge", ("sun", "wind"), ("shine",)))
    with small.tx() as tx:
        assert tx.rows("SELECT document_id, labels, expected FROM label_doubts") == [
            (ids[1], '["rain"]', '["shine"]')
        ]
    make(small, SPLIT)
    with small.tx() as tx:
        assert tx.rows("SELECT 1 FROM label_doubts") == []
