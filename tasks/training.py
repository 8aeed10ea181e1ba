"""Tasks of Model Training."""

from __future__ import annotations

from dataclasses import replace

from prefect import task

from labelloop.loop import fine_tuning, models, training
from labelloop.loop.training import TrainingOutcome
from labelloop.loop.workspace import Workspace, open_workspace
from tasks import artifacts, events
from tasks.one_at_a_time import one_at_a_time
from tasks.showing import shown_in_prefect


@task(name="train and compare", persist_result=False)
def train(project: str, again: bool) -> TrainingOutcome:
    """Train a candidate, compare it with the champion, promote it if not worse."""
    workspace = open_workspace(project)
    with one_at_a_time(workspace, "training"):
        return training.train_if_possible(workspace, again=again)


@task(name="fine-tune and compare", persist_result=False)
def tune(project: str, asked: bool, before: TrainingOutcome) -> TrainingOutcome:
    """Tune the encoder where that is due or asked for; else what came before stands.

    Killed, it goes on from its last checkpoint next time.
    """
    workspace = open_workspace(project)
    with one_at_a_time(workspace, "training"), shown_in_prefect(workspace):
        outcome = fine_tuning.fine_tune_if_possible(workspace, asked=asked)
    if outcome.model_id is None:
        return before
    _report(workspace, outcome)
    return replace(outcome, promoted=outcome.promoted or before.promoted)


@task(name="report the training", persist_result=False)
def report(project: str, outcome: TrainingOutcome) -> None:
    """Show the decision in the Prefect UI, and tell what follows from it."""
    _report(open_workspace(project), outcome)


def _report(workspace: Workspace, outcome: TrainingOutcome) -> None:
    artifacts.trained(workspace, outcome, models.find(workspace, outcome.model_id))
    _tell(workspace, outcome)
    if events.stands_alone():  # a turn does so at its end
        events.warn_people(workspace)


def _tell(workspace: Workspace, outcome: TrainingOutcome) -> None:
    payload = {"model_id": outcome.model_id, "reason": outcome.reason}
    if outcome.promoted:
        events.emit(workspace, "model.promoted", payload)
    elif events.stands_alone():
        events.want_questions(workspace)
    elif outcome.awaits:
        events.emit(workspace, "promotion.wanted", payload)


@task(name="find a model that waits", persist_result=False)
def find_waiting(project: str) -> TrainingOutcome:
    """The model that waits for a person's word; without an id where none does."""
    model = models.waiting(open_workspace(project))
    if model is None:
        return TrainingOutcome(None, False, "no model waits for a person's word")
    return TrainingOutcome(model.model_id, False, model.decision, awaits=True)


@task(name="keep the person's word", persist_result=False)
def decide(project: str, model_id: str, promote: bool, because: str) -> TrainingOutcome:
    """Promote the model that waited, or leave it a candidate for good."""
    workspace = open_workspace(project)
    word = "promoted by a person" if promote else "declined by a person"
    reason = f"{word}: {because}" if because else word
    models.decide_waiting(workspace, model_id, promote, reason)
    outcome = TrainingOutcome(model_id, promote, reason)
    artifacts.trained(workspace, outcome, models.find(workspace, model_id))
    if promote:
        _tell(workspace, outcome)
    return outcome
