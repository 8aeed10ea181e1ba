"""A run killed with -9 in every stage, one test each: the next run ends where an unkilled one does.

Each kill comes in the middle of a transaction, after its SQL and before its end: the worst moment.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.clock import now
from labelloop.loop.status import project_status
from labelloop.loop.workspace import open_workspace
from labelloop.store import datasets, models, predictions, queue

pytestmark = [pytest.mark.kills, pytest.mark.encoder, pytest.mark.slow, pytest.mark.timeout(600)]

_KILLED_IN = """
import os, signal, sys
from contextlib import contextmanager
from importlib import import_module
from labelloop.store.database import Store

begun = Store.transaction

@contextmanager
def deadly(self, what="work"):
    with begun(self, what) as tx:
        yield tx
        if what == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)

Store.transaction = deadly
getattr(import_module(f"flows.{sys.argv[1]}"), sys.argv[1])(sys.argv[2])
"""

STAGES = [
    # flow, transaction it is killed in, what the project has gone through before
    ("data_extraction", "keep documents of articles", "new"),
    ("data_extraction", "link near-duplicates", "new"),
    ("labels_generation", "keep vectors", "read"),
    ("manual_labelling", "queue questions", "encoded"),
    ("database", "freeze the data set", "answered"),
    ("model_training", "freeze the data set", "answered"),
    ("model_training", "keep the model", "answered"),
    ("labels_generation", "keep predictions", "trained"),
    ("labels_checking", "queue questions", "trained"),
    ("active_learning", "begin the turn", "answered"),
    ("active_learning", "finish the turn", "answered"),
]


def fly(flow: str, project: Path) -> None:
    getattr(import_module(f"flows.{flow}"), flow)(str(project))


@pytest.fixture(scope="module")
def lives(
    tmp_path_factory: pytest.TempPathFactory,
    make_example: Callable[[Path], Path],
    answer: Callable[[Any], int],
) -> dict[str, Path]:
    """The project at every age, each a folder to be copied."""
    root = tmp_path_factory.mktemp("lives")
    project = make_example(root / "project")
    found: dict[str, Path] = {}

    def keep(age: str) -> None:
        found[age] = Path(shutil.copytree(project, root / age))

    keep("new")
    fly("data_extraction", project)
    keep("read")
    fly("labels_generation", project)
    keep("encoded")
    fly("manual_labelling", project)
    assert answer(open_workspace(project)) == 20
    keep("answered")
    fly("model_training", project)
    keep("trained")
    return found


def kill(flow: str, project: Path, what: str) -> None:
    from prefect.settings import PREFECT_API_URL

    ended = subprocess.run(
        [sys.executable, "-c", _KILLED_IN, flow, str(project), what],
        env=os.environ | {"PREFECT_API_URL": str(PREFECT_API_URL.value())},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, f"{what!r} was never reached:\n{ended.stderr[-2000:]}"


def state(project: Path) -> dict[str, Any]:
    """All that counts: what is there, what is asked, who is the champion."""
    workspace = open_workspace(project)
    found = project_status(workspace)
    counted = ("documents", "duplicates", "pool", "embedded", "labels", "verdicts", "queue", "turns")
    with workspace.store.transaction("look") as tx:
        asked = [item.document_id for item in queue.open_items(tx, now=now())]
        frozen = [made.sha256 for made in datasets.versions(tx)]
        predicted = predictions.load(tx)
        trained = [(model.dataset_version, model.status, model.kind) for model in models.versions(tx)]
    assert len(asked) == len(set(asked))
    return {
        **{name: found[name] for name in counted},
        "asked": asked,
        "frozen": frozen,
        "predicted": 0 if predicted is None else len(predicted.document_ids),
        "trained": trained,  # without their ids: a number that a kill has taken is not given again
    }


@pytest.mark.parametrize(("flow", "what", "age"), STAGES)
def test_after_a_kill_the_next_run_ends_where_an_unkilled_one_does(
    lives: dict[str, Path], tmp_path: Path, flow: str, what: str, age: str
) -> None:
    killed = Path(shutil.copytree(lives[age], tmp_path / "killed"))
    unkilled = Path(shutil.copytree(lives[age], tmp_path / "unkilled"))
    kill(flow, killed, what)
    fly(flow, killed)
    fly(flow, unkilled)
    assert state(killed) == state(unkilled) != state(lives[age])


def test_every_flow_is_killed() -> None:
    rooms = {path.stem for path in (Path(__file__).parents[2] / "flows").glob("*.py")}
    assert {flow for flow, _, _ in STAGES} == rooms - {"__init__", "approval", "local", "parameters"}
