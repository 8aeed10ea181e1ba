"""Tasks of Data Extraction: one task a source, with its retries."""

from __future__ import annotations

import time

from prefect import runtime, task
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import TaskRun
from prefect.states import State
from prefect.tasks import Task

from connectors.registry import build
from labelloop.errors import SourceError, SourceUnavailable, WrongUse
from labelloop.loop import extraction
from labelloop.loop.extraction import SourceRun
from labelloop.loop.workspace import open_workspace

ATTEMPTS = 3
LONGEST_WAIT = 120.0
"""Seconds a source may ask us to wait before another try; for longer it waits for the next turn."""


def _is_transient(_task: Task, _run: TaskRun, state: State) -> bool:
    """Another try helps only with passing faults that do not ask for a long rest."""
    error = state.result(raise_on_failure=False)
    if not isinstance(error, SourceUnavailable) or (error.retry_after or 0) > LONGEST_WAIT:
        return False
    time.sleep(error.retry_after or 0)
    return True


@task(
    name="read a source",
    task_run_name="read {source}",
    retries=ATTEMPTS - 1,
    retry_delay_seconds=[1, 4],
    retry_jitter_factor=0.5,
    retry_condition_fn=_is_transient,
    timeout_seconds=6 * 3600,
    persist_result=False,
)
def _read(project: str, source: str) -> SourceRun:
    workspace = open_workspace(project)
    settings = workspace.source(source)
    return extraction.extract(
        workspace,
        settings,
        lambda: build(
            settings.connector, settings.options, source=source, folder=workspace.project.folder
        ),
        another_try=runtime.task_run.run_count > 1,
    )


@task(name="extract", task_run_name="extract {source}", persist_result=False)
def extract(project: str, source: str) -> SourceRun:
    """Read one source; what it cannot give is recorded and named, and fails nobody else."""
    state = _read(project, source, return_state=True)
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, SourceError | WrongUse):
        return extraction.record_failure(open_workspace(project), source, outcome)
    return state.result()


@task(name="name the sources", persist_result=False)
def named_sources(project: str, sources: list[str] | None) -> list[str]:
    """The sources asked for; a connector nobody knows, or a setting it does not take, ends it here.

    Raises:
        UnknownName: No such source or connector.
        SourceMisconfigured: Settings that the connector does not take.
    """
    workspace = open_workspace(project)
    names = workspace.source_names(sources)
    for name in names:
        settings = workspace.source(name)
        build(settings.connector, settings.options, source=name, folder=workspace.project.folder)
    return names


@task(name="report sources", persist_result=False)
def report(runs: list[SourceRun]) -> None:
    """A table in the Prefect UI: how reading each source ended."""
    create_table_artifact(
        key="sources",
        table=[
            {"source": run.name, "outcome": run.outcome, **run.counts, "error": run.error or ""}
            for run in runs
        ],
        description="What came in, by source",
    )


@task(name="find near-duplicates", persist_result=False)
def find_near_duplicates(project: str) -> int:
    """Link near-duplicates, so that people are asked once. Returns how many were found."""
    return extraction.link_near_duplicates(open_workspace(project))
