"""When to stop, on a real project: too early, going on, the budget, models whose files are gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from labelloop.loop.asking import ask
from labelloop.loop.generation import encode_pool
from labelloop.loop.models import model_rows
from labelloop.loop.status import project_status, status_for_people
from labelloop.loop.stopping import KEPT, compared, stop_report
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.store import models

pytestmark = pytest.mark.encoder
Make = Callable[..., Workspace]


def with_line(workspace: Workspace, line: str) -> Workspace:
    path = workspace.project.folder / "labelloop.toml"
    path.write_text(f"{path.read_text()}\n{line}\n")
    return open_workspace(workspace.project.folder)


def three_turns(workspace: Workspace, answer: Any) -> None:
    encode_pool(workspace)
    ask(workspace, manual=True)
    for _ in range(3):
        answer(workspace)
        learn(workspace)


def test_without_a_model_it_is_too_early(make: Make) -> None:
    workspace = make()
    found = stop_report(workspace)
    assert found.verdict == "too early"
    assert "0 audit answers of at least 30" in found.sentence
    assert found.seconds is None
    assert found.kappa is None


def test_one_turn_alone_cannot_tell(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    found = stop_report(workspace)
    assert found.verdict == "too early"
    assert found.sentence.endswith(" audit answers of at least 30, at the last training")
    assert found.steps == ()


def test_every_training_keeps_what_it_changed(make: Make, answer: Any) -> None:
    workspace = make()
    three_turns(workspace, answer)
    with workspace.store.transaction() as tx:
        kept = [model.metrics[KEPT] for model in models.versions(tx)]
    assert [len(one["steps"]) for one in kept] == [0, 1, 2]
    assert kept[-1] == compared(workspace)
    assert kept[-1]["stop_set"] == 40
    found = project_status(workspace)
    assert found["stopping"]["spent"]["seconds_per_label"] == 2.0
    assert found["stopping"]["sentence"] in status_for_people(found)


def test_the_budget_spent_says_stop(make: Make, answer: Any) -> None:
    workspace = make()
    three_turns(workspace, answer)
    spent = with_line(workspace, "[budget]\nmax_labels = 30")
    found = stop_report(spent)
    assert found.verdict == "stop"
    assert found.sentence == "Stop: the budget of 30 labels is spent"


def test_time_is_priced_where_a_price_is_set(make: Make, answer: Any) -> None:
    workspace = make()
    three_turns(workspace, answer)
    assert stop_report(workspace).seconds == 200.0
    assert stop_report(workspace).cost is None
    priced = with_line(workspace, "[budget]\nseconds_per_label_cost = 0.01")
    assert stop_report(priced).cost == pytest.approx(2.0)


def test_a_model_whose_file_is_gone_is_left_out_by_name(make: Make, answer: Any) -> None:
    workspace = make()
    three_turns(workspace, answer)
    (workspace.project.folder / model_rows(workspace)[0]["artefact"]).unlink()
    found = compared(workspace)
    assert len(found["steps"]) == 1
    assert "m0001 is left out" in found["notes"][0]


def test_a_model_whose_vectors_are_gone_is_left_out_by_name(make: Make, answer: Any) -> None:
    workspace = make()
    three_turns(workspace, answer)
    with workspace.store.transaction() as tx:
        first = models.versions(tx)[0]
        labels = {**first.metrics, "labels": 1}
        models.register(tx, replace(first, model_id="m9999", encoder_id="lost", metrics=labels))
    found = compared(workspace)
    assert len(found["steps"]) == 2
    assert found["notes"] == ["m9999 is left out: most documents have no vector of its encoder"]


def test_a_tuned_model_that_was_kept_out_hides_no_champion_of_as_many_labels(
    make: Make, answer: Any
) -> None:
    workspace = make()
    three_turns(workspace, answer)
    before = compared(workspace)
    with workspace.store.transaction() as tx:
        champion = models.champion(tx)
        assert champion
        models.register(tx, replace(champion, model_id="m9999", encoder_id="lost"))
    assert compared(workspace) == before
