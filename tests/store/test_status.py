"""The numbers of status, the frame, and what is exported."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.records import FetchedDocument, Rejected
from labelloop.store import embeddings, export, models, pool, predictions, status

from .conftest import NOW
from .test_models import register
from .test_predictions import made


def test_empty_store_counts_nothing_and_invents_nothing(empty):
    with empty.tx() as tx:
        found = status.status(tx, now=NOW)
    assert (found.documents, found.pool, found.labels, found.turns) == (0, 0, 0, 0)
    assert (found.embedded, found.champion, found.seconds, found.sources) == (None, None, None, [])
    assert found.audited == []


def test_everything_is_counted(small):
    small.save(
        [FetchedDocument("x", "imported", label="sun"), FetchedDocument("y", "This is the text of a.")],
        rejected=(Rejected("line 3", "no text"),),
    )
    small.queue("a", "b", "c", "d")
    small.answer(small.claim("ada"), "ada", "sun")
    small.answer(small.claim("ada"), "ada", action="flag")
    small.claim("ada")
    with small.tx() as tx:
        hashes, _ = embeddings.missing(tx, "mini", 2)
        embeddings.save(tx, "mini", hashes, np.ones((2, 3)))
        found = status.status(tx, now=NOW, encoder_id="mini")
    assert (found.documents, found.duplicates, found.pool, found.embedded) == (6, 1, 2, 2)
    assert found.queue == {"open": 1, "leased": 1, "done": 1, "withdrawn": 1}
    assert (found.verdicts, found.labels, found.stale, found.quarantined) == (3, 2, 0, 1)
    assert found.seconds == 5.0
    assert [(source.name, source.documents) for source in found.sources] == [("notes", 6)]


def test_audit_outcomes_are_of_the_audit_lane_and_the_champion(small):
    small.queue("a", lane="audit")
    small.queue("b", lane="uncertain")
    for label in ("sun", "rain"):
        small.answer(small.claim("ada"), "ada", label)
    stored = made([1, 2, 3, 4])
    with small.tx() as tx:
        predictions.replace(tx, stored, now=NOW)
        assert status.audit_outcomes(tx) == []  # no champion yet
        models.promote(tx, register(tx), now=NOW)
        assert status.audit_outcomes(tx) == [(("sun",), stored.labels[stored.label[0]])]
        models.promote(tx, register(tx), now=NOW)
        assert status.audit_outcomes(tx) == []  # predictions of a model that is retired now


def test_audit_document_with_several_answers_counts_once(small):
    small.queue("a", lane="audit", verdicts_wanted=3)
    for who, label in (("ada", "rain"), ("ben", "sun"), ("cyd", "rain")):
        small.answer(small.claim(who), who, label)
    with small.tx() as tx:
        predictions.replace(tx, made([1]), now=NOW)
        models.promote(tx, register(tx), now=NOW)
        assert [labels for labels, _ in status.audit_outcomes(tx)] == [("rain",)]


def test_confidence_of_all_that_the_audit_lane_can_draw(empty):
    empty.save({"a": "one", "b": "two", "c": "three", "d": "four"}, audit_share=1.0)
    empty.save({"e": "five"})
    empty.save([FetchedDocument("f", "six", label="sun")], audit_share=1.0)
    empty.queue("b", lane="audit")
    empty.answer(empty.claim("ada"), "ada", "sun")
    empty.queue("c", lane="audit")
    empty.answer(empty.claim("ada"), "ada", action="flag")
    stored = made([1, 2, 3, 4, 5, 6])
    with empty.tx() as tx:
        predictions.replace(tx, stored, now=NOW)
        assert status.auditable_confidence(tx, 4) == [0] * 4  # no champion yet
        models.promote(tx, register(tx), now=NOW)
        (audited,) = status.audited(tx)
        # Not c, which is flagged, nor e of the other side, nor f, whose label came with its file.
        steps = np.minimum((stored.confidence[[0, 1, 3]] * 4).astype(int), 3)
        assert status.auditable_confidence(tx, 4) == np.bincount(steps, minlength=4).tolist()
    assert audited.confidence == pytest.approx(stored.confidence[1])


def test_frame_of_an_empty_store_has_empty_arrays(empty):
    with empty.tx() as tx:
        frame = pool.frame(tx)
    assert frame.document_ids.shape == frame.selectable.shape == (0,)
    assert frame.document_ids.dtype == np.int64


def test_frame_tells_what_may_be_asked(empty):
    empty.save({"a": "one", "b": "two"}, audit_share=1.0)
    empty.save({"c": "three", "d": "one", "e": "five"})
    empty.queue("b", "c")
    empty.answer(empty.claim("ada"), "ada", "sun")
    with empty.tx() as tx:
        frame = pool.frame(tx)
    assert frame.document_ids.tolist() == [1, 2, 3, 5]
    assert frame.audit.tolist() == [True, True, False, False]
    assert frame.answered.tolist() == [False, True, False, False]
    assert frame.queued.tolist() == [False, False, True, False]
    assert frame.selectable.tolist() == [True, False, False, True]


def test_answer_on_a_duplicate_answers_its_group(empty):
    empty.save({"a": "same"})
    empty.save([FetchedDocument("b", "same", label="sun")])
    with empty.tx() as tx:
        assert pool.frame(tx).answered.tolist() == [True]


@pytest.mark.parametrize("what", ["documents", "labels", "verdicts"])
def test_export_of_nothing_has_its_columns(empty, what):
    with empty.tx() as tx:
        (batch,) = export.batches(tx, what)
        assert batch.schema.names == export.table(tx, what).schema.names
        assert batch.num_rows == 0


def test_exported_labels_say_how_they_came_about(small):
    small.queue("a", suggestions={1: ("sun", 0.75)}, model_id="m0001")
    small.answer(small.claim("ada"), "ada", "sun")
    small.save([FetchedDocument("x", "imported", label="rain")])
    with small.tx() as tx:
        asked, imported = export.table(tx, "labels").to_pylist()
        rows = [row for batch in export.batches(tx, "verdicts") for row in batch.to_pylist()]
        texts = export.table(tx, "documents")["text"].to_pylist()
    assert asked["text"] == "This is the text of a."
    assert (asked["labels"], asked["action"], asked["annotator"]) == ('["sun"]', "accept", "ada")
    assert (asked["lane"], asked["propensity"], asked["score"]) == ("uncertain", 0.5, 1.0)
    assert (asked["model_id"], asked["suggestion"], asked["confidence"]) == ("m0001", "sun", 0.75)
    assert (asked["suggestion_shown"], imported["suggestion_shown"]) == (True, False)
    assert (imported["annotator"], imported["lane"], imported["propensity"]) == ("import", None, None)
    assert [row["annotator"] for row in rows] == ["ada", "import"]
    assert len(texts) == 5


def test_exported_verdicts_keep_what_was_undone(small, item_of):
    small.answer(item_of("a"), "ada", "sun", verdict_id="v1")
    small.undo("ada", "u1")
    with small.tx() as tx:
        rows = export.table(tx, "verdicts").to_pylist()
        assert export.table(tx, "labels").num_rows == 0
    assert [(row["verdict_id"], row["action"], row["undoes"]) for row in rows] == [
        ("v1", "label", None),
        ("u1", "undo", "v1"),
    ]
