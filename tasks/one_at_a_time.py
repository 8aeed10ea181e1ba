"""One stage of a project at a time, whichever flow it belongs to.

A deployment's limit keeps two runs of one flow apart; but a turn, an event and a person can start
the same stage from different flows. Two would fill the queue twice, or train the same model twice;
waiting, the second finds nothing left to do. Holds on one machine, as the store's own lock does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from labelloop.loop.workspace import Workspace
from labelloop.store.file_lock import held


@contextmanager
def one_at_a_time(workspace: Workspace, stage: Literal["asking", "training"]) -> Iterator[None]:
    """Wait until no other run is in this stage; the system lets go when a run dies."""
    folder = workspace.project.folder / ".labelloop"
    folder.mkdir(exist_ok=True)
    with held(folder / f"{stage}.lock", stage):
        yield
