"""Doubts, settlements and the weighing that was kept."""

from __future__ import annotations

from labelloop.store import doubts, verdicts, weighing
from labelloop.store.doubts import Doubt

from .conftest import NOW


def _doubt(document: int, text: str, probability: float = 0.1, doubtful: bool = True) -> Doubt:
    return Doubt(document, text, ("sun",), ("rain",), probability, 0.8, doubtful)


def test_doubts_are_replaced_as_a_whole_and_the_worst_comes_first(small):
    with small.tx() as tx:
        hashes = dict(tx.rows("SELECT document_id, content_hash FROM documents"))
    one, two = sorted(hashes)[:2]
    with small.tx() as tx:
        doubts.replace(tx, "m0001", [_doubt(one, hashes[one], 0.3), _doubt(two, hashes[two], 0.1)])
        assert [found.document_id for found in doubts.load(tx)] == [two, one]
        doubts.replace(tx, "m0002", [_doubt(one, hashes[one], doubtful=False)])
        assert doubts.load(tx) == [_doubt(one, hashes[one], doubtful=False)]
        doubts.replace(tx, "m0003", [])
        assert doubts.load(tx) == []


def test_a_doubt_about_a_text_that_has_changed_is_over(small):
    with small.tx() as tx:
        number = tx.value("SELECT min(document_id) FROM documents")
        doubts.replace(tx, "m0001", [_doubt(number, "the hash of an older text")])
        assert doubts.load(tx) == []


def test_who_has_met_a_document_answered_or_skipped_it(small):
    small.queue("a", verdicts_wanted=2)
    item = small.claim("ada")
    small.answer(item, "ada", "sun")
    small.answer(small.claim("ben"), "ben", action="skip")
    with small.tx() as tx:
        assert doubts.met(tx, [item.document_id]) == {item.document_id: {"ada", "ben"}}
        assert doubts.met(tx, []) == {}


def test_a_settled_answer_says_so_until_its_giver_says_otherwise(small, item_of):
    item = item_of("a")
    small.answer(item, "ada", "sun", verdict_id="v1")
    with small.tx() as tx:
        assert [one.settles for one in verdicts.answers(tx)] == [False]
        verdicts.settle(tx, "v1", now=NOW)
        verdicts.settle(tx, "v1", now=NOW)  # told twice it counts once
        assert [one.settles for one in verdicts.answers(tx)] == [True]


def test_the_last_weighing_is_kept(small):
    with small.tx() as tx:
        assert weighing.load(tx) is None
        weighing.keep(tx, {"method": "majority", "people": {}})
        weighing.keep(tx, {"method": "one_coin", "people": {"ada": {"reliability": 0.9}}})
        assert weighing.load(tx) == {"method": "one_coin", "people": {"ada": {"reliability": 0.9}}}
