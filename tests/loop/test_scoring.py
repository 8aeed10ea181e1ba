"""Predicting in shards: the same numbers to the bit, and nothing half done is ever seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from labelloop.errors import LabelloopError
from labelloop.loop import scoring
from labelloop.loop.asking import ask
from labelloop.loop.generation import (
    encode_pool,
    encode_shard,
    keep_scored,
    predict_pool,
    shards_to_encode,
)
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace
from labelloop.store import predictions

Make = Callable[..., Workspace]


@pytest.fixture
def trained(make: Make, answer: Any) -> Workspace:
    workspace = make()
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    return workspace


def stored(workspace: Workspace) -> predictions.Predictions:
    with workspace.store.transaction("look") as tx:
        found = predictions.load(tx)
    assert found is not None
    return found


@pytest.mark.encoder
def test_shards_say_what_one_go_says(trained: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "BLOCK", 8)
    predict_pool(trained)
    whole = stored(trained)

    made = scoring.plan(trained, "run")
    assert made is not None
    assert len(made.shards) == 5
    for shard in reversed(made.shards):
        assert scoring.score(trained, made.model_id, made.folder, shard) == 8
    assert stored(trained).model_id == whole.model_id  # nothing is replaced before all are there
    kept = keep_scored(trained, made)
    assert (kept.documents, kept.model_id) == (40, "m0001")
    again = stored(trained)
    for field in fields(whole):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(whole, field.name))
    assert not (trained.project.folder / made.folder).exists()


@pytest.mark.encoder
def test_a_shard_that_is_lost_is_named_and_what_was_stays(
    trained: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "BLOCK", 16)
    before = stored(trained)
    made = scoring.plan(trained, "run")
    assert made is not None
    scoring.score(trained, made.model_id, made.folder, made.shards[0])
    with pytest.raises(LabelloopError, match="the worker that predicted it writes elsewhere"):
        keep_scored(trained, made)
    np.testing.assert_array_equal(stored(trained).probabilities, before.probabilities)


def test_a_million_documents_make_some_thirty_shards() -> None:
    shards = scoring._cut(np.arange(1_000_000) * 3)
    assert len(shards) == 31
    assert shards[0].first == 0
    assert shards[-1].last == 999_999 * 3
    assert all(a.last < b.first for a, b in pairwise(shards))
    assert scoring._cut(np.arange(0)) == ()


@pytest.mark.encoder
def test_no_champion_no_plan_and_shards_are_encoded_once(make: Make) -> None:
    workspace = make()
    assert scoring.plan(workspace, "run") is None
    [shard] = shards_to_encode(workspace)
    assert len(shard) == 40
    assert encode_shard(workspace, shard[:10]) == 10
    assert encode_shard(workspace, shard) == 30
    assert encode_shard(workspace, shard) == 0
    assert shards_to_encode(workspace) == []
