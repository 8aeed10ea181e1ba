"""Tasks of Database."""

from __future__ import annotations

from prefect import task

from labelloop.loop import database
from labelloop.loop.database import Frozen
from labelloop.loop.workspace import open_workspace


@task(name="look for new answers", persist_result=False)
def answers_wait(project: str) -> bool:
    """Whether there are answers to learn from before asking anew."""
    return database.answers_wait(open_workspace(project))


@task(name="freeze the data set", persist_result=False)
def freeze(project: str) -> Frozen:
    """Consensus of the verdicts, frozen as a numbered, hashed version."""
    return database.freeze_dataset(open_workspace(project))
