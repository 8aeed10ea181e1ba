"""Tasks of Data Extraction: one task a source, with its retries."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

from prefect import runtime, task
from prefect.client.schemas.objects import TaskRun
from prefect.states import State
from prefect.tasks import Task

from connectors.base import Connector
from connectors.leave import leave_given_by
from connectors.registry import build
from labelloop.errors import SourceError, SourceUnavailable, WrongUse
from labelloop.loop import extraction
from labelloop.loop.extraction import SourceRun
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.setting_sections import SourceSettings
from tasks import artifacts, events, limits
from tasks.secrets import fill_environment
from tasks.time_limit import TimeLimited

ATTEMPTS = 3
LONGEST_WAIT = 120.0
"""Seconds a source may ask us to wait before another try; for longer it waits for the next turn."""
LONGEST_READ = 6 * 3600.0
"""Seconds one source may be read in one run; it ends between two batches and goes on next time."""


def _is_transient(task: Task, _run: TaskRun, state: State) -> bool:
    """Another try helps only with passing faults that do not ask for a long rest.

    A rest that the source names becomes the delay of this very run, so that Prefect shows until
    when it waits; never shorter by jitter.
    """
    error = state.result(raise_on_failure=False)
    if not isinstance(error, SourceUnavailable) or (error.retry_after or 0) > LONGEST_WAIT:
        return False
    asked = error.retry_after or 0.0
    named = asked * random.uniform(1.0, 1.2)  # noqa: S311  (spread, no secret)
    task.retry_delay_seconds = named or _read.retry_delay_seconds
    task.retry_jitter_factor = None if named else _read.retry_jitter_factor
    return True


@task(
    name="read a source",
    task_run_name="read {source}",
    retries=ATTEMPTS - 1,
    retry_delay_seconds=[1, 4],
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_transient,
    persist_result=False,
)
def _read(project: str, source: str) -> SourceRun:
    workspace = open_workspace(project)
    settings = workspace.source(source)
    connector = _connector(workspace, settings)
    slots = limits.ensure(limits.hosts_of([connector])) if limits.are_shared() else {}
    with leave_given_by(limits.SharedPace(slots)):
        return extraction.extract(
            workspace,
            settings,
            lambda: TimeLimited(connector, source, LONGEST_READ),
            another_try=runtime.task_run.run_count > 1,
        )


def _connector(workspace: Workspace, source: SourceSettings) -> Connector[Any]:
    folder = workspace.project.folder
    return build(source.connector, source.options, source=source.name, folder=folder)


def ensure_limits(workspace: Workspace) -> list[str]:
    """Make the shared limits of every host that the project's sources ask; their names.

    A source that cannot be made is passed over here: its own run names the fault.
    """
    connectors = []
    for source in workspace.project.settings.sources:
        with suppress(SourceError, WrongUse):
            connectors.append(_connector(workspace, source))
    return [limits.limit_name(host) for host in limits.ensure(limits.hosts_of(connectors))]


@task(name="extract", task_run_name="extract {source}", persist_result=False)
def extract(project: str, source: str) -> SourceRun:
    """Read one source; what it cannot give is recorded and named, and fails nobody else."""
    # A copy of the task for this source alone: its delay follows what the source asks for.
    state = _read.with_options()(project, source, return_state=True)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, SourceError | WrongUse):
        workspace = open_workspace(project)
        failed = extraction.record_failure(workspace, source, outcome)
        events.emit(workspace, "source.failed", {"source": source, "outcome": failed.outcome})
        return failed
    return state.result()


@task(name="name the sources", persist_result=False)
def named_sources(project: str, sources: list[str]) -> list[str]:
    """The sources asked for; a connector nobody knows, or a setting it does not take, ends it here.

    Raises:
        UnknownName: No such source or connector.
        SourceMisconfigured: Settings that the connector does not take.
    """
    workspace = open_workspace(project)
    fill_environment()
    names = workspace.source_names(sources or None)
    for name in names:
        _connector(workspace, workspace.source(name))
    return names


@task(name="report sources", persist_result=False)
def report(project: str, runs: list[SourceRun]) -> None:
    """A table in the Prefect UI: how reading each source ended."""
    artifacts.came_in(open_workspace(project), runs)


@task(name="find near-duplicates", persist_result=False)
def find_near_duplicates(project: str) -> int:
    """Link near-duplicates, so that people are asked once. Returns how many were found."""
    return extraction.link_near_duplicates(open_workspace(project))
