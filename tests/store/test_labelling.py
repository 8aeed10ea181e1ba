"""Documents with several labels, or none: answers, suggestions, files, the way there and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labelloop.errors import BadInput, UnknownName, WrongUse
from labelloop.records import FetchedDocument, ModelVersion
from labelloop.store import (
    bulk_answers,
    labelling,
    leases,
    models,
    predictions,
    quarantine,
    queue,
    status,
    tallies,
    verdicts,
)
from labelloop.store.answering import GivenLabel, import_labels
from labelloop.store.predictions import Predictions

from .conftest import LABELS, NOW


@pytest.fixture
def several(small):
    with small.tx() as tx:
        labelling.ensure(tx, True, now=NOW)
    return small


def given(small):
    with small.tx() as tx:
        return [answer.labels for answer in verdicts.answers(tx)]


def suggest(small, **by_name):
    """Queue documents with a suggestion each; the first is claimed by ada."""
    ids = small.ids()
    small.queue(
        *by_name, suggestions={ids[n]: (text, 0.7) for n, text in by_name.items()}, model_id="m1"
    )
    return small.claim("ada")


def test_sets_are_kept_in_one_order_and_none_is_an_answer(several):
    several.queue("a", "b", "c")
    for labels in [("wind", "sun"), ("sun", "wind"), ()]:
        item = several.claim("ada")
        assert several.answer(item, "ada", *labels)
    assert given(several) == [("sun", "wind"), ("sun", "wind"), ()]
    with several.tx() as tx:
        assert queue.counts(tx, now=NOW)["done"] == 3


def test_none_of_these_is_no_skip(several):
    several.queue("a")
    item = several.claim("ada")
    several.answer(item, "ada", action="skip")
    assert given(several) == []
    several.answer(item, "ada", action="label")
    assert given(several) == [()]


@pytest.mark.parametrize("suggested, labels, action", [
    ("sun|wind", ("wind", "sun"), "accept"),
    ("sun|wind", ("sun",), "correct"),
    ("[]", (), "accept"),
    ("[]", ("rain",), "correct"),
    ("rain", (), "correct"),
])  # fmt: skip
def test_a_set_accepts_or_corrects_a_suggested_set(several, suggested, labels, action):
    item = suggest(several, a=suggested)
    assert item.suggestion == suggested
    assert several.answer(item, "ada", *labels)
    with several.tx() as tx:
        assert tx.value("SELECT action FROM verdicts") == action
        (swayed,) = tallies.sway(tx)
    assert (swayed.agreed, swayed.answers) == (int(action == "accept"), 1)


def test_a_wrong_accept_is_refused(several):
    item = suggest(several, a="sun|wind")
    with pytest.raises(BadInput, match="does not fit item"):
        several.answer(item, "ada", "sun", action="accept")


def test_answers_of_the_wrong_kind_are_named(small, several):
    small.queue("a")
    item = small.claim("ada")
    with pytest.raises(BadInput, match="'sun' is given twice"):
        small.answer(item, "ada", "sun", "sun")
    with pytest.raises(UnknownName, match="'fog'"):
        small.answer(item, "ada", "sun", "fog")
    with small.tx() as tx:
        labelling.ensure(tx, False, now=NOW)
    small.queue("a")
    item = small.claim("ada")
    with pytest.raises(
        BadInput, match=r"2 labels \(rain, sun\) given, and each document has exactly one"
    ):
        small.answer(item, "ada", "sun", "rain")
    with pytest.raises(BadInput, match="needs a label"):
        small.answer(item, "ada", action="label")
    assert given(small) == []


def test_many_at_once_go_by_the_same_rules(several):
    several.queue("a", "b", "c")
    items = [several.claim("ada")]
    with several.tx() as tx:
        items += leases.claim_more(tx, "ada", count=2, holding=[items[0].item_id], now=NOW)
        base = [
            _verdict(item, labels)
            for item, labels in zip(items, [("wind", "sun"), (), ("sun", "sun")], strict=True)
        ]
        said = bulk_answers.answer_many(tx, "ada", base, now=NOW)
    assert said[:2] == [True, True]
    assert "twice" in str(said[2])
    assert given(several) == [("sun", "wind"), ()]


def _verdict(item, labels):
    from labelloop.records import Verdict

    return Verdict(
        f"v{item.item_id}", item.item_id, item.document_id, item.content_hash, "ada", "label",
        labels, False, NOW,
    )  # fmt: skip


def test_a_file_of_answers_is_taken_once(several):
    ids = several.ids()
    rows = [
        GivenLabel("answers.csv line 2", ("wind", "sun"), document_id=ids["a"]),
        GivenLabel("answers.csv line 3", (), document_id=ids["b"]),
    ]
    with several.tx() as tx:
        assert import_labels(tx, "bob", rows, now=NOW) == 2
        again = [replace(rows[0], labels=("sun", "wind")), rows[1]]
        assert import_labels(tx, "bob", again, now=NOW) == 0
        with pytest.raises(BadInput, match="line 9: the label 'sun' is given twice"):
            import_labels(tx, "bob", [GivenLabel("line 9", ("sun", "sun"), document_id=1)], now=NOW)
    assert given(several) == [("sun", "wind"), ()]


def test_documents_come_with_several_labels(several):
    cells = {
        "e": "sun|rain",
        "f": '["wind"]',
        "g": "[]",
        "h": "sun;rain",
        "i": "sun|fog",
        "j": "None of these",
    }
    counts = several.save(
        [FetchedDocument(n, f"Document {n} says this.", label=c) for n, c in cells.items()]
    )
    assert counts.labelled == 4
    assert sorted(given(several)) == [(), (), ("rain", "sun"), ("wind",)]
    with several.tx() as tx:
        aside = {row.place: (row.reason, row.excerpt) for row in quarantine.rows(tx, limit=10)}
    assert aside["h"][0] == "labels that cannot be read"
    assert "separated by ';'" in aside["h"][1]
    assert aside["i"] == ("unknown label", "sun|fog")


def test_one_label_each_takes_no_list(small):
    counts = small.save([FetchedDocument("e", "Its text.", label="sun|rain")])
    assert (counts.labelled, counts.rejected) == (0, 1)


def test_predicted_sets_come_out_as_they_went_in(several):
    ids = sorted(several.ids().values())
    made = Predictions(
        "m1", tuple(LABELS), np.array(ids), np.full((4, 3), 0.4, np.float32), np.array([0, 1, 2, 0]),
        np.full(4, 0.9), np.full(4, 0.5), np.full(4, 0.1), sets=("[]", "rain|sun", "wind"),
    )  # fmt: skip
    with several.tx() as tx:
        predictions.replace(tx, made, now=NOW)
        found = predictions.load(tx, [*ids, 999])
        said = predictions.suggestions(tx, ids)
    assert found is not None
    assert [found.answers[i] if i >= 0 else None for i in found.label] == [
        "[]", "rain|sun", "wind", "[]", None,
    ]  # fmt: skip
    assert said[ids[1]] == ("rain|sun", 0.9)


def test_from_one_label_to_several_and_back(small):
    small.queue("a")
    small.answer(small.claim("ada"), "ada", "sun")
    _champion(small)
    suggest(small, b="wind")
    with small.tx() as tx:
        labelling.ensure(tx, True, now=NOW)
        assert models.champion(tx) is None
        assert predictions.load(tx) is None
        assert status.audit_outcomes(tx) == []
    assert given(small) == [("sun",)]
    with small.tx() as tx:  # the person's question stays, without what the old model said of it
        held = leases.claim(tx, "ada", now=NOW)
        assert held is not None
        assert (held.suggestion, held.suggestion_shown) == (None, False)
        labelling.ensure(tx, False, now=NOW)
        assert not labelling.is_multi_label(tx)
    assert given(small) == [("sun",)]


def test_the_way_back_is_closed_by_answers_that_are_not_one_label(several):
    several.queue("a", "b", "c")
    for labels in [("sun",), (), ("sun", "wind")]:
        several.answer(several.claim("ada"), "ada", *labels)
    with several.tx() as tx, pytest.raises(WrongUse, match="2 answers have no label or several"):
        labelling.ensure(tx, False, now=NOW)
    several.undo("ada", "u1")
    several.undo("ada", "u2")
    with several.tx() as tx:
        labelling.ensure(tx, False, now=NOW)
        assert not labelling.is_multi_label(tx)


def _champion(small):
    with small.tx() as tx:
        models.register(
            tx,
            ModelVersion(
                "m1", None, "head", "e", 1, "candidate", {}, "", "models/m1", "0", {}, NOW
            ),
        )  # fmt: skip
        models.promote(tx, "m1", now=NOW)
