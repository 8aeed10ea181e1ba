"""What a run leaves behind in Prefect: pages for people, and nothing that should not be there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from labelloop.loop.workspace import open_workspace
from tasks.naming import slug


def newest(key: str) -> Any:
    with get_client(sync_client=True) as client:
        found = [a for a in client.read_artifacts() if a.key == key]
    return max(found, key=lambda artifact: artifact.created)


@pytest.mark.encoder
def test_a_turn_leaves_pages_and_no_texts(
    example: Path, monkeypatch: pytest.MonkeyPatch, answers: Any
) -> None:
    from flows.active_learning import active_learning
    from flows.model_training import model_training

    monkeypatch.setenv("LABELLOOP_PAGE", "http://127.0.0.1:8181")
    active_learning(str(example))
    assert "206" in newest("home-energy-sources").data
    questions = newest("home-energy-questions").data
    assert "**20** new questions" in questions
    assert "| audit |" in questions
    assert "[checking page](http://127.0.0.1:8181)" in questions
    assert "there are no labels yet" in newest("home-energy-training").data
    turn = newest("home-energy-turn").data
    assert "labels left in the budget | 200" in turn
    assert "worth going on? | Too early to tell" in turn

    assert answers(open_workspace(example)) == 20
    assert model_training(str(example)).promoted
    training = newest("home-energy-training").data
    assert "**m0001**: promoted" in training
    assert "| solar |" in training
    assert "| floor of | audit answers | champion found |" in training
    assert "(data:image/svg+xml;base64,PHN2" in training
    assert len(training) < 200_000
    going_on = newest("home-energy-worth-going-on").data
    assert "**Too early to tell: " in going_on
    assert "not enough random-lane answers yet (" in going_on
    assert "People's time for the next 100 labels: " in going_on

    assert_no_texts(example)


def assert_no_texts(example: Path) -> None:
    """No document's text in runs, parameters, artifacts or logs; no result on disk."""
    import duckdb

    with duckdb.connect(str(example / "labelloop.duckdb"), read_only=True) as store:
        texts = [row[0] for row in store.execute("SELECT text FROM revisions LIMIT 300").fetchall()]
    with get_client(sync_client=True) as client:
        said = "\n".join(
            [
                *(run.model_dump_json() for run in client.read_flow_runs()),
                *(run.model_dump_json() for run in client.read_task_runs()),
                *(artifact.model_dump_json() for artifact in client.read_artifacts()),
                *(log.message for log in client.read_logs()),
            ]
        )
    assert len(texts) >= 200
    assert len(said) > 5000
    assert not [text for text in texts if text[:40] in said]
    storage = Path(os.environ["PREFECT_HOME"]) / "storage"
    assert not storage.exists() or not list(storage.iterdir())


@pytest.mark.parametrize(
    ("name", "expected"),
    [("home-energy", "home-energy"), ("news2", "news2")],
)
def test_plain_names_are_their_own_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_names_that_differ_never_share_a_slug() -> None:
    names = [
        "Home Energy",
        "home energy",
        "home_energy",
        "home-energy",
        "能源",
        "エネルギー",
        "-",
        "é" * 90,
    ]
    found = [slug(name) for name in names]
    assert len(set(found)) == len(names)
    assert all(part and part.strip("-") == part for part in found)
    assert all(set(part) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for part in found)
