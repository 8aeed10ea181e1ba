"""What a label may be called: the project file and changes of labels follow one rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labelloop.errors import BadInput, ProjectFileError
from labelloop.label_changes import Change, changed
from labelloop.label_names import check_name, former
from labelloop.settings import parse_settings

WRONG = [
    ("", "is empty or has spaces around it"),
    (" sun", "is empty or has spaces around it"),
    ("s" * 101, "is longer than 100 characters"),
    ("su\x1bn", "has characters that cannot be shown"),
    ("su\ufffdn", "has characters that cannot be shown"),
    ("sun (former)", "cannot be told from one that is no more. Choose a name without '(former)'"),
]


def of_file(*labels: str, multi_label: bool = False) -> None:
    parse_settings({"name": "p", "labels": list(labels), "multi_label": multi_label}, "labelloop.toml")


def added(name: str) -> None:
    changed({"wind": "", "rain": ""}, Change("add", new=(name,)))


@pytest.mark.parametrize("rule", [check_name, added, lambda name: of_file("wind", name)])
@pytest.mark.parametrize(("name", "said"), WRONG)
def test_a_name_that_cannot_be_is_refused_everywhere(
    rule: Callable[[str], None], name: str, said: str
) -> None:
    with pytest.raises((BadInput, ProjectFileError)) as refused:
        rule(name)
    assert said in str(refused.value)


def test_the_file_says_where_the_name_stands() -> None:
    with pytest.raises(ProjectFileError, match=r"^labelloop\.toml: labels: the label 'x \(former\)'"):
        of_file("wind", "x (former)")


def test_what_a_removed_label_is_called_can_be_no_label() -> None:
    with pytest.raises(BadInput):
        check_name(former("sun"))


@pytest.mark.parametrize("name", ["sun|wind", "[sun]", "None of these"])
def test_names_that_read_as_sets_are_for_files_of_one_label_each(name: str) -> None:
    of_file("wind", name)
    for refuse in (added, lambda name: of_file("wind", name, multi_label=True)):
        with pytest.raises((BadInput, ProjectFileError), match="would be read as several labels"):
            refuse(name)


def test_names_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(ProjectFileError, match="'wind' and 'Wind' differ only in case"):
        of_file("wind", "rain", "Wind")


def test_names_that_look_the_same_are_refused() -> None:
    composed, apart = "caf\u00e9", "cafe\u0301"
    with pytest.raises(ProjectFileError, match=r"nobody sees \('caf\\xe9', 'cafe\\u0301'\)"):
        of_file(composed, "rain", apart)


def test_one_label_is_no_choice() -> None:
    with pytest.raises(ProjectFileError, match="1 label leaves no choice: name at least two"):
        of_file("wind")
