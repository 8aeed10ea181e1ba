"""Tasks of Labels Checking and Manual Labelling."""

from __future__ import annotations

from dataclasses import replace

from prefect import task

from labelloop.loop import asking
from labelloop.loop.asking import Asked
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.project import Project
from tasks import artifacts
from tasks.one_at_a_time import one_at_a_time


@task(name="ask with suggestions", persist_result=False)
def ask_with_suggestions(project: str, questions: int = 0, strategy: str | None = None) -> Asked:
    """Choose by the champion's uncertainty and put the choice on the checking queue."""
    return _ask(_with(open_workspace(project), questions, strategy), manual=False)


@task(name="ask without suggestions", persist_result=False)
def ask_without_suggestions(project: str, questions: int = 0) -> Asked:
    """Choose documents spread over the pool and put them on the checking queue."""
    return _ask(_with(open_workspace(project), questions, None), manual=True)


def _ask(workspace: Workspace, *, manual: bool) -> Asked:
    with one_at_a_time(workspace, "asking"):
        batch = asking.ask(workspace, manual=manual)
    artifacts.asked(workspace, batch)
    return batch


def _with(workspace: Workspace, questions: int, strategy: str | None) -> Workspace:
    """The project with another batch size or strategy, for this run alone."""
    changed = {"batch_size": questions, "strategy": strategy}
    wanted = {name: value for name, value in changed.items() if value}
    settings = workspace.project.settings
    query = settings.query.model_copy(update=wanted)
    project = Project(workspace.project.folder, settings.model_copy(update={"query": query}))
    return replace(workspace, project=project)
