"""Several labels per document in the terminal and in files, there and back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.files import FilesConnector
from labelloop.cli.set_keys import named
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument, Pick
from labelloop.store import documents, label_schema, labelling, queue, turns

Call = Callable[..., Any]
AT = datetime(2026, 1, 1)
LABELS = ("sport", "money", "big weather")


@pytest.fixture
def asked(project: Path) -> Workspace:
    """Four documents asked, of which the first two with a suggested set."""
    path = project / "labelloop.toml"
    path.write_text(
        path.read_text()
        .replace('name = "small"', 'name = "small"\nmulti_label = true')
        .replace("[[sources]]", '"big weather" = ""\n[[sources]]')
    )
    workspace = open_workspace(project)
    with workspace.store.transaction() as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        labelling.ensure(tx, True, now=AT)
        documents.save_batch(
            tx, source="texts", connector="files", audit_share=0.0, seed=0, now=AT,
            batch=Batch(tuple(FetchedDocument(f"d{i}", f"Text number {i}") for i in range(1, 5)), {}),
            known_labels=workspace.project.label_names,
        )  # fmt: skip
        queue.add(
            tx,
            turn=turns.begin(tx, now=AT).turn,
            picks=[Pick(i, "uncertain", 1.0, 0.9) for i in range(1, 5)],
            suggestions={1: ("money|sport", 0.75), 2: ("[]", 0.6)},
            model_id="m0001",
            now=AT,
        )
    return workspace


def standing(workspace: Workspace) -> list[tuple[str, list[str]]]:
    with workspace.store.transaction() as tx:
        rows = tx.rows("SELECT action, labels FROM standing_verdicts ORDER BY document_id, sequence")
    return [(action, json.loads(labels)) for action, labels in rows]


def test_answers_typed_in_the_terminal(
    labelloop: Call, asked: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n1 3\n\n0\nu\nfog\nsport, big\nq\n"))
    ended = labelloop("check", "--project", asked.project.folder)
    assert ended.status == 0
    for shown in ("⏎  money, sport", "⏎  none of these", "0  none of these", "→ sport, big weather"):
        assert shown in ended.out
    assert "'fog' is no key" in ended.out
    assert "0 where none of them fits" in ended.out  # an empty line where nothing is suggested
    assert standing(asked) == [
        ("accept", ["money", "sport"]),
        ("correct", ["big weather", "sport"]),
        ("label", ["big weather", "sport"]),
    ]


@pytest.mark.parametrize("line, labels", [
    ("1", ("sport",)),
    ("3 1", ("sport", "big weather")),
    ("1,2", ("sport", "money")),
    ("big weather|money", ("money", "big weather")),
    ("none", ()),
    ("none of these", ()),
    ("spo", ("sport",)),
])  # fmt: skip
def test_lines(line: str, labels: tuple[str, ...]) -> None:
    assert named(line, LABELS) == labels


@pytest.mark.parametrize("line", ["4", "1 9", "o", "sport fog", "sport, fog"])
def test_lines_that_name_nothing(line: str) -> None:
    with pytest.raises(ValueError, match=r"is no key|which one"):
        named(line, LABELS)


def filled(workspace: Workspace, out: Path, cells: list[str]) -> Path:
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"label": cell} for row, cell in zip(rows, cells, strict=True))
    return out


def test_a_spreadsheet_of_sets_is_taken_once(labelloop: Call, asked: Workspace, tmp_path: Path) -> None:
    out, here = tmp_path / "open.csv", asked.project.folder
    labelloop("queue", "export", out, "--project", here)
    assert "money|sport" in out.read_text()
    filled(asked, out, ["sport|money", '["big weather"]', "none of these", ""])
    ended = labelloop("import", out, "--annotator", "ada", "--project", here)
    assert "3 answers taken; 1 row without a label yet" in ended.out
    again = labelloop("import", out, "--annotator", "ada", "--project", here)
    assert "0 answers taken; 3 were known already" in again.out
    assert standing(asked) == [
        ("accept", ["money", "sport"]),
        ("correct", ["big weather"]),
        ("label", []),
    ]


@pytest.mark.parametrize("cell, said", [
    ("sport;money", "line 3: the labels 'sport;money' are separated by ';'. Separate labels by '|'"),
    ("sport|fog", "line 3: there is no label 'fog'"),
    ("sport|sport", "line 3: the label 'sport' stands twice"),
    ("[sport]", "line 3: '[sport]' is no list of labels"),
])  # fmt: skip
def test_wrong_cells_are_named_with_their_line(
    labelloop: Call, asked: Workspace, tmp_path: Path, cell: str, said: str
) -> None:
    out = tmp_path / "open.csv"
    labelloop("queue", "export", out, "--project", asked.project.folder)
    filled(asked, out, ["sport", cell, "", ""])
    ended = labelloop("import", out, "--annotator", "ada", "--project", asked.project.folder)
    assert ended.status == 2
    assert said in ended.line
    assert standing(asked) == []
    aside = labelloop("import", out, "-a", "ada", "--set-aside", "--project", asked.project.folder)
    assert "1 answer taken" in aside.out
    assert "1 set aside" in aside.out


def test_a_set_in_a_project_of_one_label_each(labelloop: Call, project: Path, tmp_path: Path) -> None:
    workspace = open_workspace(project)
    with workspace.store.transaction() as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        documents.save_batch(
            tx, source="texts", connector="files", audit_share=0.0, seed=0, now=AT, known_labels=(),
            batch=Batch((FetchedDocument("d1", "Text number 1"),), {}),
        )  # fmt: skip
        queue.add(tx, turn=1, picks=[Pick(1, "uncertain", 1.0)], now=AT)
    out = tmp_path / "open.csv"
    labelloop("queue", "export", out, "--project", project)
    filled(workspace, out, ["sport|money"])
    ended = labelloop("import", out, "--annotator", "ada", "--project", project)
    assert ended.status == 2
    assert "there is no label 'sport|money'" in ended.line


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_exported_labels_come_back_as_they_were(
    labelloop: Call, asked: Workspace, tmp_path: Path, form: str
) -> None:
    queued = tmp_path / "open.csv"
    labelloop("queue", "export", queued, "--project", asked.project.folder)
    filled(asked, queued, ["sport|money", "big weather", "[]", "money"])
    labelloop("import", queued, "--annotator", "ada", "--project", asked.project.folder)
    out = tmp_path / f"labels.{form}"
    ended = labelloop("export", out, "--what", "labels", "--project", asked.project.folder)
    assert ended.status == 0
    if form == "jsonl":
        first = json.loads(out.read_text().splitlines()[0])
        assert (first["labels"], first["suggestion"]) == (["money", "sport"], ["money", "sport"])
    if form == "parquet":
        import pyarrow.parquet as pq

        assert str(pq.read_schema(out).field("labels").type).startswith("list<")
    source = FilesConnector(
        FilesConnector.Settings(path=str(out), id="external_id", label="labels"),
        source="back",
        folder=tmp_path,
    )
    batches = list(source.batches(None))
    assert not any(batch.rejected for batch in batches)
    with asked.store.transaction() as tx:
        for batch in batches:
            documents.save_batch(
                tx, source="back", connector="files", batch=batch, audit_share=0.0, seed=0,
                known_labels=asked.project.label_names, now=AT,
            )  # fmt: skip
        rows = tx.rows(
            "SELECT d.external_id, a.labels FROM counting_answers AS a"
            " JOIN documents AS d ON d.document_id = a.document_id"
            " WHERE d.source = 'back' ORDER BY 1"
        )
    assert [json.loads(labels) for _, labels in rows] == [
        ["money", "sport"], ["big weather"], [], ["money"],
    ]  # fmt: skip


def test_exports_of_documents_and_verdicts_hold_sets_too(
    labelloop: Call, asked: Workspace, tmp_path: Path
) -> None:
    for what in ("documents", "verdicts"):
        out = tmp_path / f"{what}.jsonl"
        ended = labelloop("export", out, "--what", what, "--project", asked.project.folder)
        assert ended.status == 0, ended.err
