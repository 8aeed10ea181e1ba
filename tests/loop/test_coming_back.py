"""Answers, labels and the kind of answer that return to what they were before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from labelloop.loop.answering import Desk
from labelloop.loop.asking import ask
from labelloop.loop.database import answers_wait
from labelloop.loop.generation import encode_pool
from labelloop.loop.models import model_rows
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.store import datasets, labelling

pytestmark = pytest.mark.encoder


@pytest.fixture
def learned(make: Callable[..., Workspace], answer: Callable[..., int]) -> Workspace:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    assert answer(workspace)
    assert learn(workspace).training.model_id == "m0001"
    return workspace


def test_an_answer_that_was_taken_back_is_not_trained_on(learned: Workspace) -> None:
    ask(learned, manual=True)
    desk = Desk(learned, "ada")
    item = desk.next()
    assert item
    desk.label(item, "sport", 1.0, verdict_id="taken back")
    assert answers_wait(learned)
    learn(learned)
    desk.undo(verdict_id="undone")
    learn(learned)

    with learned.store.transaction("look") as tx:
        present = datasets.present(tx)
        newest = datasets.versions(tx)[-1].version
    assert present and (present.version, newest) == (1, 2)
    assert [row["dataset_version"] for row in model_rows(learned)][-1] == 1
    assert not answers_wait(learned)
    assert learn(learned).training.model_id is None, "nothing is new"


def _switch(workspace: Workspace, multi_label: bool) -> None:
    file = workspace.project.folder / "labelloop.toml"
    text = file.read_text().replace("multi_label = true\n", "")
    file.write_text(("multi_label = true\n" if multi_label else "") + text)


def test_a_switch_to_several_labels_and_back_ends_with_a_champion(learned: Workspace) -> None:
    for multi_label in (True, False):
        _switch(learned, multi_label)
        opened = open_workspace(learned.project.folder)
        Desk(opened, "ada")
        assert learn(opened).training.promoted, f"multi_label = {multi_label}"


def test_a_process_of_before_the_switch_does_not_undo_it(learned: Workspace) -> None:
    _switch(learned, True)
    Desk(open_workspace(learned.project.folder), "ada")
    Desk(learned, "bob")  # opened when documents had one label each
    with learned.store.transaction("look") as tx:
        assert labelling.is_multi_label(tx)
    assert learned.project.settings.multi_label
