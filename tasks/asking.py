"""Tasks of Labels Checking and Manual Labelling."""

from __future__ import annotations

from prefect import task

from labelloop.loop import asking
from labelloop.loop.asking import Asked
from labelloop.loop.workspace import open_workspace


@task(name="ask with suggestions", persist_result=False)
def ask_with_suggestions(project: str) -> Asked:
    """Choose by the champion's uncertainty and put the choice on the checking queue."""
    return asking.ask(open_workspace(project), manual=False)


@task(name="ask without suggestions", persist_result=False)
def ask_without_suggestions(project: str) -> Asked:
    """Choose documents spread over the pool and put them on the checking queue."""
    return asking.ask(open_workspace(project), manual=True)
