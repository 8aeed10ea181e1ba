"""What is remembered comes back, stays small, and an odd cursor does no harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.web_search import memory as room
from connectors.web_search.memory import Known, Memory, digest, unpacked


@pytest.mark.parametrize(
    "known",
    [Known(5, "abc", etag='W/"x y"'), Known(5, "abc", last_modified="Sun, 01 Nov 2026 10:00:00 GMT"),
     Known(5, "abc"), Known(5, refused="HTTP 404"), Known(5, "abc", etag="unquoted m")],
)  # fmt: skip
def test_packing_loses_nothing(known: Known) -> None:
    assert unpacked(known.packed()) == known


def test_a_monstrous_etag_is_forgotten() -> None:
    assert unpacked(Known(5, "abc", etag="x" * 5000).packed()) == Known(5, "abc")


def memory(cursor: Any = None, key: str = "k", minutes: int = 1000) -> Memory:
    return Memory(cursor, key=key, minutes=minutes)


def test_pages_are_known_in_the_next_run() -> None:
    first = memory()
    first.note("https://a.example/", Known(1000, "abc"))
    second = memory(json.loads(json.dumps(first.cursor(finished=True))))
    assert second.known("https://a.example/") == Known(1000, "abc")
    assert second.known("https://b.example/") is None


def test_an_unfinished_round_is_gone_on_with() -> None:
    first = memory()
    first.done |= {0, 2}
    cursor = first.cursor(finished=False)
    assert memory(cursor, minutes=1010).done == {0, 2}
    assert memory(cursor, key="other settings").done == set()
    assert memory(cursor, minutes=1000 + room.ROUND_MINUTES + 1).done == set()
    assert memory(first.cursor(finished=True)).done == set()


@pytest.mark.parametrize(
    "cursor",
    [{}, {"version": 0, "pages": {"x": "y"}}, {"version": 99, "pages": {}}, {"version": 1, "pages": []},
     {"version": 1, "pages": {"x": 7}, "round": "?"}, {"version": 1, "round": {"key": "k"}},
     {"version": 1, "round": {"key": "k", "started": 1000, "done": ["a", 1]}}],
)  # fmt: skip
def test_a_cursor_of_another_version_or_shape_counts_as_none(cursor: Any) -> None:
    found = memory(cursor)
    assert len(found) == 0 and found.done <= {1}


@given(st.text())
def test_an_edited_entry_is_read_again_or_taken(text: str) -> None:
    url = "https://a.example/"
    found = memory({"version": 1, "pages": {digest(url): text}}).known(url)
    assert found is None or isinstance(found, Known)


def test_the_longest_unread_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PAGES_KEPT", 100)
    found = memory()
    for number in range(500):
        found.note(f"https://a.example/{number}", Known(number, "abc"))
        found.note("https://a.example/0", Known(number, "abc"))
    assert 100 <= len(found) <= 110
    assert found.known("https://a.example/0") and found.known("https://a.example/499")
    assert not found.known("https://a.example/200")


def test_a_cursor_that_was_given_out_does_not_change() -> None:
    found = memory()
    before = found.cursor(finished=False)
    found.note("https://a.example/", Known(1, "abc"))
    assert before["pages"] == {}
