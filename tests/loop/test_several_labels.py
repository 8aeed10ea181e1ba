"""Turns of a project whose documents have zero, one or several labels, on the real encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelloop.errors import BadInput, WrongUse
from labelloop.label_sets import read
from labelloop.learning import arms, control_arm
from labelloop.loop.answering import Desk
from labelloop.loop.asking import ask
from labelloop.loop.clock import now
from labelloop.loop.generation import encode_pool, predict_pool
from labelloop.loop.models import model_rows, promote_model
from labelloop.loop.paying import judged_paying
from labelloop.loop.readiness import readiness
from labelloop.loop.status import project_status, status_for_people
from labelloop.loop.training import train_model
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import Batch, FetchedDocument
from labelloop.store import datasets, predictions, queue

pytestmark = pytest.mark.encoder

SPORT = ["The striker scored twice in the final", "The coach praised her young team",
         "The tennis player won in three sets", "The referee ended the match early"]  # fmt: skip
MONEY = ["the bank raised its interest rate", "the shares lost a third of their value",
         "the tax on profits will rise", "the loan must be paid back by May"]  # fmt: skip
RAIN = ["heavy rain flooded the streets", "a storm with thunder is coming",
        "snow fell through the night", "the drought dried up the rivers"]  # fmt: skip
NEITHER = ["My grandmother bakes apple cake", "The cat sleeps on the piano",
           "He forgot where the keys were", "They painted the fence green"]  # fmt: skip
NAMES = ("sport", "money", "weather")


def texts() -> list[FetchedDocument]:
    """Every text about one thing, every pair of different things, and some about none of them."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(NEITHER, ())
    themes = dict(zip(NAMES, (SPORT, MONEY, RAIN), strict=True))
    for one, own in themes.items():
        for n, text in enumerate(own):
            found[text] = (one,)
            for other, others in themes.items():
                if NAMES.index(one) < NAMES.index(other):
                    found |= {f"{text}, and {two}.": (one, other) for two in (others[n], others[n - 1])}
    return [
        FetchedDocument(f"{n}:{'+'.join(labels)}", text)
        for n, (text, labels) in enumerate(found.items())
    ]


def truth(external_id: str) -> tuple[str, ...]:
    return tuple(filter(None, external_id.split(":")[1].split("+")))


class OneBatch:
    def __init__(self, documents: list[FetchedDocument]) -> None:
        self._documents = documents

    def batches(self, _cursor: Any) -> Any:
        yield Batch(tuple(self._documents), {"done": True})


