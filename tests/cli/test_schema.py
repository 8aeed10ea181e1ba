"""The labels changed from the command line: looked at first, done on a word, refused in one line."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from labelloop.label_changes import Change, parts_of
from labelloop.label_rules import AnsweredText, Rule, read_rule
from labelloop.project_file import with_labels

from .conftest import Call


def labels(project: Path) -> list[str]:
    return list(tomllib.loads((project / "labelloop.toml").read_text())["labels"])


def test_preview_changes_nothing_and_yes_does_it(labelloop: Call, project: Path) -> None:
    seen = labelloop("schema", "rename", "sport", "games", "--preview", "--project", project)
    assert seen.status == 0
    assert "'sport' renamed to 'games'; the labels are then: games, money" in seen.out
    assert labels(project) == ["sport", "money"]
    unsaid = labelloop("schema", "rename", "sport", "games", "--project", project)
    assert "Add --yes" in unsaid.out
    assert unsaid.status == 1
    assert labels(project) == ["sport", "money"]
    done = labelloop("schema", "rename", "sport", "games", "--yes", "--by", "ada", "--project", project)
    assert done.status == 0
    assert labels(project) == ["games", "money"]
    shown = json.loads(labelloop("schema", "history", "--json", "--project", project).out)
    assert [(one["version"], one["by"]) for one in shown] == [(1, None), (2, "ada")]
    assert shown[1]["rule"]["kind"] == "rename"


def test_add_split_merge_and_remove(labelloop: Call, project: Path) -> None:
    at = ("--yes", "--project", project)
    labelloop("schema", "add", "weather", "-d", "Rain and sun", *at)
    labelloop(
        "schema", "split", "money", "--into", "bank: Credit", "--into", "tax",
        "--rule", "bank=loan, interest*", "--rule", "tax:title=tax", *at,
    )  # fmt: skip
    assert labels(project) == ["sport", "bank", "tax", "weather"]
    labelloop("schema", "merge", "bank", "tax", "--into", "finance", *at)
    labelloop("schema", "remove", "sport", *at)
    assert labels(project) == ["finance", "weather"]
    shown = json.loads(labelloop("schema", "show", "--json", "--project", project).out)
    assert shown["version"] == 5
    assert shown["labels"][1] == {"label": "weather", "description": "Rain and sun", "answers": 0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rename", "nope", "x"), "no label 'nope'"),
        (("rename", "sport", "Money"), "differ only in case"),
        (("merge", "sport", "--into", "x"), "alone is no merge"),
        (("split", "sport", "--into", "x"), "one part is no split"),
        (("split", "sport", "--into", "x", "--into", "y", "--rule", "z=word"), "is no rule"),
        (("split", "sport", "--into", "x", "--into", "y", "--rule", "x=,*"), "is no rule"),
        (("split", "sport", "--into", "x", "--into", "y", "--rule", "x:nose=a"), "is no rule"),
        (("remove", "sport"), "only 'money' would be left"),
        (("accept", "7"), "no proposal 7"),
        (("decline", "7", "--reason", " "), "a reason is needed"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    labelloop: Call, project: Path, words: tuple[str, ...], said: str
) -> None:
    ended = labelloop(
        "schema", *words, "--project", project, *(["--yes"] * (words[0] not in ("accept", "decline")))
    )
    assert ended.status == 2
    assert said in ended.line
    assert labels(project) == ["sport", "money"]


def about(text: str, **more: object) -> AnsweredText:
    return AnsweredText(text, **({"title": None, "source": "s", "url": None, "metadata": {}} | more))  # type: ignore[arg-type]


def test_rules_look_for_whole_words_unless_a_star_says_otherwise() -> None:
    rules = (read_rule("a=heat pump, photovolt*", "ab"), read_rule("b:metadata.kind=x.y", "ab"))
    change = Change("split", ("old",), ("a", "b"), rules=rules)
    assert parts_of(change, about("A Heat\n Pump.")) == ("a",)
    assert parts_of(change, about("heat pumps")) == ()
    assert parts_of(change, about("PHOTOVOLTAICS")) == ("a",)
    assert parts_of(change, about("nothing", title="A heat pump")) == ("a",)
    assert parts_of(change, about("heat pump", metadata={"kind": ["x.y", "z"]})) == ("a", "b")
    assert parts_of(change, about("no", metadata={"kind": "xzy"})) == ()


def test_rule_that_would_hang_as_a_pattern_is_only_words() -> None:
    change = Change("split", ("old",), ("a", "b"), rules=(Rule("a", ("(a+)+$",)),))
    assert parts_of(change, about("a" * 100_000 + "!")) == ()
    assert parts_of(change, about("see (a+)+$ there")) == ("a",)


FILE = '''\
# a project
name = "x"       # its name
[labels]         # order = key

# the sun
"sun shine" = "S"    # bright
wind = """
long"""
# the rest
rain = ''

[query]          # more
seed = 1
'''


def test_project_file_keeps_its_comments() -> None:
    made = with_labels(
        FILE, {"solar": "S", "wind": "long", "rain": "", "snow": 'a "b"'}, {"sun shine": "solar"}
    )
    assert made == FILE.replace('"sun shine" =', "solar =").replace(
        "rain = ''\n", 'rain = \'\'\nsnow = "a \\"b\\""\n'
    )
    fewer = with_labels(FILE, {"rain": "wet", "wind": "long"})
    assert [line for line in FILE.splitlines() if line.startswith("#")] == sorted(
        (line for line in fewer.splitlines() if line.startswith("#")), key=FILE.index
    )
    assert tomllib.loads(fewer)["labels"] == {"rain": "wet", "wind": "long"}


def test_project_file_with_a_plain_list_of_labels() -> None:
    assert with_labels('labels = [ "a",\n "b" ]\n[query]\n', {"a": "", "c": ""}) == (
        'labels = ["a", "c"]\n[query]\n'
    )
