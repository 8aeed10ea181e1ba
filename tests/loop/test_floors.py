"""A label that a new model gives up keeps it out of its own project; a person may overrule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from labelloop.learning import training
from labelloop.loop.asking import ask
from labelloop.loop.generation import encode_pool
from labelloop.loop.models import model_rows, promote_model
from labelloop.loop.turn import learn
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.store import models


@pytest.fixture
def answered(make: Callable[..., Workspace], answer: Any) -> Workspace:
    """24 audit answers and a champion; from now on a person has the last word."""
    workspace = make(batch_size=30, audit_share=0.8)
    encode_pool(workspace)
    ask(workspace, manual=True)
    answer(workspace)
    learn(workspace)
    toml = workspace.project.folder / "labelloop.toml"
    toml.write_text(toml.read_text() + '[training]\npromotion = "ask"\n')
    return open_workspace(workspace.project.folder)


def test_it_is_kept_out_with_a_reason_to_read_and_promoted_by_hand(
    answered: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = training.train_head

    def blind_to_sport(*material: Any, **how: Any) -> Any:
        made = own(*material, **how)
        made.head.bias[0] = np.float32(-100)
        return made

    monkeypatch.setattr(training, "train_head", blind_to_sport)
    outcome = learn(answered, again=True).training
    assert outcome.model_id
    assert (outcome.promoted, outcome.awaits) == (False, False)  # nobody is asked about it
    assert outcome.reason.startswith("kept out:")
    row = model_rows(answered)[-1]
    assert "below the floor: sport: found in 0 of" in row["decision"]
    with answered.store.transaction() as tx:
        kept = models.get(tx, outcome.model_id).metrics["gate"]["floors"]
    assert {one["label"]: one["state"] for one in kept} == {"sport": "fallen", "money": "holds"}
    assert outcome.model_id in promote_model(answered, outcome.model_id)
    row = model_rows(answered)[-1]
    assert row["status"] == "champion"
    assert row["decision"].startswith("promoted by hand; the gate: kept out:")
