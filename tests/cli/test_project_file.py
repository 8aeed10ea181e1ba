"""A project file that cannot be used ends in one line: file, field, value, remedy; status 2."""

from __future__ import annotations

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
        (GOOD + "[qeury]\nbatch_size = 3\n", ["qeury", "not a setting"]),
        (GOOD + "[query]\nbatchsize = 3\n", ["query.batchsize", "not a setting"]),
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
