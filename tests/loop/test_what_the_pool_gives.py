"""On a real project: the pool helps to train, its help can be refused, exploring is adapted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labelloop.learning import directions, pool_help
from labelloop.learning.pool_help import Word
from labelloop.loop.asking import ask
from labelloop.loop.exploring import surprises_by_lane
from labelloop.loop.generation import encode_pool
from labelloop.loop.pool_help import pool_directions
from labelloop.loop.training import train_model
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.records import FetchedDocument
from labelloop.store import embeddings, models, pool

pytestmark = pytest.mark.encoder
Make = Callable[..., Workspace]


@pytest.fixture
def many() -> list[FetchedDocument]:
    """Eighty texts, half about sport, half about money."""
    sport = ["goal", "match", "coach", "league", "referee", "striker", "tennis", "medal", "race", "team"]
    money = [
        "bank",
        "interest",
        "stock",
        "profit",
        "market",
        "loan",
        "currency",
        "tax",
        "budget",
        "share",
    ]
    found = [
        (label, f"The {word} {verb} {where}")
        for label, words in (("sport", sport), ("money", money))
        for word in words
        for verb in ("surprised everybody", "was discussed")
        for where in ("in the north last winter", "abroad on the first of May")
    ]
    return [FetchedDocument(f"{label}-{n}", text) for n, (label, text) in enumerate(found)]


def recipe(workspace: Workspace) -> Any:
    with workspace.store.transaction() as tx:
        return models.versions(tx)[-1].recipe


def started(workspace: Workspace, answer: Any) -> Workspace:
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    return workspace


def test_the_pool_helps_until_it_is_told_not_to(make: Make, answer: Any, many: Any) -> None:
    workspace = started(make(many), answer)
    learn(workspace)
    assert recipe(workspace)["pool_help"] is True
    settings = workspace.project.folder / "labelloop.toml"
    settings.write_text(settings.read_text() + '[training]\npool_help = "never"\n')
    train_model(open_workspace(workspace.project.folder), again=True)
    assert recipe(workspace)["pool_help"] is False


def test_documents_of_the_audit_side_teach_nothing(
    make: Make, many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make(many)
    encode_pool(workspace)
    seen: list[np.ndarray] = []
    monkeypatch.setattr(directions, "directions_of", lambda rows, *_: seen.append(rows[:]))
    pool_directions(workspace, workspace.own_encoder().encoder_id, workspace.hints())
    with workspace.store.transaction() as tx:
        reserved = pool.audit_side(tx).tolist()
        others = [number for number in pool.frame(tx).document_ids.tolist() if number not in reserved]
        _ids, kept = embeddings.load(tx, workspace.own_encoder().encoder_id, others)
    assert 10 < len(reserved) < 40
    np.testing.assert_array_equal(seen[0], kept)


def test_a_pool_too_small_for_directions_trains_plainly(make: Make, answer: Any) -> None:
    workspace = started(make(), answer)
    learn(workspace)
    assert recipe(workspace)["pool_help"] is False


def test_the_audit_answers_can_refuse_it(
    make: Make, answer: Any, many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[np.ndarray] = []

    def against(with_pool: np.ndarray, plain: np.ndarray) -> Word:
        met.extend([with_pool, plain])
        return Word(False, "worse with it")

    monkeypatch.setattr(pool_help, "ENOUGH", 3)
    monkeypatch.setattr(pool_help, "judged", against)
    workspace = started(make(many), answer)
    learn(workspace)
    assert recipe(workspace)["pool_help"] is False
    assert recipe(workspace)["pool_help_reason"] == "worse with it"
    assert [len(right) for right in met] == [3, 3]  # the audit answers, and nothing else


def test_surprises_are_counted_from_what_people_said(make: Make, answer: Any, many: Any) -> None:
    workspace = make(many, batch_size=20, audit_share=0.2, relabel_share=0.0, explore_share=0.3)
    started(workspace, answer)
    learn(workspace)
    answer(workspace, always="money")
    with workspace.store.transaction() as tx:
        seen = surprises_by_lane(tx)
        suggested = tx.rows(
            "SELECT lane, count(*), sum(CASE WHEN suggestion = 'money' THEN 0 ELSE 1 END)"
            " FROM checking_queue WHERE suggestion IS NOT NULL AND state = 'done'"
            " AND lane IN ('explore', 'uncertain') GROUP BY lane"
        )
    assert {lane: (one.answers, one.surprised) for lane, one in seen.items()} == {
        lane: (count, others) for lane, count, others in suggested
    }
    assert seen["explore"].answers > 0
    assert sum(one.surprised for one in seen.values()) > 0
