"""Data Extraction: every source of the project is read, and what is new is kept."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from flows.parameters import ProjectFolder, SourceNames
from labelloop.loop.extraction import SourceRun
from tasks.extraction import extract, find_near_duplicates, named_sources, report
from tasks.runners import task_runner


@flow(name="Data Extraction", description=__doc__, persist_result=False, task_runner=task_runner())
def data_extraction(project: ProjectFolder = ".", sources: SourceNames = ()) -> list[SourceRun]:
    """Read the project's sources; one that fails does not stop the others.

    Args:
        project: Folder that holds labelloop.toml.
        sources: Names of the sources to read; none named reads all of them.
    """
    runs = [extract.submit(project, name) for name in named_sources(project, list(sources))]
    ended = [run.result() for run in runs]
    find_near_duplicates(project)
    report(project, ended)
    return ended


if __name__ == "__main__":
    main(data_extraction)
