"""Sources that are listed whole each time: what is new, changed, unchanged, doubled."""

import json
from dataclasses import replace

import pytest

from connectors.identity import ContentIds, content_id
from connectors.incremental import new_or_changed
from labelloop.errors import SourceUnavailable
from labelloop.records import FetchedDocument, Rejected

DOCUMENTS = [FetchedDocument(str(number), f"text {number}") for number in range(5)]


def ids(batches):
    return [document.external_id for batch in batches for document in batch.documents]


def thawed(batch):
    return json.loads(json.dumps(batch.cursor))


def test_new_changed_and_unchanged():
    first = list(new_or_changed(DOCUMENTS, None, 2))
    assert [len(batch.documents) for batch in first] == [2, 2, 1]
    changed = [DOCUMENTS[0], replace(DOCUMENTS[1], title="new"), FetchedDocument("9", "x")]
    second = list(new_or_changed(changed, thawed(first[-1]), 2))
    assert ids(second) == ["1", "9"]
    assert sum(batch.unchanged for batch in second) == 1


def test_what_is_offered_no_more_leaves_the_cursor_at_the_end_of_a_run_only():
    last = list(new_or_changed(DOCUMENTS, None))[-1]
    batches = list(
        new_or_changed([FetchedDocument("a", "1"), FetchedDocument("b", "2")], thawed(last), 1)
    )
    assert set(batches[0].cursor["seen"]) == {"0", "1", "2", "3", "4", "a"}
    assert set(batches[-1].cursor["seen"]) == {"a", "b"}


def test_a_second_document_with_the_same_id_is_rejected():
    [batch] = new_or_changed([DOCUMENTS[0], replace(DOCUMENTS[0], text="other")], None)
    assert ids([batch]) == ["0"]
    assert [(r.place, r.reason, r.excerpt) for r in batch.rejected] == [
        ("0", "id stands there twice", "other")
    ]


def test_rejects_are_handed_on_in_batches():
    batches = list(new_or_changed([Rejected(str(n), "bad") for n in range(5)], None, 2))
    assert [len(batch.rejected) for batch in batches] == [2, 2, 1]


def test_what_came_before_a_fault_is_kept():
    def source():
        yield from DOCUMENTS[:3]
        raise SourceUnavailable("cut off")

    got = []
    with pytest.raises(SourceUnavailable):
        for batch in new_or_changed(source(), None, 2):
            got.append(batch)  # noqa: PERF402
    assert ids(got) == ["0", "1", "2"]
    assert ids(new_or_changed(DOCUMENTS, thawed(got[-1]))) == ["3", "4"]


def test_the_source_is_read_no_further_than_asked():
    taken = []
    source = (taken.append(document) or document for document in DOCUMENTS)
    next(new_or_changed(source, None, 2))
    assert len(taken) == 2


def test_content_ids_do_not_depend_on_the_order():
    def names(texts):
        given = ContentIds()
        return {given.name(text) for text in texts}

    texts = ["a", "b", "a", "a"]
    assert names(texts) == names(reversed(texts)) and len(names(texts)) == 4
    assert content_id("a") == "40f89e395b66422f"  # it may never change: it names stored documents
