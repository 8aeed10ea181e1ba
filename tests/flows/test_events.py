"""Events that close the loop: each when it is due, and only once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.answering import Desk
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Pick
from labelloop.store import queue, turns

Told = list[tuple[str, dict[str, str], dict[str, Any]]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """What was emitted: name, resource, payload."""
    heard: Told = []

    def hear(event: str, resource: dict[str, str], payload: dict[str, Any]) -> None:
        heard.append((event, resource, payload))

    monkeypatch.setattr("tasks.events.emit_event", hear)
    return heard


@pytest.fixture
def asked(example: Path) -> Workspace:
    """The example with its documents read and thirty of them asked by hand; no encoder is needed."""
    from labelloop.loop.clock import now
    from labelloop.store import label_schema, pool
    from tasks.extraction import extract

    extract.fn(str(example), "articles")
    workspace = open_workspace(example)
    with workspace.store.transaction("ask") as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=now())
        turn = turns.begin(tx, now=now()).turn
        ids = pool.frame(tx).document_ids[:30]
        picks = [Pick(int(number), "manual", 1.0) for number in ids]
        queue.add(tx, turn=turn, picks=picks, verdicts_wanted=1, now=now())
    return workspace


def answer(workspace: Workspace, count: int) -> None:
    desk = Desk(workspace, "ada")
    for _ in range(count):
        item = desk.next()
        assert item is not None
        desk.label(item, "solar", 1.0, verdict_id=f"v{item.item_id}")


def names(told: Told) -> list[str]:
    return [event for event, _, _ in told]


def test_enough_answers_are_told_once(asked: Workspace, told: Told) -> None:
    from deployments.watching import look

    seen = look(asked, -1)
    assert told == []
    answer(asked, 14)  # one less than training.after_verdicts
    seen = look(asked, seen)
    assert told == []
    answer(asked, 1)
    seen = look(asked, seen)
    [(event, resource, payload)] = told
    assert event == "labelloop.verdicts.ready"
    assert resource["prefect.resource.id"] == "labelloop.project.home-energy"
    assert payload["new_answers"] == 15

    for _ in range(3):
        seen = look(asked, seen)
    answer(asked, 3)
    seen = look(asked, seen)
    assert len(told) == 1
    assert look(asked, -1) == 18  # as after a restart: nothing is remembered but what is on disk
    assert len(told) == 1


def test_all_answered_before_there_is_enough_asks_for_more(
    asked: Workspace, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deployments.watching import look

    toml = asked.project.folder / "labelloop.toml"
    toml.write_text(
        toml.read_text("utf-8").replace("after_verdicts = 15", "after_verdicts = 40"), "utf-8"
    )
    workspace = open_workspace(asked.project.folder)
    answer(workspace, 29)
    seen = look(workspace, -1)
    assert told == []
    answer(workspace, 1)
    look(workspace, look(workspace, seen))
    [(event, resource, _payload)] = told
    assert event == "labelloop.questions.wanted"
    assert resource["labelloop.ask"] == "manual"


def test_nothing_is_told_while_a_turn_runs(
    asked: Workspace, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Completed, Running

    from deployments.catalogue import deployments
    from deployments.watching import look

    answer(asked, 20)
    [turn] = [d for d in deployments(asked) if d.flow_name == "Active Learning"]
    deployment_id = turn.apply()
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(deployment_id)
        client.set_flow_run_state(run.id, Running(), force=True)
        assert look(asked, -1) == -1
        assert told == []
        client.set_flow_run_state(run.id, Completed(), force=True)
    look(asked, -1)
    assert names(told) == ["labelloop.verdicts.ready"]


def test_a_broken_source_is_told(example: Path, told: Told) -> None:
    from flows.data_extraction import data_extraction

    with (example / "labelloop.toml").open("a", encoding="utf-8") as file:
        file.write('[[sources]]\nname = "gone"\nconnector = "files"\npath = "nowhere.csv"\n')
    data_extraction(str(example))
    [(event, resource, payload)] = told
    assert event == "labelloop.source.failed"
    assert payload["source"] == "gone"
    assert resource["labelloop.in-turn"] == "no"


def test_a_spent_budget_is_told_once(asked: Workspace, told: Told) -> None:
    from tasks.events import warn_people

    toml = asked.project.folder / "labelloop.toml"
    toml.write_text(toml.read_text("utf-8").replace("max_labels = 200", "max_labels = 5"), "utf-8")
    workspace = open_workspace(asked.project.folder)
    answer(workspace, 4)
    warn_people(workspace)
    assert told == []
    answer(workspace, 1)
    warn_people(workspace)
    warn_people(workspace)
    assert names(told) == ["labelloop.budget.spent"]
