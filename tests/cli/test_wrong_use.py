"""What a person meets who tries things out: lists without a word, and faults with their remedy."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.mark.parametrize(
    ("room", "said"),
    [
        ("models", "No model has been trained yet"),
        ("schema", "money"),
        ("annotators", "Nobody has answered yet"),
        ("queue", "0 questions wait"),
        ("sources", "texts"),
    ],
)
def test_a_room_alone_shows_what_is_there(labelloop: Call, project: Path, room: str, said: str) -> None:
    ended = labelloop(room, "--project", project)
    assert ended.status == 0, ended.err
    assert said in ended.out


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("models", "promote", "m0009"), "labelloop models list"),
        (("schema", "accept", "7"), "labelloop schema proposals"),
        (("annotators", "remove", "bob"), "labelloop annotators list"),
        (("schema", "rename", "sprot", "games", "--yes"), "The labels are: sport, money"),
        (("simulate", "--strategy", "magic"), "Known are random"),
    ],
)
def test_a_name_nobody_knows_comes_with_the_way_to_the_known_ones(
    labelloop: Call, project: Path, words: tuple[str, ...], remedy: str
) -> None:
    ended = labelloop(*words, "--project", project)
    assert ended.status == 2
    assert remedy in ended.line


def test_a_choice_nobody_knows_is_said_without_the_parsers_prefix(
    labelloop: Call, project: Path
) -> None:
    for words in (("export", "x.csv", "--what", "words"), ("annotators", "add", "a", "--role", "king")):
        ended = labelloop(*words, "-p", project)
        assert ended.status == 2
        assert "is not one of" in ended.err
        assert "Value error" not in ended.err


def test_a_file_is_no_project_folder(labelloop: Call, project: Path) -> None:
    ended = labelloop("status", "--project", project / "texts.csv")
    assert ended.status == 2
    assert "texts.csv is a file, not a project folder" in ended.line


def test_one_label_is_refused_with_one_prefix(labelloop: Call, tmp_path: Path) -> None:
    ended = labelloop("init", tmp_path / "new", "--label", "one")
    assert ended.status == 2
    assert ended.line.startswith("labelloop: --label: 1 label leaves no choice")


def test_without_a_terminal_the_password_comes_from_the_environment(
    labelloop: Call, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABELLOOP_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ended = labelloop("annotators", "add", "ada", "--role", "admin", "-p", project)
    assert ended.status == 2
    assert "LABELLOOP_PASSWORD" in ended.line


def test_a_label_taken_out_by_hand_is_told_by_status_and_doctor(labelloop: Call, project: Path) -> None:
    file = project / "labelloop.toml"
    file.write_text(file.read_text() + 'label = "label"\n')
    (project / "texts.csv").write_text("id,text,label\n1,The match ended in a draw,sport\n")
    assert labelloop("sources", "sync", "--project", project).status == 0
    assert told(labelloop, project)["lost_labels"] is None
    assert "  labels  " not in labelloop("status", "--project", project).out
    file.write_text(file.read_text().replace("sport =", "games =").replace("[[", 'other = ""\n[[', 1))
    for command in ("status", "doctor"):
        said = labelloop(command, "--project", project).out
        assert "1 answer gives it" in said
        assert "labelloop schema rename" in said
    lost = told(labelloop, project)["lost_labels"]
    assert lost["answers"] == {"sport": 1}
    assert "labelloop schema rename" in lost["sentence"]


def told(labelloop: Call, project: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(labelloop("status", "--json", "--project", project).out)
    return found


def test_a_turn_in_vain_is_a_failure(project: Path) -> None:
    (project / "texts.csv").unlink()
    # A process of its own: the temporary server that a turn starts lives as long as its process.
    command = "from labelloop.cli import main; main()"
    words = [sys.executable, "-c", command, "run", "--project", str(project)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("labelloop: no source could be read")
    assert ended.stderr.count("Database · ") == 1
    assert ended.stderr.count("there are no labels yet") == 1
    assert "labelloop check" not in ended.stderr + ended.stdout
