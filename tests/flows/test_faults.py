"""What goes wrong around a run: a project gone, a store held by a notebook, a clock set back."""

from __future__ import annotations

import base64
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from prefect.client.orchestration import get_client

from labelloop.errors import LeaseLost, ProjectFileError, StoreLocked, WrongUse
from labelloop.loop import answering, clock
from labelloop.loop.answering import Desk
from labelloop.loop.status import project_status
from labelloop.loop.workspace import open_workspace
from labelloop.records import Pick
from labelloop.store import label_schema, pool, queue, turns, verdicts

_NOTEBOOK = """
import sys, time, duckdb
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def notebook(project: Path, seconds: float) -> Iterator[int]:
    """Another program that holds the store open for so long; its process id."""
    words = [sys.executable, "-c", _NOTEBOOK, str(project / "labelloop.duckdb"), str(seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


@pytest.fixture
def read(example: Path) -> Path:
    """The example with its documents in the store."""
    from tasks.extraction import extract

    extract.fn(str(example), "articles")
    return example


def test_a_project_that_is_gone_is_named_with_what_to_do(read: Path) -> None:
    """As a schedule meets it whose project was moved or deleted."""
    from deployments.catalogue import deployments
    from flows.database import database

    [deployment] = [d for d in deployments(open_workspace(read)) if d.flow_name == "Database"]
    folder = deployment.parameters["project"]
    shutil.rmtree(read)
    with pytest.raises(ProjectFileError) as gone:
        database(folder)
    assert str(gone.value).startswith(f"{folder}/labelloop.toml does not exist. ")
    assert "--project" in str(gone.value)
    with get_client(sync_client=True) as client:
        newest = max(client.read_flow_runs(), key=lambda run: run.created)
    assert newest.state is not None
    assert newest.state.is_failed()
    assert f"{folder}/labelloop.toml does not exist" in (newest.state.message or "")


def test_up_on_a_project_that_is_gone_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from labelloop.cli import main; main()", "up"]
    ended = subprocess.run(
        [*command, "--project", str(tmp_path / "gone")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    [line] = ended.stderr.strip().splitlines()
    assert line.startswith(f"labelloop: {tmp_path}/gone/labelloop.toml does not exist.")
    assert not (tmp_path / "gone").exists()


class _Another(BaseHTTPRequestHandler):
    """Answers as a Prefect server of version 3.7.8 does when asked for it."""

    told: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        self.told.append(self.headers.get("Authorization"))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'"3.7.8"')

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def another() -> Iterator[str]:
    listening = HTTPServer(("127.0.0.1", 0), _Another)
    Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}/api"
    listening.shutdown()
    listening.server_close()


_TURN = ["-c", "from labelloop.cli import main; main()", "run"]


@pytest.mark.parametrize("words", [_TURN, ["-m", "flows.database"], ["-m", "deployments.deploy"]])
def test_a_server_that_cannot_be_used_is_one_line(read: Path, another: str, words: list[str]) -> None:
    for api, said in (("http://127.0.0.1:9/api", "does not answer"), (another, "is of version 3.7.8")):
        ended = subprocess.run(
            [sys.executable, *words, "--project", str(read)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=os.environ | {"PREFECT_API_URL": api},
        )
        assert ended.returncode in {1, 2}
        [line] = ended.stderr.strip().splitlines()
        assert line.startswith(f"labelloop: the Prefect server {api} {said}")


def test_a_server_with_a_password_is_asked_with_it(another: str) -> None:
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    from flows.local import check_named_server

    _Another.told.clear()
    settings = {PREFECT_API_URL: another, PREFECT_API_AUTH_STRING: "labelloop:secret"}
    with temporary_settings(settings), pytest.raises(WrongUse, match=r"is of version 3\.7\.8"):
        check_named_server()
    assert _Another.told == ["Basic " + base64.b64encode(b"labelloop:secret").decode()]


def test_a_run_waits_for_a_notebook_that_lets_go(read: Path) -> None:
    from flows.database import database

    with notebook(read, 2.0):
        assert database(str(read)).version is None  # nothing answered yet, but the store was read


def test_a_notebook_that_does_not_let_go_is_named(read: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.database import database
    from labelloop.loop import workspace

    impatient = functools.partial(workspace.Store, patience=0.5)
    monkeypatch.setattr(workspace, "Store", impatient)
    with notebook(read, 60) as pid, pytest.raises(StoreLocked) as locked:
        database(str(read))
    said = str(locked.value)
    assert f"process {pid} (" in said
    assert "waited 0.5 seconds. Close the store there (a notebook, a database shell)" in said
    assert database(str(read)).version is None


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[timedelta]]:
    """How far the system's clock is off: set the last entry."""
    off = [timedelta()]

    def shifted() -> datetime:
        return clock.now() + off[-1]

    monkeypatch.setattr(answering, "now", shifted)
    yield off


def test_a_clock_set_back_loses_no_lease_and_no_answer(read: Path, clock_at: list[timedelta]) -> None:
    workspace = open_workspace(read)
    with workspace.store.transaction("ask") as tx:
        label_schema.ensure(tx, workspace.project.settings.labels, now=clock.now())
        picks = [Pick(int(n), "manual", 1.0) for n in pool.frame(tx).document_ids[:4]]
        turn = turns.begin(tx, now=clock.now()).turn
        queue.add(tx, turn=turn, picks=picks, verdicts_wanted=1, now=clock.now())
    ada, ben = Desk(workspace, "ada"), Desk(workspace, "ben")
    first = ada.next()
    assert first is not None
    ada.label(first, "solar", 1.0, verdict_id="v1")
    held = ada.next()
    assert held is not None

    clock_at.append(timedelta(days=-1))
    other = ben.next()
    assert other is not None
    assert other.item_id not in {first.item_id, held.item_id}
    ada.label(held, "wind", 1.0, verdict_id="v2")  # her lease still holds
    with pytest.raises(LeaseLost):
        ben.label(held, "solar", 1.0, verdict_id="v3")
    undone = ada.undo(verdict_id="v4")  # her newest answer, by the order given, not by the clock
    assert undone is not None
    assert undone.item_id == held.item_id
    ada.label(undone, "solar", 1.0, verdict_id="v5")
    assert project_status(workspace)["verdicts"] == 2
    with workspace.store.transaction("look") as tx:
        stand = {answer.document_id: answer.labels for answer in verdicts.answers(tx)}
    assert stand == {first.document_id: ("solar",), held.document_id: ("solar",)}
