"""Sets of labels as text: there and back, and what people write in files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelloop.errors import BadInput, ProjectFileError
from labelloop.label_sets import read, read_cell, readable, written
from labelloop.settings import parse_settings

KNOWN = ("sun", "wind", "heavy rain")
LABEL = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), min_size=1)
LABELS = st.sets(LABEL.filter(lambda label: label != "[]"))


@given(LABELS)
def test_what_is_written_is_read(labels: set[str]) -> None:
    assert set(read(written(labels))) == labels


def test_the_order_does_not_matter_and_one_label_is_itself() -> None:
    assert written(["wind", "sun"]) == written(["sun", "wind"]) == "sun|wind"
    assert written(["sun"]) == "sun"
    assert written([]) == "[]"
    assert readable(()) == "none of these"


@pytest.mark.parametrize("cell, labels", [
    ("sun", ("sun",)),
    (" wind | sun ", ("wind", "sun")),
    ('["heavy rain", "sun"]', ("heavy rain", "sun")),
    ("[]", ()),
    ("None of these", ()),
    ("fog", ("fog",)),
])  # fmt: skip
def test_cells(cell: str, labels: tuple[str, ...]) -> None:
    assert read_cell(cell, KNOWN) == labels


@pytest.mark.parametrize("cell, said", [
    ("sun;wind", "separated by ';'"),
    ("sun, heavy rain", "separated by ','"),
    ("sun|wind|sun", "'sun' stands twice"),
    ("sun||wind", "empty label"),
    ("[sun, wind]", "no list of labels"),
    ("[1, 2]", "no list of labels"),
])  # fmt: skip
def test_cells_that_are_no_sets(cell: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read_cell(cell, KNOWN)


def test_fine_tuning_by_force_is_refused() -> None:
    asked = {"name": "x", "labels": ["a", "b"], "training": {"fine_tune": "always"}}
    assert parse_settings(asked, "f").training.fine_tune == "always"
    with pytest.raises(ProjectFileError, match="the head alone is trained"):
        parse_settings(asked | {"multi_label": True}, "f")
    own = {"name": "x", "labels": ["a", "b"], "training": {"head": "module:factory"}}
    with pytest.raises(ProjectFileError, match=r"training\.head cannot be had"):
        parse_settings(own | {"multi_label": True}, "f")


@pytest.mark.parametrize("label", ["a|b", "[a]", "None of these"])
def test_labels_that_sets_cannot_hold(label: str) -> None:
    written_so = {"name": "x", "labels": {label: "", "other": ""}}
    assert not parse_settings(written_so, "f").multi_label
    with pytest.raises(ProjectFileError, match="the label"):
        parse_settings(written_so | {"multi_label": True}, "f")
