"""Progress of long work: an artifact in Prefect, made late, full at the end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from prefect import task
from prefect.client.orchestration import get_client

from labelloop.loop.workspace import open_workspace
from labelloop.progress import progress
from tasks import showing


def found(key: str) -> list[Any]:
    with get_client(sync_client=True) as client:
        return [artifact for artifact in client.read_artifacts() if artifact.key == key]


def work(folder: str, what: str, done: int) -> None:
    @task(persist_result=False)
    def works() -> None:
        with showing.shown_in_prefect(open_workspace(folder)), progress(what, 200) as advance:
            for _ in range(done):
                advance(1)

    works()


def test_long_work_shows_how_far_it_has_come(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_SECONDS_UNTIL_SHOWN", 0.0)
    work(str(example), "Fine-tuning", 200)
    [shown] = found("home-energy-fine-tuning")
    assert shown.type == "progress"
    assert shown.data == 100.0
    assert shown.description == "Fine-tuning: 200 of 200"


def test_the_time_left_stands_beside_the_bar(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def told(_id: object, *, progress: float, description: str) -> None:
        seen.append(description)

    clock = iter(float(second) for second in range(1_000))  # a second passes at each look
    monkeypatch.setattr(showing, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(showing, "create_progress_artifact", lambda *_a, **_k: UUID(int=1))
    monkeypatch.setattr(showing, "update_progress_artifact", told)
    with showing.shown_in_prefect(open_workspace(str(example))), progress("Encoding", 4_000) as advance:
        for _ in range(20):
            advance(10)
    assert seen[0] == "Encoding: 70 of 4,000, about 7 min left"
    assert seen[-1] == "Encoding: 200 of 4,000"


def test_work_that_ends_early_is_not_called_full(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_SECONDS_UNTIL_SHOWN", 0.0)
    work(str(example), "Half", 100)
    [shown] = found("home-energy-half")
    assert shown.data == 50.0


def test_short_work_is_not_worth_an_artifact(example: Path) -> None:
    work(str(example), "Blink", 200)
    assert found("home-energy-blink") == []
