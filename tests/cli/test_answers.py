"""Answers in and out through the command line: the queue as CSV, imports and their bad input."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.clock import now
from labelloop.loop.status import project_status
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument, Pick
from labelloop.store import documents, label_schema, queue, turns

Call = Callable[..., Any]
AT = datetime(2026, 1, 1)


def save(workspace: Workspace, *texts: tuple[str, str]) -> None:
    with workspace.store.transaction() as tx:
        documents.save_batch(
            tx,
            source="texts",
            connector="files",
            batch=Batch(tuple(FetchedDocument(name, text) for name, text in texts), {}),
            audit_share=0.0,
            seed=0,
            known_labels=workspace.project.label_names,
            now=AT,
        )


@pytest.fixture
def asked(project: Path) -> Workspace:
    """Six documents, five of them asked: one with a suggestion, one blind with one."""
    workspace = open_workspace(project)
    save(workspace, *((f"d{i}", f"Text number {i} of the six") for i in range(1, 6)))
    save(workspace, ("d6", '=HYPERLINK("http://evil.example","click")'))
    with workspace.store.transaction() as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=AT)
        queue.add(
            tx,
            turn=turns.begin(tx, now=AT).turn,
            picks=[
                Pick(1, "uncertain", 1.0, 0.9),
                Pick(2, "uncertain", 1.0, 0.8, show_suggestion=False),
                Pick(3, "audit", 0.5),
                Pick(4, "random", 0.5),
                Pick(6, "explore", 1.0),
            ],
            suggestions={1: ("sport", 0.75), 2: ("money", 0.6)},
            model_id="m0001",
            now=AT,
        )
    return workspace


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_queue_export_hides_blind_suggestions_and_disarms_formulas(
    labelloop: Call, asked: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "open.csv"
    assert labelloop("queue", "export", out, "--project", asked.project.folder).status == 0
    rows = {row["external_id"]: row for row in read(out)}
    assert list(rows) == ["d1", "d2", "d3", "d4", "d6"]
    assert rows["d1"]["suggestion"] == "sport"
    assert rows["d1"]["confidence"] == "0.7500"
    assert rows["d2"]["suggestion"] == rows["d2"]["confidence"] == ""
    assert rows["d3"]["suggestion"] == ""
    assert rows["d6"]["text"].startswith("'=HYPERLINK")
    for column in ("item_id", "document_id", "source", "title", "url", "lane"):
        assert column in rows["d1"]


def test_import_counts_once_and_corrects(labelloop: Call, asked: Workspace, tmp_path: Path) -> None:
    folder = asked.project.folder
    sheet = write(
        tmp_path / "v.csv",
        [
            {"item_id": "1", "label": "sport"},
            {"item_id": "2", "label": "money"},
            {"item_id": "3", "label": ""},
        ],
    )
    first = labelloop("import", sheet, "--annotator", "ada", "--project", folder)
    assert first.status == 0
    assert "2 answers taken" in first.out
    assert "1 row without a label yet" in first.out
    again = labelloop("import", sheet, "--annotator", "ada", "--project", folder)
    assert "0 answers taken; 2 were known already" in again.out
    assert project_status(asked)["verdicts"] == 2
    write(sheet, [{"item_id": "1", "label": "money"}])
    assert labelloop("import", sheet, "-a", "ada", "-p", folder).status == 0
    labels = tmp_path / "labels.jsonl"
    assert labelloop("export", "--what", "labels", labels, "-p", folder).status == 0
    found = {row["external_id"]: row for row in map(json.loads, labels.read_text().splitlines())}
    assert json.loads(found["d1"]["labels"]) == ["money"]
    assert found["d1"]["action"] == "correct"
    assert found["d1"]["propensity"] == 1.0
    assert found["d1"]["model_id"] == "m0001"
    verdicts = tmp_path / "verdicts.csv"
    assert labelloop("export", "--what", "verdicts", verdicts, "-p", folder).status == 0
    assert len(read(verdicts)) == 3


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([{"item_id": "99", "label": "sport"}], ["line 2", "99"]),
        ([{"item_id": "1", "label": "weather"}], ["line 2", "weather"]),
        ([{"item_id": "one", "label": "sport"}], ["line 2", "'one'", "not a whole number"]),
        ([{"item_id": "1" + "0" * 30, "label": "sport"}], ["line 2", "no item 1000"]),
        ([{"item_id;label": "1;sport"}], ["no column 'item_id'", "semicolons"]),
        ([{"item_id": "1", "label": "sport"}] * 2, ["line 3", "item 1", "line 2"]),
        ([{"item": "1", "label": "sport"}], ["no column 'item_id'", "item, label"]),
    ],
)
def test_a_row_that_cannot_be_taken_stops_the_import(
    labelloop: Call,
    asked: Workspace,
    tmp_path: Path,
    rows: list[dict[str, str]],
    named: list[str],
) -> None:
    sheet = write(tmp_path / "v.csv", rows)
    ended = labelloop("import", sheet, "-a", "ada", "-p", asked.project.folder)
    assert ended.status == 2
    for word in named:
        assert word in ended.line
    assert project_status(asked)["verdicts"] == 0


def test_nothing_of_a_file_with_one_bad_row_is_taken_unless_set_aside(
    labelloop: Call, asked: Workspace, tmp_path: Path
) -> None:
    folder = asked.project.folder
    sheet = write(
        tmp_path / "v.csv",
        [{"item_id": str(n), "label": "sport"} for n in (1, 2, 77, 3)]
        + [{"item_id": "4", "label": "weather"}],
    )
    refused = labelloop("import", sheet, "-a", "ada", "-p", folder)
    assert refused.status == 2
    assert "line 4: there is no item 77, and 1 more row cannot be taken" in refused.line
    assert "--set-aside" in refused.line
    assert project_status(asked)["verdicts"] == 0
    ended = labelloop("import", sheet, "-a", "ada", "--set-aside", "-p", folder)
    assert ended.status == 0
    assert "3 answers taken" in ended.out
    assert "2 set aside" in ended.out
    rejected = read(tmp_path / "v.rejected.csv")
    assert [row["place"] for row in rejected] == ["v.csv line 4", "v.csv line 6"]


def test_a_label_for_a_text_that_has_since_changed_is_refused(
    labelloop: Call, asked: Workspace, tmp_path: Path
) -> None:
    folder = asked.project.folder
    sheet = tmp_path / "open.csv"
    labelloop("queue", "export", sheet, "-p", folder)
    save(asked, ("d1", "Another text altogether"))
    rows = [row | {"label": "sport"} for row in read(sheet) if row["external_id"] == "d1"]
    ended = labelloop("import", write(sheet, rows), "-a", "ada", "-p", folder)
    assert ended.status == 2
    assert "line 2" in ended.line
    assert "changed" in ended.line
    assert project_status(asked)["verdicts"] == 0


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", ["no column 'item_id'", "empty"]),
        ("item_id,label\n1,Zürich\n".encode("latin-1"), ["line 2", "not UTF-8"]),
        (b"\x00\x01item_id,label\x00", ["binary"]),
        (b"item_id,label\n1,sport,more\n", ["line 2", "number of cells"]),
        (b'item_id,label\n1,"sport\n', ["line", "not CSV"]),
    ],
)
def test_files_that_cannot_be_read(
    labelloop: Call, asked: Workspace, tmp_path: Path, content: bytes, named: list[str]
) -> None:
    sheet = tmp_path / "v.csv"
    sheet.write_bytes(content)
    ended = labelloop("import", sheet, "-a", "ada", "-p", asked.project.folder)
    assert ended.status == 2
    assert "v.csv" in ended.line
    for word in named:
        assert word in ended.line


def test_import_of_a_file_that_is_not_there(labelloop: Call, asked: Workspace) -> None:
    ended = labelloop("import", "nowhere.csv", "-a", "ada", "-p", asked.project.folder)
    assert ended.status == 2
    assert "nowhere.csv" in ended.line


def test_check_takes_keys_undo_skip_and_flag(
    labelloop: Call, asked: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("\n1\nu\n2\ns\nz\nf\nwrong language\nq\n"))
    ended = labelloop("check", "-a", "ada", "-p", asked.project.folder)
    assert ended.status == 0
    assert "2 answers kept" in ended.out
    assert "sport (the model's suggestion, 75% sure)" in ended.out
    with asked.store.transaction() as tx:
        left = [item.external_id for item in queue.open_items(tx, now=now())]
    assert left == ["d6"]
    status = project_status(asked)
    assert status["labels"] == 2


def test_names_and_targets_that_cannot_be(labelloop: Call, asked: Workspace, tmp_path: Path) -> None:
    folder = asked.project.folder
    sheet = write(tmp_path / "v.csv", [{"item_id": "1", "label": "sport"}])
    ended = labelloop("import", sheet, "-a", "\x1b[31mred", "-p", folder)
    assert ended.status == 2
    assert "printable" in ended.line
    (tmp_path / "folder").mkdir()
    for target in (
        tmp_path / "folder",
        Path("/dev/null"),
        sheet / "out.csv",
        tmp_path / "no" / "out.csv",
    ):
        ended = labelloop("export", "--format", "csv", target, "-p", folder)
        assert ended.status == 2
        assert str(target) in ended.line
    assert Path("/dev/null").is_char_device()


def test_export_needs_a_format(labelloop: Call, asked: Workspace, tmp_path: Path) -> None:
    ended = labelloop("export", tmp_path / "labels.xls", "-p", asked.project.folder)
    assert ended.status == 2
    assert "--format" in ended.line


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("what", ["documents", "labels", "verdicts"])
def test_every_export_in_every_format(
    labelloop: Call, asked: Workspace, tmp_path: Path, what: str, form: str
) -> None:
    out = tmp_path / f"out.{form}"
    ended = labelloop("export", "--what", what, out, "-p", asked.project.folder)
    assert ended.status == 0, ended.err
    assert out.exists()
    assert f"{6 if what == 'documents' else 0} {what} written" in ended.out


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"text": "Text number 2 of the six"}, "its text is not that of item 1"),
        ({"external_id": "d2"}, "item 1 asks about 'd1', not 'd2'"),
        ({"document_id": "2"}, "item 1 asks about document 1, not 2"),
        ({"document_id": "two"}, "document_id 'two' is not a whole number"),
    ],
)
def test_a_row_that_is_not_about_its_item_is_named_or_set_aside(
    labelloop: Call, asked: Workspace, tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    out = tmp_path / "open.csv"
    folder = asked.project.folder
    labelloop("queue", "export", out, "--project", folder)
    rows = read(out)
    for row in rows:
        row["label"] = "sport"
        row["content_hash"] = ""  # nobody kept it
    rows[0].update(changed)
    write(out, rows)
    refused = labelloop("import", out, "--annotator", "ada", "--project", folder)
    assert refused.status == 2
    assert "open.csv line 2" in refused.line
    assert said in refused.line
    assert project_status(asked)["verdicts"] == 0
    taken = labelloop("import", out, "--annotator", "ada", "--set-aside", "--project", folder)
    assert "4 answers taken" in taken.out
    assert said in (tmp_path / "open.rejected.csv").read_text()


def test_what_a_spreadsheet_does_to_texts_is_no_difference(
    labelloop: Call, asked: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "open.csv"
    labelloop("queue", "export", out, "--project", asked.project.folder)
    rows = read(out)
    for row in rows:
        row["label"] = "sport"
        row["text"] = row["text"].replace(" of", "\r\n of ").removeprefix("'")
    write(out, rows)
    taken = labelloop("import", out, "--annotator", "ada", "--project", asked.project.folder)
    assert "5 answers taken" in taken.out


def test_a_text_cut_at_the_length_of_a_cell_is_the_same_text() -> None:
    from labelloop.store.verdict_import import same_text

    long = "word " * 10_000
    assert same_text(long[:32_767], long)
    assert not same_text("other " + long[:32_767], long)
    assert not same_text(long[:300], long)


def test_the_first_bad_row_of_the_file_is_named_whatever_is_wrong_with_it(
    labelloop: Call, asked: Workspace, tmp_path: Path
) -> None:
    pairs = (("1", "sport"), ("2", "weather"), ("three", "sport"), ("4", "rain"), ("99", "sport"))
    sheet = write(tmp_path / "v.csv", [{"item_id": item, "label": label} for item, label in pairs])
    refused = labelloop("import", sheet, "-a", "ada", "-p", asked.project.folder)
    assert refused.status == 2
    assert "line 3: there is no label 'weather', and 3 more rows cannot be taken" in refused.line
    taken = labelloop("import", sheet, "-a", "ada", "--set-aside", "-p", asked.project.folder)
    assert "1 answer taken; 4 set aside" in taken.out
    places = [row["place"] for row in read(tmp_path / "v.rejected.csv")]
    assert places == [f"v.csv line {line}" for line in (3, 4, 5, 6)]