def written(folder: Path, *, multi_label: bool) -> None:
    (folder / "labelloop.toml").write_text(
        f'name = "news"\nmulti_label = {str(multi_label).lower()}\n[labels]\n'
        'sport = "Games, matches and players"\nmoney = "Banks, prices and markets"\n'
        'weather = "Rain, snow and storms"\n'
        '[[sources]]\nname = "texts"\nconnector = "files"\npath = "none.csv"\n'
        "[query]\nbatch_size = 15\naudit_share = 0.3\nrandom_share = 0.0\n"
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    from labelloop.loop.extraction import extract

    written(tmp_path, multi_label=True)
    made = open_workspace(tmp_path)
    extract(made, made.source("texts"), lambda: OneBatch(texts()))
    encode_pool(made)
    return made


def answer(
    workspace: Workspace, said: Callable[[str], tuple[str, ...]] = truth, who: str = "ada"
) -> int:
    desk, given = Desk(workspace, who), 0
    while (item := desk.next()) is not None:
        desk.label_set(item, said(item.external_id), 2.0, verdict_id=f"{who}{item.item_id}-{given}")
        given += 1
    return given


def open_items(workspace: Workspace) -> list[Any]:
    with workspace.store.transaction() as tx:
        return list(queue.open_items(tx, now=now()))


def test_two_turns_learn_suggest_and_measure_sets(workspace: Workspace) -> None:
    ask(workspace, manual=True)
    assert answer(workspace) == 15
    first = learn(workspace)
    assert first.training.promoted, first.training.reason
    assert "sets exactly right" in first.training.reason
    answer(workspace)
    second = learn(workspace)
    assert second.training.model_id == "m0002"
    (_, row) = model_rows(workspace)
    assert row["kind"] == "multi-label head"
    status = project_status(workspace)
    measured = status["champion"]["accuracy"]
    assert status["champion"]["measure"] == "exact match"
    assert measured["n"] >= 6
    assert measured["low"] <= measured["value"] <= measured["high"]
    assert "exact match" in status_for_people(status).lower()
    assert "accuracy  " not in status_for_people(status)
    with workspace.store.transaction() as tx:
        sets = {one.labels for one in datasets.load(tx, 2)}
        said = predictions.load(tx)
    assert () in sets
    assert any(len(one) == 2 for one in sets)
    assert said is not None
    assert any("|" in one for one in said.answers)


def test_whether_the_strategy_pays_is_judged_on_sets(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With next to no answers nothing is claimed; here it is only seen that sets go through."""
    toml = workspace.project.folder / "labelloop.toml"
    toml.write_text(toml.read_text().replace("random_share = 0.0", "random_share = 0.3"))
    workspace = open_workspace(workspace.project.folder)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    answer(workspace)
    assert "not enough random-lane answers yet" in judged_paying(workspace).sentence
    for module in (arms, control_arm):
        monkeypatch.setattr(module, "LEAST", 1)
    found = judged_paying(workspace)
    assert "% exact match on" in found.sentence
    assert found.random is not None


def test_suggestions_are_sets_and_accepting_one_is_no_correction(workspace: Workspace) -> None:
    for _ in range(2):
        ask(workspace, manual=True)
        answer(workspace)
        learn(workspace)
    ready = readiness(workspace)
    if not ready.useful:  # few answers may not prove it; the questions are asked all the same
        ask(workspace, manual=False)
    shown = [item for item in open_items(workspace) if item.suggestion_shown]
    assert shown, ready.reason
    assert {label for item in shown for label in read(item.suggestion)} <= set(NAMES)
    desk = Desk(workspace, "ada")
    item = desk.next()
    while item is not None and not item.suggestion_shown:
        desk.label_set(item, truth(item.external_id), 1.0, verdict_id=f"w{item.item_id}")
        item = desk.next()
    assert item is not None
    desk.label_set(item, tuple(reversed(read(item.suggestion))), 1.0, verdict_id="taken")
    with workspace.store.transaction() as tx:
        assert tx.value("SELECT action FROM verdicts WHERE verdict_id = 'taken'") == "accept"


def test_people_who_differ_on_one_label_are_asked_again(workspace: Workspace) -> None:
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    ids = [item.document_id for item in open_items(workspace)][:1]
    from labelloop.loop.documents import send_back

    answer(workspace)
    send_back(workspace, ids[0], 1)
    answer(workspace, said=lambda _: ("sport", "money", "weather"), who="bob")
    learn(workspace)
    with workspace.store.transaction() as tx:
        newest = datasets.load(tx, datasets.versions(tx)[-1].version)
    assert ids[0] not in {one.document_id for one in newest}


def test_all_none_of_these_is_too_little_and_says_so(workspace: Workspace) -> None:
    ask(workspace, manual=True)
    answer(workspace, said=lambda _: ())
    from labelloop.loop.database import freeze_dataset
    from labelloop.loop.training import train_if_possible

    freeze_dataset(workspace)
    outcome = train_if_possible(workspace)
    assert outcome.model_id is None
    assert "'none of these'" in outcome.reason


def test_one_label_each_becomes_several_and_the_way_back_is_guarded(workspace: Workspace) -> None:
    folder = workspace.project.folder
    written(folder, multi_label=False)
    single = open_workspace(folder)
    ask(single, manual=True)
    desk = Desk(single, "ada")
    item = desk.next()
    assert item is not None
    with pytest.raises(BadInput, match="exactly one"):
        desk.label_set(item, ("sport", "money"), 1.0, verdict_id="two")
    answer(single, said=lambda name: (truth(name) or ("sport",))[:1])
    learn(single)
    assert [row["kind"] for row in model_rows(single)] == ["head"]

    written(folder, multi_label=True)
    several = open_workspace(folder)
    # The same data set gives a model of the other kind; the answers stayed.
    assert learn(several).training.model_id == "m0002"
    assert model_rows(several)[1]["kind"] == "multi-label head"
    with pytest.raises(WrongUse, match="m0001"):
        promote_model(several, "m0001")
    predict_pool(several)
    answer(several)
    train_model(several, again=True)

    written(folder, multi_label=False)
    with pytest.raises(WrongUse, match="answers have no label or several"):
        learn(open_workspace(folder))
