"""Turns without Prefect: cold start, learning, the gate, an exhausted pool, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from labelloop.errors import ArtefactMismatch, TooFewLabels
from labelloop.loop.asking import ask
from labelloop.loop.clock import now
from labelloop.loop.database import freeze_dataset
from labelloop.loop.generation import encode_pool, predict_pool
from labelloop.loop.models import model_rows, promote_model, roll_back
from labelloop.loop.readiness import readiness
from labelloop.loop.status import project_status
from labelloop.loop.training import train_model
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace
from labelloop.records import FetchedDocument
from labelloop.store import datasets, queue

pytestmark = pytest.mark.encoder
Make = Callable[..., Workspace]


def open_items(workspace: Workspace) -> list[Any]:
    with workspace.store.transaction() as tx:
        return list(queue.open_items(tx, now=now()))


def test_cold_start_meets_both_labels_without_suggestions(make: Make) -> None:
    workspace = make()
    encode_pool(workspace)
    asked = ask(workspace, manual=True)
    assert asked.questions == 10
    assert asked.lanes["audit"] == 3
    assert asked.lanes["manual"] == 7
    items = open_items(workspace)
    manual = [item.external_id.split("-")[0] for item in items if item.lane == "manual"]
    assert set(manual[:4]) == {"sport", "money"}
    assert not any(item.suggestion_shown or item.suggestion for item in items)


def test_the_loop_learns_measures_and_asks_nobody_twice(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    assert answer(workspace) == 10
    learned = learn(workspace)
    assert learned.training.promoted
    first = project_status(workspace)
    assert first["champion"]["model_id"] == "m0001"
    measured = first["champion"]["accuracy"]
    assert measured["n"] == 3
    # Whoever looks every day needs more room than who looks once.
    assert 0 <= measured["anytime_low"] < measured["low"] <= measured["high"] <= 1
    assert measured["anytime_low"] < measured["value"] <= measured["anytime_high"] <= 1
    assert first["queue"]["open"] == 10
    assert first["queue"]["done"] == 10

    again = learn(workspace)
    assert again.training.model_id is None
    assert "already" in again.training.reason
    assert project_status(workspace)["queue"] == first["queue"]

    # Ten answers prove nothing yet; with twenty the model may suggest.
    assert not any(item.suggestion for item in open_items(workspace))
    answer(workspace)
    learn(workspace)
    assert any(item.suggestion for item in open_items(workspace))
    answer(workspace)
    status = project_status(workspace)
    assert status["labels"] == status["queue"]["done"] == 30


def test_audit_answers_are_never_trained_on(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    audited = {item.document_id for item in open_items(workspace) if item.lane == "audit"}
    answer(workspace)
    version = freeze_dataset(workspace)
    assert version.audit_labels == len(audited)
    with workspace.store.transaction() as tx:
        held_out = {one.document_id for one in datasets.load(tx, 1) if one.audit}
    assert held_out == audited
    train_model(workspace)
    assert model_rows(workspace)[0]["labels"] == 10 - len(audited)


def test_the_pool_runs_out_and_says_so(make: Make, answer: Any) -> None:
    workspace = make(batch_size=30)
    encode_pool(workspace)
    total = 0
    for _ in range(4):
        ask(workspace, manual=True)
        total += answer(workspace)
    status = project_status(workspace)
    assert total == status["labels"] == status["documents"] - status["duplicates"]
    assert status["pool"] == 0
    over = ask(workspace, manual=True)
    assert over.questions == 0
    assert "no document left" in over.notes[0]


def test_a_pool_smaller_than_the_batch_is_asked_whole(make: Make) -> None:
    workspace = make(batch_size=500)
    encode_pool(workspace)
    asked = ask(workspace, manual=True)
    assert (
        asked.questions
        == project_status(workspace)["documents"] - project_status(workspace)["duplicates"]
    )
    assert any("used up" in note for note in asked.notes)


def test_the_budget_ends_the_asking(make: Make, answer: Any) -> None:
    workspace = make()
    path = workspace.project.folder / "labelloop.toml"
    path.write_text(path.read_text() + "[budget]\nmax_labels = 12\n")
    from labelloop.loop.workspace import open_workspace

    workspace = open_workspace(workspace.project.folder)
    encode_pool(workspace)
    assert ask(workspace, manual=True).questions == 10
    answer(workspace)
    limited = ask(workspace, manual=True)
    assert limited.questions == 2
    answer(workspace)
    spent = ask(workspace, manual=True)
    assert spent.questions == 0
    assert "budget of 12" in spent.notes[0]


def test_training_without_labels_says_what_is_missing(make: Make) -> None:
    workspace = make()
    with pytest.raises(TooFewLabels, match="no labels yet"):
        train_model(workspace)


def test_training_on_one_class_names_the_missing_one(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace, always="sport")
    freeze_dataset(workspace)
    with pytest.raises(TooFewLabels, match="money"):
        train_model(workspace)


def test_an_artefact_that_was_tampered_with_is_not_loaded(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    artefact = workspace.project.folder / model_rows(workspace)[0]["artefact"]
    artefact.write_bytes(artefact.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ArtefactMismatch, match="m0001"):
        predict_pool(workspace)
    with pytest.raises(ArtefactMismatch):
        promote_model(workspace, "m0001")
    assert learn(workspace, again=True).training.promoted
    assert predict_pool(workspace).model_id == "m0002"


def test_rollback_brings_the_champion_before_back(make: Make, answer: Any) -> None:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    answer(workspace)
    learn(workspace)
    assert project_status(workspace)["champion"]["model_id"] == "m0002"
    assert "m0001" in roll_back(workspace)
    assert project_status(workspace)["champion"]["model_id"] == "m0001"
    statuses = {row["model_id"]: row["status"] for row in model_rows(workspace)}
    assert statuses == {"m0001": "champion", "m0002": "retired"}


def test_answers_that_all_miss_make_no_useful_model(make: Make) -> None:
    workspace = make(audit_share=0.5, relabel_share=0.0, explore_share=0.0)
    encode_pool(workspace)
    ask(workspace, manual=True)
    from labelloop.loop.answering import Desk

    desk = Desk(workspace, "coin")
    labels = ["sport", "money"]
    given = 0
    while (item := desk.next()) is not None:
        # Every label wrong by a fixed pattern that has nothing to do with the text.
        desk.label(item, labels[item.document_id % 2], 1.0, verdict_id=f"v{item.item_id}")
        given += 1
    learn(workspace)
    found = readiness(workspace)
    assert not found.useful
    assert found.reason


def test_duplicates_are_asked_once(make: Make) -> None:
    same = (
        "The striker scored twice in the second half of the final last night, and the keeper of the"
        " visitors, who had not conceded in nine games, walked off without shaking a single hand"
    )
    near = same.replace("last night", "yesterday night")
    others = [FetchedDocument(f"o{n}", text.text) for n, text in enumerate(texts_of(make))]
    workspace = make(
        [
            FetchedDocument("a", same),
            FetchedDocument("b", same + "  "),
            *others,
            FetchedDocument("c", near),
        ],
        batch_size=100,
    )
    encode_pool(workspace)
    ask(workspace, manual=True)
    asked = [item.external_id for item in open_items(workspace)]
    assert sum(name in {"a", "b", "c"} for name in asked) == 1


def texts_of(_make: Make) -> list[FetchedDocument]:
    return [
        FetchedDocument("x1", "Shares of the lender rose after its quarterly results were published"),
        FetchedDocument("x2", "A new track for sprinters opens in the north of the town in spring"),
    ]
