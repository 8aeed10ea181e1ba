"""The example project for tests: without the sources that need a network, and its known answers."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from labelloop.loop.exporting import export_queue
from labelloop.loop.importing import import_verdicts
from labelloop.loop.workspace import Workspace
from labelloop.project import PROJECT_FILE

EXAMPLE = Path(__file__).parents[1] / "examples" / "home-energy"


def offline_example(folder: Path) -> Path:
    """The example's own documents and settings in a folder; no source asks the network."""
    shutil.copytree(EXAMPLE / "documents", folder / "documents")
    written = (EXAMPLE / PROJECT_FILE).read_text("utf-8")
    first, rest = written.split("# The next three need the network.", 1)
    (folder / PROJECT_FILE).write_text(first + "[encoder]" + rest.split("[encoder]", 1)[1], "utf-8")
    return folder


def answer_everything(workspace: Workspace, off_topic: str = "") -> int:
    """Answer all open questions by a file; two documents are off topic, and stay open by default."""
    with (EXAMPLE / "answers.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    sheet = workspace.project.folder / "open.csv"
    export_queue(workspace, sheet)
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "label": truth.get(row["external_id"], off_topic)} for row in rows)
    return import_verdicts(workspace, sheet, "ada").taken
