"""Taking documents in: new, changed, unchanged, duplicates, labels, quarantine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelloop.errors import UnknownName
from labelloop.records import BatchCounts, FetchedDocument, Rejected
from labelloop.store import documents, quarantine, sources, verdicts
from labelloop.store.text_identity import content_hash, normalised, side_of, storable

LATER = datetime(2026, 3, 2)


def test_batch_is_told_apart_by_id_and_content(empty):
    assert empty.save({"a": "One text", "b": "Another"}) == BatchCounts(new=2)
    assert empty.save({"a": "One  text\n", "b": "Another, revised", "c": "Third"}) == BatchCounts(
        new=1, changed=1, unchanged=1
    )
    with empty.tx() as tx:
        ids = empty_ids = dict(tx.rows("SELECT external_id, document_id FROM documents"))
        assert documents.texts(tx, list(ids.values())) == {
            ids["a"]: "One text",
            ids["b"]: "Another, revised",
            ids["c"]: "Third",
        }
        revisions = tx.rows(
            "SELECT revision, text FROM revisions WHERE document_id = $id ORDER BY revision",
            {"id": empty_ids["b"]},
        )
    assert revisions == [(1, "Another"), (2, "Another, revised")]


def test_text_that_returns_to_what_it_was_is_a_change_without_a_third_revision(empty):
    for text in ("first", "second", "first"):
        counts = empty.save({"a": text})
    assert counts.changed == 1
    with empty.tx() as tx:
        assert tx.value("SELECT count(*) FROM revisions") == 2
        assert documents.texts(tx, [1]) == {1: "first"}


def test_what_surrounds_the_text_is_kept_and_refreshed(empty):
    zoned = datetime(2026, 1, 1, 12, tzinfo=UTC).astimezone(tz=None)
    full = FetchedDocument("a", "text", "Title", "https://x", "en", zoned, "rev 7", {"rank": 1})
    empty.save([full])
    assert empty.save([FetchedDocument("a", "text", "New title", metadata={"rank": 2})]).unchanged == 1
    with empty.tx() as tx:
        row = tx.row("SELECT title, url, language, published_at, metadata FROM documents")
        assert tx.value("SELECT source_revision FROM revisions") == "rev 7"
    assert row == ("New title", None, "en", None, '{"rank": 2}')


def test_detected_language_yields_to_the_source(small):
    batch = [FetchedDocument("x", "one", language="de"), FetchedDocument("y", "two")]
    with small.tx() as tx:
        documents.save_batch(
            tx,
            source="s",
            connector="files",
            batch=documents.Batch(tuple(batch), cursor={}),
            languages=["en", "fr"],
            audit_share=0,
            seed=0,
            known_labels=(),
            now=LATER,
        )
        found = dict(tx.rows("SELECT external_id, language FROM documents WHERE source = 's'"))
    assert found == {"x": "de", "y": "fr"}


def test_exact_duplicates_point_to_the_earliest_of_any_source(empty):
    empty.save({"a": "Same text", "b": "same text", "c": " Same\u200b text "})
    assert empty.save({"x": "Same text", "y": "other"}, source="more").exact_duplicates == 1
    ids = empty.ids()
    with empty.tx() as tx:
        groups = documents.groups(tx, [ids[name] for name in "abcxy"])
    assert groups.root.tolist() == [ids["a"], ids["b"], ids["a"], ids["a"], ids["y"]]


def test_group_of_a_revised_root_finds_a_new_root(empty):
    empty.save({"a": "Same", "b": "Same", "c": "Same"})
    empty.save({"a": "No longer"})
    ids = empty.ids()
    with empty.tx() as tx:
        assert documents.groups(tx, [1, 2, 3]).root.tolist() == [ids["a"], ids["b"], ids["b"]]
    assert empty.save({"a": "Same"}).exact_duplicates == 0  # it is the earliest again
    with empty.tx() as tx:
        assert documents.groups(tx, [1, 2, 3]).root.tolist() == [1, 1, 1]


def test_duplicate_that_is_revised_stands_alone(empty):
    empty.save({"a": "Same", "b": "Same"})
    empty.save({"b": "Different"})
    with empty.tx() as tx:
        assert documents.groups(tx, [1, 2]).root.tolist() == [1, 2]


def test_side_of_a_duplicate_follows_its_root(empty):
    empty.save({"a": "Same"}, audit_share=1.0)
    empty.save({"b": "Same", "c": "Other"}, audit_share=0.0)
    with empty.tx() as tx:
        assert documents.groups(tx, [1, 2, 3]).audit.tolist() == [True, True, False]


def test_revision_takes_waiting_questions_back(small, item_of):
    item = item_of("a")
    small.save({"a": "Now it says something else."})
    with small.tx() as tx:
        row = tx.row("SELECT state, reason FROM checking_queue WHERE item_id = $i", {"i": item.item_id})
    assert row == ("withdrawn", "text changed")


def test_known_label_is_a_verdict_of_import_and_unknown_goes_to_quarantine(empty):
    labelled = [FetchedDocument("a", "one", label="sun"), FetchedDocument("b", "two", label="snow")]
    counts = empty.save(labelled)
    assert (counts.new, counts.labelled, counts.rejected) == (2, 1, 1)
    assert empty.save(labelled).labelled == 0  # said already
    assert empty.save([FetchedDocument("a", "one", label="rain")]).labelled == 1
    with empty.tx() as tx:
        (answer,) = verdicts.answers(tx)
        (row,) = quarantine.rows(tx)
    assert (answer.annotator, answer.labels, answer.lane) == ("import", ("rain",), None)
    assert (row.place, row.reason, row.excerpt) == ("b", "unknown label", "snow")


def test_label_is_said_again_about_a_revised_text(empty):
    empty.save([FetchedDocument("a", "one", label="sun")])
    assert empty.save([FetchedDocument("a", "two", label="sun")]).labelled == 1
    with empty.tx() as tx:
        assert [answer.labels for answer in verdicts.answers(tx)] == [("sun",)]
        assert verdicts.stale(tx) == []


def test_rejected_rows_are_set_aside_once(empty):
    broken = (Rejected("f.csv line 3", "no text", "x" * 900), Rejected("f.csv line 9", "no text"))
    for _ in range(2):
        assert empty.save({"a": "text"}, rejected=broken).rejected == 2
    with empty.tx() as tx:
        rows = quarantine.rows(tx, "notes")
        assert quarantine.counts(tx) == {"no text": 2}
    assert [(row.place, len(row.excerpt)) for row in rows] == [
        ("f.csv line 3", 500),
        ("f.csv line 9", 0),
    ]


def test_invisible_text_and_repeated_ids_are_set_aside(empty):
    counts = empty.save(
        [FetchedDocument("a", "\u200b \n"), FetchedDocument("b", "old"), FetchedDocument("b", "new")]
    )
    assert (counts.new, counts.rejected) == (1, 2)
    with empty.tx() as tx:
        assert documents.texts(tx, [1]) == {1: "new"}
        assert {row.reason for row in quarantine.rows(tx)} == {
            "no text",
            "the same id twice in one batch",
        }


def test_text_no_database_takes_is_made_storable(empty):
    empty.save(
        [FetchedDocument("\ud800id", "zero\x00 and \udcff half", title="\x00", metadata={"k": "\ud800"})]
    )
    with empty.tx() as tx:
        assert documents.texts(tx, [1]) == {1: "zero and ? half"}
        assert tx.value("SELECT external_id FROM documents") == "?id"


def test_cursor_and_documents_are_stored_together_or_not_at_all(empty):
    empty.save({"a": "one"}, cursor={"line": 1})
    with pytest.raises(ZeroDivisionError), empty.tx() as tx:
        documents.save_batch(
            tx,
            source="notes",
            connector="files",
            batch=documents.Batch((FetchedDocument("b", "two"),), cursor={"line": 2}),
            audit_share=0,
            seed=0,
            known_labels=(),
            now=LATER,
        )
        raise ZeroDivisionError
    with empty.tx() as tx:
        state = sources.state(tx, "notes")
    assert (state.cursor, state.documents) == ({"line": 1}, 1)
    # The run that goes on from the saved cursor brings the rest, and nothing twice.
    assert empty.save({"b": "two"}, cursor={"line": 2}).new == 1


def test_empty_batch_still_saves_its_cursor(empty):
    assert empty.save({}, cursor={"seen": [1, 2]}, unchanged=5) == BatchCounts(unchanged=5)
    with empty.tx() as tx:
        assert sources.state(tx, "notes").cursor == {"seen": [1, 2]}


def test_how_a_source_ended_is_kept_beside_its_cursor(empty):
    empty.save({"a": "one"}, cursor={"line": 1})
    with empty.tx() as tx:
        sources.record(tx, "notes", "files", "ok", counts={"new": 1}, now=LATER)
        sources.record(
            tx, "notes", "files", "partial", counts={}, error="broke", now=LATER + timedelta(days=1)
        )
        sources.record(tx, "web", "web_search", "failed", counts={}, error="no key", now=LATER)
        notes, web = sources.states(tx)
    assert (notes.cursor, notes.outcome, notes.last_success, notes.last_error) == (
        {"line": 1},
        "partial",
        LATER,
        "broke",
    )
    assert (web.documents, web.last_success, web.last_error) == (0, None, "no key")


def test_unknown_document_is_named(small):
    with small.tx() as tx, pytest.raises(UnknownName, match="document 99"):
        documents.groups(tx, [1, 99])


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    once = normalised(text)
    assert normalised(once) == once
    assert content_hash(text) == content_hash(once)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_storable_text_can_be_encoded(text):
    assert "\x00" not in storable(text)
    storable(text).encode("utf-8")


def test_hash_looks_at_what_can_be_seen():
    assert content_hash("Caf\u00e9  au\tlait") == content_hash("\ufeffCafe\u0301 au\u200b lait\n")
    assert content_hash("Solar") != content_hash("solar")
    assert len(content_hash("")) == 32


def test_sides_are_drawn_by_seed_in_the_wanted_share():
    sides = [side_of(0, "s", str(number), 0.2) for number in range(5000)]
    # 5,000 draws at .2: standard deviation .0057, so five of them are .028
    assert abs(sides.count("audit") / 5000 - 0.2) < 0.028
    assert sides == [side_of(0, "s", str(number), 0.2) for number in range(5000)]
    assert sides != [side_of(1, "s", str(number), 0.2) for number in range(5000)]
