"""The same stage started twice at once, from different flows: done once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labelloop.loop.workspace import Workspace, open_workspace


@pytest.mark.encoder
def test_two_runs_at_once_ask_one_batch_and_train_one_model(
    example: Path, answers: Callable[[Workspace], int]
) -> None:
    from labelloop.loop.models import model_rows
    from labelloop.loop.status import project_status
    from tasks.asking import ask_without_suggestions
    from tasks.database import freeze
    from tasks.extraction import extract
    from tasks.generation import encode, texts_to_encode
    from tasks.training import train

    folder, workspace = str(example), open_workspace(example)
    extract.fn(folder, "articles")
    for shard in texts_to_encode.fn(folder):
        encode.fn(folder, shard)
    with ThreadPoolExecutor(2) as both:
        asked = list(both.map(lambda _: ask_without_suggestions.fn(folder), range(2)))
    assert sorted(batch.questions for batch in asked) == [0, 20]
    assert project_status(workspace)["queue"]["open"] == 20
    answers(workspace)
    freeze.fn(folder)
    with ThreadPoolExecutor(2) as both:
        trained = list(both.map(lambda _: train.fn(folder, False), range(2)))
    assert sorted(outcome.model_id is None for outcome in trained) == [False, True]
    assert [model["model_id"] for model in model_rows(workspace)] == ["m0001"]
