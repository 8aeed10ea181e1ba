"""Turns of the loop through a real Prefect server, with the known answers in the person's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labelloop.loop.status import project_status
from labelloop.loop.workspace import Workspace, open_workspace

Answers = Callable[[Workspace], int]


@pytest.mark.encoder
def test_two_turns_learn_from_answers_and_ask_nobody_twice(example: Path, answers: Answers) -> None:
    from flows.active_learning import active_learning

    workspace = open_workspace(example)

    first = active_learning(str(example)).status
    assert first["documents"] == 206
    assert first["champion"] is None
    assert first["queue"]["open"] == 20
    with workspace.store.transaction("look") as tx:
        from labelloop.loop.clock import now
        from labelloop.store import queue

        lanes = {item.lane for item in queue.open_items(tx, now=now())}
        suggested = [item for item in queue.open_items(tx, now=now()) if item.suggestion]
    assert "manual" in lanes
    assert "audit" in lanes
    assert suggested == []

    again = active_learning(str(example)).status
    assert again["queue"] == first["queue"]
    assert again["embedded"] == first["embedded"]

    assert answers(workspace) == 20
    second = active_learning(str(example)).status
    assert second["champion"]["model_id"] == "m0001"
    assert second["champion"]["accuracy"]["n"] > 0
    assert second["labels"] == 20
    assert second["queue"]["open"] == 20

    taken = answers(workspace)
    assert taken in {18, 19, 20}
    third = active_learning(str(example)).status
    assert third["labels"] == 20 + taken
    assert third["champion"]["accuracy"]["n"] > second["champion"]["accuracy"]["n"]


@pytest.mark.encoder
def test_each_flow_runs_alone_and_twice(example: Path, answers: Answers) -> None:
    from flows.data_extraction import data_extraction
    from flows.database import database
    from flows.labels_checking import labels_checking
    from flows.labels_generation import labels_generation
    from flows.manual_labelling import manual_labelling
    from flows.model_training import model_training

    [run] = data_extraction(str(example))
    assert run.counts["new"] == 206
    [run] = data_extraction(str(example))
    assert run.counts["new"] == 0
    assert labels_generation(str(example)).model_id is None
    assert labels_checking(str(example)).questions == 0
    assert manual_labelling(str(example)).questions == 20
    assert manual_labelling(str(example)).questions == 0
    assert database(str(example)).version is None
    assert model_training(str(example)).model_id is None
    answers(open_workspace(example))
    assert database(str(example)).version == 1
    assert database(str(example)).version == 1
    assert model_training(str(example)).promoted
    assert not model_training(str(example)).promoted
    assert labels_generation(str(example)).model_id == "m0001"
    assert labels_checking(str(example)).questions > 0
    assert project_status(open_workspace(example))["turns"] == 0


def test_a_source_that_fails_fails_nobody_else(example: Path) -> None:
    from flows.data_extraction import data_extraction

    (example / "more.csv").write_text("id,text\n1,Panels on the barn roof feed the milking robots.\n")
    with (example / "labelloop.toml").open("a", encoding="utf-8") as file:
        file.write('[[sources]]\nname = "gone"\nconnector = "files"\npath = "nowhere.csv"\n')
        file.write('[[sources]]\nname = "more"\nconnector = "files"\npath = "more.csv"\nid = "id"\n')
    runs = {run.name: run for run in data_extraction(str(example))}
    assert runs["articles"].outcome == "ok"
    assert runs["more"].counts["new"] == 1
    assert runs["gone"].outcome == "failed"
    assert "nowhere.csv" in (runs["gone"].error or "")
    sources = {s["name"]: s for s in project_status(open_workspace(example))["sources"]}
    assert "nowhere.csv" in sources["gone"]["error"]
    assert sources["more"]["documents"] == 1
