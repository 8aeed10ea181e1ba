"""A run killed with -9 in every stage: the store stays whole and the next run carries on.

Each kill comes in the middle of a transaction, after its SQL and before its end: the worst moment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labelloop.loop.clock import now
from labelloop.loop.status import project_status
from labelloop.loop.workspace import Workspace, open_workspace
from labelloop.store import queue

_KILLED_IN = """
import os, signal, sys
from contextlib import contextmanager
from labelloop.store.database import Store

begun = Store.transaction

@contextmanager
def deadly(self, what="work"):
    with begun(self, what) as tx:
        yield tx
        if what == sys.argv[2]:
            os.kill(os.getpid(), signal.SIGKILL)

Store.transaction = deadly
from flows.active_learning import active_learning
active_learning(sys.argv[1])
"""

FIRST_TURN = [
    "begin the turn",
    "keep documents of articles",
    "link near-duplicates",
    "keep vectors",
    "queue questions",
    "finish the turn",
]
SECOND_TURN = ["freeze the data set", "keep the model", "keep predictions"]


def run_and_kill(folder: Path, what: str) -> None:
    from prefect.settings import PREFECT_API_URL

    environment = os.environ | {"PREFECT_API_URL": str(PREFECT_API_URL.value())}
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED_IN, str(folder), what],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, f"{what!r} was never reached:\n{ended.stderr[-2000:]}"


def documents_asked(workspace: Workspace) -> list[int]:
    with workspace.store.transaction("look") as tx:
        return [item.document_id for item in queue.open_items(tx, now=now())]


@pytest.mark.kills
@pytest.mark.encoder
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_in_every_stage_the_next_run_carries_on(
    example: Path, answers: Callable[[Workspace], int]
) -> None:
    from flows.active_learning import active_learning

    workspace = open_workspace(example)
    for what in FIRST_TURN:
        run_and_kill(example, what)
    found = active_learning(str(example)).status
    assert found["documents"] == 206
    assert found["embedded"] == found["documents"] - found["duplicates"]
    assert found["turns"] == 1
    asked = documents_asked(workspace)
    assert len(asked) == len(set(asked)) == 20

    assert answers(workspace) == 20
    for what in SECOND_TURN:
        run_and_kill(example, what)
    found = active_learning(str(example)).status
    assert found["champion"]["accuracy"]["n"] > 0
    assert found["labels"] == 20
    assert found["turns"] == 2
    asked = documents_asked(workspace)
    assert len(asked) == len(set(asked)) == 20
    status = project_status(workspace)
    assert status["verdicts"] == 20
