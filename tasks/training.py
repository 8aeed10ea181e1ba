"""Tasks of Model Training."""

from __future__ import annotations

from prefect import task

from labelloop.loop import training
from labelloop.loop.training import TrainingOutcome
from labelloop.loop.workspace import open_workspace


@task(name="train and compare", persist_result=False)
def train(project: str, again: bool) -> TrainingOutcome:
    """Train a candidate, compare it with the champion, promote it if not worse."""
    return training.train_if_possible(open_workspace(project), again=again)
