"""Database: people's verdicts become a frozen, numbered data set version."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from flows.parameters import ProjectFolder
from labelloop.loop.database import Frozen
from tasks.database import freeze


@flow(name="Database", description=__doc__, persist_result=False)
def database(project: ProjectFolder = ".") -> Frozen:
    """Form the consensus of the verdicts and freeze it as a data set version.

    Args:
        project: Folder that holds labelloop.toml.
    """
    return freeze(project)


if __name__ == "__main__":
    main(database)
