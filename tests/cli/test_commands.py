"""Every command has a help with an example, and starting is light."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main

Call = Callable[..., Any]
AT = datetime(2026, 1, 1)


def commands() -> Iterator[tuple[str, ...]]:
    from labelloop.cli.app import app

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        for name, sub in getattr(command, "commands", {}).items():
            yield from walk(sub, (*path, name))

    yield from walk(typer.main.get_command(app), ())


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_help_has_an_example_that_names_the_command(labelloop: Call, command: tuple[str, ...]) -> None:
    ended = labelloop(*command, "--help")
    assert ended.status == 0
    assert "Example:" in ended.out
    assert " ".join(("labelloop", *command)) in " ".join(ended.out.split())


def test_every_command_stands_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for command in commands():
        if len(command) == 1:
            assert f"labelloop {command[0]}" in readme, command


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['labelloop', '--help']\n"
        "from labelloop.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'duckdb', 'prefect', 'sklearn', 'pyarrow') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, labelloop, labelloop.store, labelloop.learning, labelloop.loop, connectors\n"
        "print([m for m in ('torch', 'duckdb', 'prefect', 'sklearn', 'numpy') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_init_makes_a_project_that_loads(labelloop: Call, tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    ended = labelloop("init", folder, "--label", "spam: unwanted: really", "--label", "good news")
    assert ended.status == 0
    from labelloop.project import load_project

    project = load_project(folder)
    assert project.settings.labels == {"spam": "unwanted: really", "good news": ""}
    assert (folder / "documents").is_dir()
    again = labelloop("init", folder)
    assert again.status == 2
    assert "exists already" in again.line


@pytest.mark.parametrize(
    ("labels", "named"),
    [(["a"], "at least two"), (["a", "a"], "twice"), (["a", "A"], "differ only in case")],
)
def test_init_refuses_labels_that_make_no_project(
    labelloop: Call, tmp_path: Path, labels: list[str], named: str
) -> None:
    words = [word for label in labels for word in ("--label", label)]
    ended = labelloop("init", tmp_path / "x", *words)
    assert ended.status == 2
    assert named in ended.line
    assert not (tmp_path / "x").exists()


def test_an_unknown_connector_and_a_misspelt_setting_are_named(labelloop: Call, project: Path) -> None:
    path = project / "labelloop.toml"
    good = path.read_text()
    path.write_text(good.replace('connector = "files"', 'connector = "gopher"'))
    ended = labelloop("sources", "check", "--project", project)
    assert ended.status == 2
    assert "gopher" in ended.out
    assert "wikipedia" in ended.out
    path.write_text(good.replace('path = "texts.csv"', 'path = "texts.csv"\npaht = 1'))
    ended = labelloop("sources", "check", "--project", project)
    assert ended.status == 2
    assert "paht is not a setting" in ended.out


def test_a_source_that_is_not_there_is_named(labelloop: Call, project: Path) -> None:
    ended = labelloop("sources", "check", "wiki", "--project", project)
    assert ended.status == 2
    assert "'wiki'" in ended.line
    assert "texts" in ended.line


def test_sample_and_check_show_what_is_there(labelloop: Call, project: Path) -> None:
    (project / "texts.csv").write_text("id,text\n1,The match ended \x1b[31min a draw\n2,Second\n")
    assert "2 rows" in labelloop("sources", "check", "--project", project).out
    sample = labelloop("sources", "sample", "texts", "--project", project).out
    assert "The match ended" in sample
    assert "\x1b" not in sample


def test_a_store_of_a_newer_version_is_left_alone(labelloop: Call, project: Path) -> None:
    import duckdb

    assert labelloop("status", "--project", project).status == 0
    with duckdb.connect(str(project / "labelloop.duckdb")) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (9999, 'later', now()::TIMESTAMP)")
    ended = labelloop("status", "--project", project)
    assert ended.status == 2
    assert "newer" in ended.line


def test_a_store_that_cannot_be_written_is_named(labelloop: Call, project: Path) -> None:
    path = project / "labelloop.toml"
    path.write_text('store = "duckdb:////proc/nowhere/x.duckdb"\n' + path.read_text())
    ended = labelloop("status", "--project", project)
    assert ended.status == 2
    assert "/proc/nowhere" in ended.line


def test_simulate_wants_one_thing(labelloop: Call, project: Path, tmp_path: Path) -> None:
    assert labelloop("simulate").status == 2
    assert labelloop("simulate", tmp_path / "x.csv", "--project", project).status == 2
    ended = labelloop("simulate", tmp_path / "x.csv")
    assert ended.status == 2
    assert "x.csv" in ended.line


def test_rows_that_were_set_aside_are_shown_with_their_place(labelloop: Call, project: Path) -> None:
    from labelloop.loop.clock import now
    from labelloop.loop.workspace import open_workspace
    from labelloop.records import Rejected
    from labelloop.store import quarantine

    assert "Nothing was set aside" in labelloop("sources", "set-aside", "--project", project).out
    with open_workspace(project).store.transaction() as tx:
        quarantine.add(
            tx, "texts", [Rejected("texts.csv line 3", "too many fields", "a,\x1b[31mb,c")], now()
        )
    shown = labelloop("sources", "set-aside", "--project", project).out
    assert "texts: texts.csv line 3: too many fields" in shown
    assert "\x1b" not in shown
    assert "1 row that" in labelloop("status", "--project", project).out


def test_doubtful_labels_are_listed_with_what_the_model_says(labelloop: Call, project: Path) -> None:
    from labelloop.loop.workspace import open_workspace
    from labelloop.records import Batch, FetchedDocument
    from labelloop.store import documents, doubts, label_schema
    from labelloop.store.doubts import Doubt

    assert "No model has been trained yet" in labelloop("models", "doubtful", "--project", project).out
    workspace = open_workspace(project)
    with workspace.store.transaction() as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        documents.save_batch(
            tx, source="texts", connector="files", audit_share=0.0, seed=0, now=AT,
            batch=Batch((FetchedDocument("1", "The bank \x1b[31mraised rates", label="sport"),), {}),
            known_labels=("sport", "money"),
        )  # fmt: skip
        [(text,)] = tx.rows("SELECT content_hash FROM documents")
        doubts.replace(tx, "m0001", [Doubt(1, text, ("sport",), ("money",), 0.02, 0.97, True)])
    shown = labelloop("models", "doubtful", "--project", project).out
    assert "sport" in shown
    assert "money" in shown
    assert "2.0 %" in shown
    assert "\x1b" not in shown
