"""The example project, answered turn by turn, tunes its encoder once on its own.

Its texts, answers and settings are the example's; the encoder is a tiny one of chance weights, whose
tuning takes seconds.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labelloop.cli.app import app
from labelloop.loop.answering import Desk
from labelloop.loop.asking import ask
from labelloop.loop.extraction import extract, link_near_duplicates
from labelloop.loop.generation import encode_pool
from labelloop.loop.readiness import readiness
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.parts import part

EXAMPLE = Path(__file__).parents[2] / "examples" / "home-energy"

MODEL = "sentence-transformers/all-MiniLM-L6-v2"

pytestmark = pytest.mark.slow


def filled(folder: Path, tiny_encoder: Any) -> Workspace:
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.duckdb*", "models", ".labelloop"))
    documents = (folder / "documents").glob("*.jsonl")
    tiny_encoder(folder / "tiny", [re.sub(r"\W+", " ", file.read_text("utf-8")) for file in documents])
    settings = folder / "labelloop.toml"
    assert MODEL in settings.read_text("utf-8")
    settings.write_text(settings.read_text("utf-8").replace(MODEL, "tiny"), "utf-8")
    workspace = open_workspace(folder)
    source = workspace.source("articles")
    connector = part("build_source")(source.connector, source.options, source="articles", folder=folder)
    extract(workspace, source, lambda: connector)
    link_near_duplicates(workspace)
    encode_pool(workspace)
    ask(workspace, manual=not readiness(workspace).useful)
    return workspace


def answer_all(workspace: Workspace, known: dict[str, str]) -> int:
    desk, given = Desk(workspace, "ada"), 0
    while (item := desk.next()) is not None:
        if item.external_id in known:
            desk.label(item, known[item.external_id], 2.0, verdict_id=f"v{item.item_id}")
        else:  # two documents are off topic
            desk.skip(item, 2.0, verdict_id=f"v{item.item_id}")
        given += 1
    return given


def test_after_enough_answers_it_tunes_once_and_the_list_shows_the_verdict(
    tmp_path: Path, tiny_encoder: Any
) -> None:
    with (EXAMPLE / "answers.csv").open(encoding="utf-8") as file:
        known = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    workspace = filled(tmp_path / "home-energy", tiny_encoder)
    tuned: list[Any] = []
    for _turn in range(12):
        if not answer_all(workspace, known):
            break
        tuned.append(learn(workspace).fine_tuning)
        if tuned[-1].model_id:
            break
    *before, last = tuned
    assert len(before) >= 3
    assert all("fine-tuning begins at 80" in one.reason for one in before)
    assert last.model_id
    assert learn(workspace, again=True).fine_tuning.model_id is None  # not again on the same answers
    shown = CliRunner().invoke(app, ["models", "list", "--project", str(workspace.project.folder)])
    assert shown.exit_code == 0
    line = next(line for line in shown.output.splitlines() if "fine-tuned" in line)
    assert last.model_id in line
    assert "audit answers right, champion" in line
    assert ("promoted" if last.promoted else "kept out") in line
