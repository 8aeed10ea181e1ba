"""Answers: stored once, undone by a further row, refused when they do not fit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from labelloop.errors import BadInput, LeaseLost, StaleText, UnknownName
from labelloop.store import answering, pool, queue, verdicts
from labelloop.store.answering import GivenLabel, action_of

from .conftest import NOW

SECOND = timedelta(seconds=1)


def state(small, item):
    with small.tx() as tx:
        return tx.row("SELECT state, reason FROM checking_queue WHERE item_id = $i", {"i": item.item_id})


def labels(small):
    with small.tx() as tx:
        return {(answer.annotator, *answer.labels) for answer in verdicts.answers(tx)}


def test_answer_closes_the_item_and_counts(small, item_of):
    item = item_of("a")
    assert small.answer(item, "ada", "sun")
    assert state(small, item) == ("done", None)
    with small.tx() as tx:
        (answer,) = verdicts.answers(tx)
    assert (answer.annotator, answer.labels, answer.lane, answer.given_at) == (
        "ada",
        ("sun",),
        "uncertain",
        NOW,
    )


def test_same_verdict_sent_twice_is_stored_once(small, item_of):
    item = item_of("a")
    assert small.answer(item, "ada", "sun", verdict_id="one")
    assert not small.answer(item, "ada", "sun", verdict_id="one")
    with small.tx() as tx:
        assert verdicts.count(tx) == 1


def test_newer_answer_of_the_same_person_takes_the_place_of_the_older(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun", now=NOW)
    small.answer(item, "ada", "rain", now=NOW + SECOND)
    assert labels(small) == {("ada", "rain")}


def test_undo_goes_several_deep_and_leases_the_item_again(small):
    small.queue("a", "b")
    first = small.claim("ada")
    small.answer(first, "ada", "sun")
    second = small.claim("ada")
    small.answer(second, "ada", "rain")
    assert small.undo("ada", "u1").item_id == second.item_id
    assert small.undo("ada", "u1").item_id == second.item_id  # sent twice, undone once
    assert labels(small) == {("ada", "sun")}
    assert small.undo("ada", "u2").item_id == first.item_id
    assert small.undo("ada", "u3") is None
    assert labels(small) == set()
    assert small.answer(first, "ada", "wind", now=NOW + SECOND)
    assert labels(small) == {("ada", "wind")}
    with small.tx() as tx:  # nothing was ever changed or removed
        assert tx.value("SELECT count(*) FROM verdicts") == 5


def test_undone_answer_brings_the_one_before_it_back(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun", now=NOW)
    small.answer(item, "ada", "rain", now=NOW + SECOND)
    small.undo("ada", "u1")
    assert labels(small) == {("ada", "sun")}


def test_undo_touches_nobody_elses_answers_nor_a_revised_text(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun")
    assert small.undo("ben", "u1") is None
    small.save({"a": "Revised"})
    assert small.undo("ada", "u2") is None
    assert state(small, item)[0] == "done"


def test_item_skipped_by_everybody_leaves_the_pool(small, item_of):
    item = item_of("a")
    with small.tx() as tx:
        queue.withdraw(tx, reason="x", now=NOW)
    small.claim("ben")  # ben is here, too
    small.answer(item, "ada", action="skip")
    assert state(small, item) == ("open", None)
    assert small.claim("ada") is None
    small.answer(small.claim("ben"), "ben", action="skip")
    assert state(small, item) == ("withdrawn", "skipped")
    with small.tx() as tx:
        frame = pool.frame(tx)
    assert frame.skipped.tolist() == [True, False, False, False]
    assert frame.selectable.tolist() == [False, True, True, True]
    assert small.queue("a") == 0
    assert small.undo("ben", "u1").item_id == item.item_id
    assert state(small, item) == ("leased", None)


def test_revised_text_of_a_skipped_document_can_be_asked(small, item_of):
    small.answer(item_of("a"), "ada", action="skip")
    assert small.queue("a") == 0
    small.save({"a": "Clearer now"})
    assert small.queue("a") == 1


def test_flag_takes_item_document_and_own_answer_away(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun", now=NOW)
    small.answer(item, "ada", action="flag", now=NOW + SECOND)
    assert state(small, item) == ("withdrawn", "flagged")
    assert labels(small) == set()
    assert small.queue("a") == small.queue("a", lane="relabel") == 0
    with small.tx() as tx:
        assert pool.frame(tx).flagged.tolist() == [True, False, False, False]
    small.undo("ada", "u1")
    assert labels(small) == {("ada", "sun")}


def test_skip_leaves_the_answer_before_it(small, item_of):
    small.answer(item_of("a"), "ada", "sun")
    small.queue("a", lane="relabel", score=None)
    small.answer(small.claim("ada"), "ada", action="skip", now=NOW + SECOND)
    assert labels(small) == {("ada", "sun")}


def test_answers_on_a_revised_text_are_stale(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun")
    small.save({"a": "Revised"})
    with small.tx() as tx:
        assert verdicts.answers(tx) == []
        assert [answer.labels for answer in verdicts.stale(tx)] == [("sun",)]
    with pytest.raises(StaleText, match=f"item {item.item_id}"):
        small.answer(item, "ada", "rain", now=NOW + SECOND)


@pytest.mark.parametrize(
    ("action", "given", "error"),
    [
        ("accept", ["sun"], BadInput),  # nothing was shown
        ("label", [], BadInput),
        ("label", ["snow"], UnknownName),
        ("skip", ["sun"], BadInput),
        ("undo", [], BadInput),
    ],
)
def test_answer_that_does_not_fit_is_refused_and_changes_nothing(small, item_of, action, given, error):
    item = item_of("a")
    with pytest.raises(error):
        small.answer(item, "ada", *given, action=action)
    assert state(small, item)[0] == "leased"
    with small.tx() as tx:
        assert verdicts.count(tx) == 0


def test_accept_and_correct_must_fit_what_was_suggested(small):
    small.queue("a", suggestions={small.ids()["a"]: ("sun", 0.6)})
    item = small.claim("ada")
    for action, label in (("accept", "rain"), ("correct", "sun")):
        with pytest.raises(BadInput, match="suggested sun"):
            small.answer(item, "ada", label, action=action)
    assert small.answer(item, "ada", "sun", action="accept")
    assert [action_of([label], "sun", True) for label in ("sun", "rain")] == ["accept", "correct"]
    assert action_of(["sun"], "sun", shown=False) == "label"


def test_item_answered_by_somebody_else_is_lost(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun")
    with pytest.raises(LeaseLost):
        small.answer(item, "ben", "rain")


def import_file(small, rows, who="file"):
    with small.tx() as tx:
        return answering.import_labels(tx, who, rows, now=NOW)


def test_imported_answers_close_their_items_and_can_be_imported_again(small):
    ids = small.ids()
    small.queue("a", "b", suggestions={ids["a"]: ("sun", 0.6)})
    rows = [
        GivenLabel("f line 2", ("sun",), item_id=1),
        GivenLabel("f line 3", ("rain",), item_id=2),
        GivenLabel("f line 4", ("wind",), document_id=ids["c"]),
    ]
    assert import_file(small, rows) == 3
    assert import_file(small, rows) == 0
    assert labels(small) == {("file", "sun"), ("file", "rain"), ("file", "wind")}
    with small.tx() as tx:
        assert queue.counts(tx, now=NOW)["done"] == 2
        assert tx.rows("SELECT action FROM verdicts ORDER BY sequence") == [
            ("accept",),
            ("label",),
            ("label",),
        ]


@pytest.mark.parametrize(
    ("row", "error", "says"),
    [
        (
            GivenLabel("f.csv line 9", ("sun",), item_id=77),
            UnknownName,
            "f.csv line 9: there is no item 77",
        ),
        (GivenLabel("f.csv line 9", ("sun",), document_id=77), UnknownName, "no document 77"),
        (
            GivenLabel("f.csv line 9", ("snow",), item_id=1),
            UnknownName,
            "line 9: there is no label 'snow'",
        ),
        (GivenLabel("f.csv line 9", (), item_id=1), BadInput, "line 9: no label"),
        (GivenLabel("f.csv line 9", ("sun",)), BadInput, "neither item_id"),
        (
            GivenLabel("f.csv line 9", ("sun",), item_id=1, content_hash="0" * 32),
            StaleText,
            "line 9: the text",
        ),
        (
            GivenLabel("f.csv line 9", ("sun",), item_id=1, document_id=4),
            BadInput,
            "asks about document 1",
        ),
    ],
)
def test_import_with_a_bad_row_names_it_and_stores_nothing(small, row, error, says):
    small.queue("a", "b")
    with pytest.raises(error, match=says):
        import_file(small, [GivenLabel("f.csv line 8", ("sun",), item_id=2), row])
    with small.tx() as tx:
        assert verdicts.count(tx) == 0


def test_import_for_a_revised_text_is_stale(small):
    small.queue("a")
    small.save({"a": "Revised"})
    with pytest.raises(StaleText, match="line 2"):
        import_file(small, [GivenLabel("f line 2", ("sun",), item_id=1)])
