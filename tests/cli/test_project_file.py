"""A project file that cannot be used ends in one line: file, field, value, remedy; status 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

GOOD = 'name = "x"\n[labels]\na = "one"\nb = "two"\n'


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("name = ", ["labelloop.toml", "not TOML"]),
        (GOOD + "[qeury]\nbatch_size = 3\n", ["qeury", "not a setting: did you mean query?"]),
        (
            GOOD + "[query]\nbatchsize = 3\n",
            ["query.batchsize", "not a setting: did you mean query.batch_size?"],
        ),
        (GOOD + "[query]\nafter_verdicts = 3\n", ["query.after_verdicts", "belongs under [training]"]),
        ("max_label = 3\n" + GOOD, ["max_label", "did you mean budget.max_labels?"]),
        (GOOD + "[query]\nzzz = 3\n", ["query.zzz is not a setting"]),
        (GOOD + '[annotators]\nconsensus = "vote"\n', ["annotators.consensus", "'vote'", "majority"]),
        ('name = "x"\n[labels]\na = "one"\n', ["labels", "1 label", "at least two"]),
        ('name = "x"\nlabels = ["a", "b", "a"]\n', ["labels", "'a'", "twice"]),
        ('name = "x"\n[labels]\na = ""\na = ""\n', ["labelloop.toml", "not TOML"]),
        ('name = "x"\n[labels]\nSun = ""\nsun = ""\n', ["'Sun'", "'sun'", "differ only in case"]),
        (GOOD + '[query]\nstrategy = "magic"\n', ["query.strategy", "'magic'", "cluster_margin"]),
        (GOOD + "[query]\naudit_share = 1.5\n", ["query.audit_share", "1.5"]),
        (GOOD + "[query]\naudit_share = 0.6\nrandom_share = 0.6\n", ["1.4", "more than 1"]),
        (GOOD + "[query]\nbatch_size = 0\n", ["query.batch_size", "0"]),
        ('store = "sqlite:///x"\n' + GOOD, ["store", "sqlite:///x", "duckdb:///"]),
        ("[labels]\na = ''\nb = ''\n", ["name", "missing"]),
        (GOOD + '[sources]\nname = "x"\n', ["sources are several", "[[sources]]"]),
        (GOOD + "[budget]\nseconds_per_label_cost = inf\n", ["seconds_per_label_cost", "finite", "inf"]),
        (GOOD + '[[sources]]\nconnector = "files"\n', ["sources.0.name", "missing"]),
        (
            GOOD + '[[sources]]\nname = "s"\nconnector = "files"\n' * 2,
            ["two sources", "'s'"],
        ),
    ],
)
def test_one_line_names_the_field(
    labelloop: Call, tmp_path: Path, written: str, named: list[str]
) -> None:
    (tmp_path / "labelloop.toml").write_text(written)
    ended = labelloop("status", "--project", tmp_path)
    assert ended.status == 2
    for word in named:
        assert word in ended.line


def test_missing_project_file_names_the_remedy(labelloop: Call, tmp_path: Path) -> None:
    ended = labelloop("status", "--project", tmp_path)
    assert ended.status == 2
    assert "does not exist" in ended.line
    assert "labelloop init" in ended.line


def test_project_file_that_is_not_text(labelloop: Call, tmp_path: Path) -> None:
    (tmp_path / "labelloop.toml").write_bytes(b"\xff\xfe\x00n")
    ended = labelloop("status", "--project", tmp_path)
    assert ended.status == 2
    assert "not UTF-8" in ended.line


def test_a_file_that_begins_with_a_byte_order_mark_is_read(labelloop: Call, tmp_path: Path) -> None:
    """As Windows' own editor saves it."""
    (tmp_path / "labelloop.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert labelloop("status", "--project", tmp_path).status == 0


@pytest.mark.parametrize("content", [b"", b"id,text\n", b"SQLite format 3\0" + bytes(4096)])
def test_another_file_in_the_place_of_the_store(labelloop: Call, project: Path, content: bytes) -> None:
    (project / "labelloop.duckdb").write_bytes(content)
    ended = labelloop("status", "--project", project)
    assert ended.status == 1
    assert "labelloop.duckdb is not a store" in ended.line
    assert (project / "labelloop.duckdb").read_bytes() == content


def test_a_store_that_is_no_store_names_the_remedy(labelloop: Call, project: Path) -> None:
    (project / "labelloop.duckdb").write_text("garbage, and much of it\n" * 500)
    ended = labelloop("status", "--project", project)
    assert ended.status == 1
    assert "labelloop.duckdb is not a store" in ended.line
    assert "move this one away" in ended.line


def test_an_unknown_connector_is_told_where_sources_are_listed(labelloop: Call, project: Path) -> None:
    path = project / "labelloop.toml"
    path.write_text(path.read_text() + '[[sources]]\nname = "odd"\nconnector = "wikipedai"\n')
    ended = labelloop("sources", "list", "--project", project)
    assert ended.status == 0
    assert "there is no connector 'wikipedai': did you mean 'wikipedia'?" in ended.out
    [fine, odd] = json.loads(labelloop("sources", "list", "--json", "--project", project).out)
    assert fine["error"] is None
    assert "no connector" in odd["error"]


def test_a_connectors_setting_that_is_misspelt_names_the_near_one(
    labelloop: Call, project: Path
) -> None:
    path = project / "labelloop.toml"
    path.write_text(path.read_text().replace('id = "id"', 'encodng = "utf-8"'))
    ended = labelloop("sources", "check", "--project", project)
    assert ended.status == 2
    assert "encodng is not a setting: did you mean encoding?" in ended.out


def test_a_file_with_nothing_but_a_header_says_what_to_do(
    labelloop: Call, project: Path, tmp_path: Path
) -> None:
    (project / "texts.csv").write_text("id,text\n")
    assert "nothing stands under the header" in labelloop("sources", "check", "-p", project).out
    sheet = tmp_path / "answers.csv"
    sheet.write_text("item_id,label\n")
    taken = labelloop("import", sheet, "--annotator", "ada", "-p", project)
    assert "a header and no rows" in taken.out
    assert "labelloop queue export" in taken.out
    sheet.write_text("text,label\n")
    assert "has a header and no rows" in labelloop("simulate", sheet).line
