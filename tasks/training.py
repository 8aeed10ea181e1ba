"""Tasks of Model Training."""

from __future__ import annotations

from prefect import task

from labelloop.loop import models, training
from labelloop.loop.training import TrainingOutcome
from labelloop.loop.workspace import open_workspace
from tasks import artifacts, events


@task(name="train and compare", persist_result=False)
def train(project: str, again: bool) -> TrainingOutcome:
    """Train a candidate, compare it with the champion, promote it if not worse."""
    return training.train_if_possible(open_workspace(project), again=again)


@task(name="report the training", persist_result=False)
def report(project: str, outcome: TrainingOutcome) -> None:
    """Show the decision in the Prefect UI, and tell what follows from it."""
    workspace = open_workspace(project)
    artifacts.trained(workspace, outcome, models.find(workspace, outcome.model_id))
    if outcome.promoted:
        events.emit(
            workspace, "model.promoted", {"model_id": outcome.model_id, "reason": outcome.reason}
        )
    elif events.stands_alone():
        events.want_questions(workspace)
    events.warn_people(workspace)
