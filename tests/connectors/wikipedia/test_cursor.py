from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.wikipedia.cursor import Known

IDS = st.integers(min_value=1, max_value=2**40)
REVISIONS = st.integers(min_value=1, max_value=2**50)


@given(st.dictionaries(IDS, st.tuples(REVISIONS, st.booleans()), max_size=60))
def test_what_was_read_is_known_again(read):
    known = Known("here")
    for page, (revision, text) in read.items():
        known.remember(page, revision, text=text)
    again = Known.from_cursor(json.loads(json.dumps(known.cursor())), "here")
    assert again.revisions == known.revisions
    for page, (revision, text) in read.items():
        assert again.is_current(page, revision)
        assert not again.is_current(page, revision + 1)
        assert again.has_text(page) is text
    assert not again.is_current(2**41, 0)  # never read, and listed without a revision


def test_a_later_run_does_not_change_a_saved_cursor():
    known = Known("here")
    known.remember(1, 5, text=True)
    saved = known.cursor()
    known.remember(2, 6, text=True)
    assert Known.from_cursor(saved, "here").revisions == {1: 5}


def test_a_cursor_of_the_first_version_is_read():
    old = {"pages": {"12": 345, "13": 346}}
    assert Known.from_cursor(old, "here").revisions == {12: 345, 13: 346}
    assert Known.from_cursor({"version": 1, **old}, "here").revisions == {12: 345, 13: 346}


@pytest.mark.parametrize(
    "cursor",
    [
        None,
        {},
        {"version": 3, "scope": "here", "pages": {"new": "shape"}},
        {"version": 2, "scope": "here", "pages": "not packed"},
        {"version": 2, "scope": "here", "pages": ["1"]},
        {"version": 2, "scope": "here"},
        {"version": 1, "pages": {"x": "y"}},
        {"version": 1, "pages": {"1": None}},
        {"file": "of another connector"},
    ],
)
def test_a_cursor_that_cannot_be_read_starts_anew(cursor):
    assert Known.from_cursor(cursor, "here").revisions == {}


def test_a_damaged_cursor_starts_anew_and_never_knows_wrongly():
    known = Known("here", {number: number * 7 for number in range(1, 50)})
    cursor = known.cursor()
    rng = random.Random(0)
    for _ in range(200):
        place = rng.randrange(len(cursor["pages"]))
        damaged = cursor["pages"][:place] + rng.choice("0aZ{") + cursor["pages"][place + 1 :]
        got = Known.from_cursor({**cursor, "pages": damaged}, "here").revisions
        assert got in ({}, known.revisions)


def test_another_wiki_or_unit_knows_nothing():
    assert Known.from_cursor(Known("here", {1: 2}).cursor(), "there").revisions == {}


def test_fifty_thousand_pages_pack_to_a_third_of_plain_json():
    rng = random.Random(0)
    revisions = {
        page: rng.randrange(9 * 10**8, 13 * 10**8) for page in rng.sample(range(8 * 10**7), 50_000)
    }
    packed = json.dumps(Known("here", revisions).cursor())
    assert len(packed) < len(json.dumps(revisions)) / 3
