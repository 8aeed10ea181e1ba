from datetime import datetime

from labelloop.learning.consensus import consensus, trainable
from labelloop.records import Answer

NOON = datetime(2026, 1, 1, 12)


def _answers(*given):
    """(document, label, lane) triples, each by another annotator; None is a skip."""
    return [
        Answer(document, f"person {i}", () if label is None else (label,), lane, False, NOON)
        for i, (document, label, lane) in enumerate(given)
    ]


def _consensus(*given, root=None, reserved=()):
    hashes = {document: f"hash {document}" for document, *_ in given}
    return consensus(_answers(*given), content_hash=hashes, root=root or {}, reserved=reserved)


def test_the_majority_wins_and_the_disagreement_is_listed():
    found = _consensus((1, "a", "uncertain"), (1, "b", "uncertain"), (1, "a", "random"))
    (label,) = found.labels
    assert (label.labels, label.answers, label.content_hash) == (("a",), 3, "hash 1")
    assert label.agreement == 2 / 3
    assert [(d.document_id, d.disputed) for d in found.disagreements] == [(1, False)]


def test_a_tie_is_disputed_and_has_no_label():
    found = _consensus((1, "a", "uncertain"), (1, "b", "uncertain"))
    assert found.labels == ()
    assert [(d.document_id, d.agreement, d.disputed) for d in found.disagreements] == [(1, 0.5, True)]


def test_one_answer_or_unanimous_ones_are_no_disagreement():
    found = _consensus((1, "a", "uncertain"), (2, "b", "uncertain"), (2, "b", "uncertain"))
    assert [label.document_id for label in found.labels] == [1, 2]
    assert found.disagreements == ()


def test_a_skip_does_not_count():
    found = _consensus((1, None, "uncertain"), (1, "a", "uncertain"), (2, None, "uncertain"))
    assert [(label.document_id, label.answers) for label in found.labels] == [(1, 1)]


def test_the_most_disputed_come_first():
    found = _consensus(
        (1, "a", None), (1, "a", None), (1, "b", None),
        (2, "a", None), (2, "b", None),
        (3, "a", None), (3, "b", None), (3, "c", None), (3, "c", None), (3, "d", None),
    )  # fmt: skip
    assert [d.document_id for d in found.disagreements] == [2, 3, 1]


def test_audit_answers_and_reserved_documents_are_never_trained_on():
    found = _consensus((1, "a", "audit"), (2, "a", "uncertain"), (3, "a", None), reserved={3})
    assert [label.document_id for label in found.audit] == [1, 3]
    assert [label.document_id for label in found.training] == [2]


def test_near_duplicates_of_an_audit_document_are_kept_out_of_training_and_out_of_the_audit():
    found = _consensus(
        (1, "a", "audit"), (2, "a", "uncertain"), (3, "a", "uncertain"), root={1: 1, 2: 1, 3: 3}
    )
    assert [label.document_id for label in found.audit] == [1]
    assert [label.document_id for label in found.training] == [3]
    assert trainable(found.labels) == found.training
    assert [label.group for label in found.labels] == [1, 1, 3]


def test_the_order_of_the_answers_does_not_matter():
    given = [(1, "a", None), (1, "b", None), (1, "b", None), (2, "a", None)]
    assert _consensus(*given) == _consensus(*given[::-1])


def test_several_labels_are_one_answer_whatever_their_order():
    answers = [
        Answer(1, "ann", ("a", "b"), None, False, NOON),
        Answer(1, "bob", ("b", "a"), None, False, NOON),
    ]
    found = consensus(answers, content_hash={1: "h"}, root={}, reserved=())
    assert found.labels[0].labels == ("a", "b")
    assert found.labels[0].agreement == 1


def test_an_adjudicators_word_wins_over_any_majority_until_they_say_otherwise():
    def said(who, label, settles=False, at=NOON):
        return Answer(1, who, (label,), "uncertain", False, at, settles)

    answers = [said("ada", "a"), said("bob", "a"), said("cy", "a"), said("judge", "b", settles=True)]
    found = consensus(answers, content_hash={1: "h"}, root={}, reserved=())
    assert (found.labels[0].labels, found.labels[0].agreement) == (("b",), 1.0)
    assert found.disagreements == ()
    later = said("another judge", "c", settles=True, at=NOON.replace(hour=13))
    found = consensus([*answers, later], content_hash={1: "h"}, root={}, reserved=())
    assert found.labels[0].labels == ("c",)


def test_near_duplicates_that_contradict_each_other_train_nobody_until_one_label_leads():
    torn = _consensus((1, "a", None), (2, "b", None), (3, "a", None), root={2: 1})
    assert [label.document_id for label in torn.training] == [3]
    assert [(d.document_id, d.disputed) for d in torn.disagreements] == [(1, True)]
    led = _consensus((1, "a", None), (1, "a", None), (2, "b", None), root={2: 1})
    assert [(label.document_id, label.labels) for label in led.training] == [(1, ("a",))]
    assert [d.document_id for d in led.disagreements] == [1]
    decided = _consensus((1, "a", None), (1, "a", None), (1, "a", None), (2, "b", None), root={2: 1})
    assert decided.disagreements == ()


def test_contradictions_of_the_audits_documents_change_nothing_there():
    found = _consensus((1, "a", "audit"), (2, "b", None), root={2: 1})
    assert [label.labels for label in found.audit] == [("a",)]
    assert found.disagreements == ()
