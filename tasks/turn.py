"""Tasks around a turn: open it, ask whether the model is of use, close it."""

from __future__ import annotations

from prefect import task

from labelloop.loop import turn
from labelloop.loop.readiness import readiness
from labelloop.loop.turn import Turn
from labelloop.loop.workspace import open_workspace
from tasks import artifacts, events


@task(name="begin the turn", persist_result=False)
def begin_turn(project: str) -> int:
    """Open the next turn, or go on with one that was cut short. Returns its number."""
    return turn.begin(open_workspace(project))


@task(name="is the model of use", persist_result=False)
def model_is_useful(project: str) -> bool:
    """Whether there is a champion that beats guessing."""
    return readiness(open_workspace(project)).useful


@task(name="finish the turn", persist_result=False)
def finish_turn(project: str) -> Turn:
    """Close the turn with its counts, and show them in the Prefect UI."""
    workspace = open_workspace(project)
    finished = turn.finish(workspace)
    artifacts.turned(workspace, finished)
    events.warn_people(workspace)
    return finished
