"""Progress of long work: an artifact in Prefect, made late, full at the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    assert shown.description == "Fine-tuning: 200 in all"


def test_work_that_ends_early_is_not_called_full(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_SECONDS_UNTIL_SHOWN", 0.0)
    work(str(example), "Half", 100)
    [shown] = found("home-energy-half")
    assert shown.data == 50.0


def test_short_work_is_not_worth_an_artifact(example: Path) -> None:
    work(str(example), "Blink", 200)
    assert found("home-energy-blink") == []
