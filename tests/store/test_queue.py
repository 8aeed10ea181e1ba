"""The checking queue: who gets what, in which order, for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from labelloop.errors import LeaseLost, UnknownName
from labelloop.records import FetchedDocument, Pick
from labelloop.store import leases, near_duplicates, queue

from .conftest import NOW

MINUTE = timedelta(minutes=1)


def test_items_come_in_rank_order_with_all_a_person_needs(small):
    suggestions = {small.ids()["c"]: ("sun", 0.75)}
    assert small.queue("c", "a", suggestions=suggestions, model_id="m0001") == 2
    item = small.claim("ada")
    assert (item.external_id, item.source, item.text) == ("c", "notes", "This is the text of c.")
    assert (item.rank, item.lane, item.propensity, item.state) == (1, "uncertain", 0.5, "leased")
    assert (item.suggestion, item.confidence, item.suggestion_shown) == ("sun", 0.75, True)
    second = small.claim("ben")
    assert (second.external_id, second.suggestion, second.suggestion_shown) == ("a", None, False)
    assert small.claim("cyd") is None


def test_document_is_never_queued_twice(small):
    assert small.queue("a", "a", "b") == 2
    assert small.queue("a", "b", "c", turn=2) == 1
    small.answer(small.claim("ada"), "ada", "sun")
    assert small.queue("a", turn=3) == 0


def test_answered_document_can_be_asked_again_on_purpose_only(small, item_of):
    small.answer(item_of("a"), "ada", "sun")
    assert small.queue("a") == 0
    assert small.queue("a", lane="relabel") == 1
    assert small.queue("a", lane="relabel") == 0  # it waits already


def test_duplicate_and_answered_group_are_not_asked(empty):
    empty.save({"a": "Same", "b": "Same", "c": "Nearly the same"})
    assert empty.queue("b") == 0
    empty.queue("c")
    empty.answer(empty.claim("ada"), "ada", "sun")
    with empty.tx() as tx:
        near_duplicates.link(tx, near_duplicates_pair(1, 3))
    assert empty.queue("a") == 0


def near_duplicates_pair(*pair: int):
    import numpy as np

    return np.array([pair], np.int64)


def test_imported_label_counts_as_answered(empty):
    empty.save([FetchedDocument("a", "one", label="sun")])
    assert empty.queue("a") == 0


def test_audit_items_and_blind_ones_never_show_the_suggestion(small):
    ids = small.ids()
    said = dict.fromkeys(ids.values(), ("sun", 0.9))
    picks = [Pick(ids["a"], "audit", 0.1), Pick(ids["b"], "uncertain", 0.1, 2.0, show_suggestion=False)]
    with small.tx() as tx:
        queue.add(tx, turn=1, picks=picks, suggestions=said, model_id="m0001", now=NOW)
        for item in queue.open_items(tx, now=NOW):
            assert (item.suggestion, item.confidence, item.suggestion_shown) == (None, None, False)
        assert tx.rows("SELECT suggestion FROM checking_queue") == [("sun",), ("sun",)]


def test_own_live_lease_comes_back_first(small):
    small.queue("a", "b")
    first = small.claim("ada")
    assert small.claim("ada", NOW + MINUTE) == first


def test_lease_that_ran_out_is_taken_over(small):
    small.queue("a")
    item = small.claim("ada")
    assert small.claim("ben", NOW + 9 * MINUTE) is None
    taken = small.claim("ben", NOW + 11 * MINUTE)
    assert taken.item_id == item.item_id
    with pytest.raises(LeaseLost, match="somebody else"):
        small.answer(item, "ada", "sun", now=NOW + 12 * MINUTE)
    assert small.answer(taken, "ben", "rain", now=NOW + 12 * MINUTE)


def test_late_answer_counts_while_nobody_took_the_item(small):
    small.queue("a")
    assert small.answer(small.claim("ada"), "ada", "sun", now=NOW + 60 * MINUTE)


def test_renewed_lease_lasts(small):
    small.queue("a")
    item = small.claim("ada")
    with small.tx() as tx:
        leases.renew(tx, item.item_id, "ada", now=NOW + 9 * MINUTE)
        with pytest.raises(LeaseLost):
            leases.renew(tx, item.item_id, "ben", now=NOW)
    assert small.claim("ben", NOW + 15 * MINUTE) is None


def test_released_item_is_open_again(small):
    small.queue("a")
    item = small.claim("ada")
    with small.tx() as tx:
        assert not leases.release(tx, item.item_id, "ben")
        assert leases.release(tx, item.item_id, "ada")
        assert not leases.release(tx, item.item_id, "ada")
    assert small.claim("ben").item_id == item.item_id


def test_withdrawing_leaves_leased_and_half_answered_items(small):
    small.queue("a", "b", "c", verdicts_wanted=2)
    small.queue("d", lane="audit")
    small.answer(small.claim("ada"), "ada", "sun")
    small.claim("ben")  # a: half answered, leased
    with small.tx() as tx:
        assert queue.withdraw(tx, lanes=["uncertain"], reason="newer model", now=NOW) == 2
        assert queue.counts(tx, now=NOW) == {"open": 1, "leased": 1, "done": 0, "withdrawn": 2}
        assert queue.asked_by_lane(tx) == {"uncertain": 1, "audit": 1}
        # When the lease has run out the answer of the first person still keeps the item.
        assert queue.withdraw(tx, reason="all", now=NOW + 60 * MINUTE) == 1
    assert small.queue("b") == 1  # what was withdrawn can be asked again


def test_two_verdicts_come_from_two_people(small):
    small.queue("a", verdicts_wanted=2)
    small.answer(small.claim("ada"), "ada", "sun")
    assert small.claim("ada") is None
    item = small.claim("ben")
    assert item.answered == 1
    small.answer(item, "ben", "rain")
    with small.tx() as tx:
        assert queue.counts(tx, now=NOW)["done"] == 1


def test_a_second_opinion_is_never_asked_of_the_same_person_and_wants_one_answer(small, item_of):
    small.answer(item_of("a"), "ada", "sun")
    small.queue("a", lane="relabel", score=0.9, verdicts_wanted=3)
    assert small.claim("ada") is None  # not even when nobody else is there
    item = small.claim("ben")
    assert item.verdicts_wanted == 1
    small.answer(item, "ben", "sun")
    with small.tx() as tx:
        assert queue.counts(tx, now=NOW)["open"] == 0


def test_relabelling_goes_to_somebody_else_if_there_is_somebody(small, item_of):
    small.answer(item_of("a"), "ada", "sun")
    small.queue("a", lane="relabel", score=None)  # sent back by a person
    assert small.claim("ada") is not None  # alone, she is asked again
    with small.tx() as tx:
        leases.release(tx, 2, "ada")
    assert small.claim("ben") is not None
    with small.tx() as tx:
        leases.release(tx, 2, "ben")
    assert small.claim("ada") is None
    week_later = NOW + timedelta(days=8)
    assert small.claim("ada", week_later) is not None  # ben has not been seen for a week


def test_open_items_are_listed_by_rank_with_ran_out_leases_open(small):
    small.queue("b", "a")
    small.claim("ada")
    with small.tx() as tx:
        assert [item.state for item in queue.open_items(tx, now=NOW)] == ["leased", "open"]
        late = list(queue.open_items(tx, now=NOW + 60 * MINUTE))
    assert [(item.external_id, item.state) for item in late] == [("b", "open"), ("a", "open")]


def test_queue_of_an_empty_store_is_empty(empty):
    assert empty.claim("ada") is None
    with empty.tx() as tx:
        assert list(queue.open_items(tx, now=NOW)) == []
        assert queue.add(tx, turn=1, picks=[], now=NOW) == 0
        assert queue.add(tx, turn=1, picks=[Pick(7, "random", 1.0)], now=NOW) == 0
        with pytest.raises(UnknownName, match="item 7"):
            queue.get(tx, 7)


def test_questions_in_hand_come_in_rank_order_also_where_a_receipt_was_lost(small):
    small.queue("a", "b", "c", "d")
    with small.tx() as tx:
        given = leases.claim_more(tx, "ada", count=4, now=NOW)
        for item in given[:3]:
            leases.release(tx, item.item_id, "ada")
        again = leases.claim_more(tx, "ada", count=4, now=NOW)
    assert [item.external_id for item in again] == ["a", "b", "c", "d"]
