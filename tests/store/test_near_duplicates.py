"""Near-duplicates: bands, candidates, links."""

from __future__ import annotations

import numpy as np

from labelloop.store import documents, near_duplicates, queue

from .conftest import NOW


def roots(small, *numbers):
    with small.tx() as tx:
        return documents.groups(tx, numbers).root.tolist()


def link(small, *pairs):
    with small.tx() as tx:
        return near_duplicates.link(tx, np.array(pairs, np.int64))


def save_bands(small, bands):
    with small.tx() as tx:
        near_duplicates.save_bands(tx, list(bands), np.array(list(bands.values()), np.uint64))


def candidates(small, *numbers, per_band=5):
    with small.tx() as tx:
        return near_duplicates.candidates(tx, numbers, per_band).tolist()


def test_documents_without_bands_are_listed_until_they_have_some(small):
    with small.tx() as tx:
        assert near_duplicates.without_bands(tx, 2)[0] == [1, 2]
    save_bands(small, {1: [7, 8], 2: [7, 9]})
    with small.tx() as tx:
        numbers, texts = near_duplicates.without_bands(tx)
    assert (numbers, texts) == ([3, 4], ["This is the text of c.", "This is the text of d."])


def test_candidates_share_a_band_of_the_same_column(small):
    save_bands(small, {1: [7, 8], 2: [7, 9], 3: [8, 7], 4: [2**64 - 1, 9]})
    assert candidates(small, 1, 2, 3, 4) == [[1, 2], [2, 4]]
    assert candidates(small, 4) == [[2, 4]]
    assert candidates(small, 3) == []


def test_crowded_band_is_compared_with_its_earliest_only(empty):
    empty.save({str(number): f"text {number}" for number in range(30)})
    save_bands(empty, {number: [5] for number in range(1, 31)})
    pairs = candidates(empty, *range(1, 31), per_band=2)
    assert len(pairs) == 29 + 28
    assert {earlier for earlier, _ in pairs} == {1, 2}


def test_links_form_groups_with_the_earliest_as_root(small):
    assert link(small, (2, 3), (3, 4)) == 2
    assert roots(small, 1, 2, 3, 4) == [1, 2, 2, 2]
    assert link(small, (1, 4)) == 1  # the whole group follows
    assert roots(small, 1, 2, 3, 4) == [1, 1, 1, 1]
    assert link(small) == 0


def test_known_duplicates_are_no_candidates(small):
    save_bands(small, {1: [7], 2: [7], 3: [7]})
    link(small, (1, 2))
    assert candidates(small, 3) == [[1, 3]]


def test_link_carries_side_and_empties_the_queue(empty):
    empty.save({"a": "first"}, audit_share=1.0)
    empty.save({"b": "second", "c": "third"})
    empty.queue("b", "c")
    empty.claim("ada")  # b: somebody looks at it, let them finish
    link(empty, (1, 2), (1, 3))
    with empty.tx() as tx:
        assert documents.groups(tx, [1, 2, 3]).audit.all()
        assert queue.counts(tx, now=NOW) == {"open": 0, "leased": 1, "done": 0, "withdrawn": 1}


def test_revised_root_frees_its_group_to_be_compared_anew(small):
    save_bands(small, {1: [7], 2: [7], 3: [7], 4: [1]})
    link(small, (1, 2), (1, 3))
    small.save({"a": "Something else entirely"})
    assert roots(small, 1, 2, 3) == [1, 2, 3]
    with small.tx() as tx:
        assert near_duplicates.without_bands(tx)[0] == [1, 2, 3]
        assert tx.rows("SELECT DISTINCT document_id FROM near_duplicate_bands") == [(4,)]


def test_bands_are_replaced(small):
    save_bands(small, {1: [7], 2: [7]})
    save_bands(small, {2: [8]})
    assert candidates(small, 1, 2) == []
