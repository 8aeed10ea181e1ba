"""Deployments on a real server with a real process worker: by our command, and by Prefect's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.status import project_status
from labelloop.loop.workspace import open_workspace
from labelloop.up import children, health, ports

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]


@dataclass
class Server:
    """A running Prefect server, and the environment of its clients."""

    url: str
    environment: dict[str, str]

    def run(self, *words: str, **more: str) -> str:
        """Run a command to its end; its output."""
        ended = subprocess.run(
            [sys.executable, *words],
            env=self.environment | more,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def api(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data)
        request.add_header("Content-Type", "application/json")
        for _ in range(5):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503:  # its SQLite is busy, and it asks to try again
                    raise
                time.sleep(2)
        raise AssertionError(f"{path}: 503 five times")

    def wait(self, run_id: str, *states: str) -> str:
        """Poll until the run is in one of the states."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            found: str = self.api(f"/flow_runs/{run_id}")["state_type"]
            if found in states:
                return found
            time.sleep(0.5)
        raise AssertionError(f"the run stayed {found}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT", "LABELLOOP"))}
    environment |= {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": str(ROOT),
    }
    port = ports.require_free("127.0.0.1", 0, "server", "--port")
    words = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    log = tmp_path / "server.log"
    child = children.start("server", words, folder=tmp_path, log=log, environment=environment)
    url = f"http://127.0.0.1:{port}/api"
    deadline = time.monotonic() + 120
    while not health.answers(f"{url}/health"):
        assert child.alive, child.last_words()
        assert time.monotonic() < deadline
        time.sleep(0.3)
    yield Server(url, environment | {"PREFECT_API_URL": url})
    child.stop(10)


@pytest.fixture
def worker(server: Server, tmp_path: Path) -> Iterator[children.Child]:
    words = [sys.executable, "-m", "prefect", "worker", "start"]
    words += ["--pool", "labelloop", "--type", "process"]
    log = tmp_path / "worker.log"
    child = children.start("worker", words, folder=tmp_path, log=log, environment=server.environment)
    yield child
    child.stop(20)


def deployment(server: Server, flow: str) -> dict[str, Any]:
    found = server.api("/deployments/filter", {"flows": {"name": {"any_": [flow]}}})
    [one] = found
    return dict(one)


def test_a_worker_runs_what_was_deployed_and_stops_what_is_cancelled(
    server: Server, example: Path, worker: children.Child
) -> None:
    said = server.run("-m", "deployments.deploy", "--project", str(example), "--pool", "labelloop")
    assert "7 flows are registered" in said
    extraction = deployment(server, "Data Extraction")
    assert extraction["parameter_openapi_schema"]["properties"]["sources"]["items"]["enum"] == [
        "articles"
    ]
    run = server.api(f"/deployments/{extraction['id']}/create_flow_run", {})
    assert server.wait(run["id"], "COMPLETED", "FAILED", "CRASHED") == "COMPLETED"
    assert project_status(open_workspace(example))["documents"] == 206

    with (example / "labelloop.toml").open("a", encoding="utf-8") as file:
        # A pipe that nobody writes to: reading it never ends by itself.
        file.write('[[sources]]\nname = "stuck"\nconnector = "files"\npath = "pipe.csv"\nid = "id"\n')
    os.mkfifo(example / "pipe.csv")
    run = server.api(f"/deployments/{extraction['id']}/create_flow_run", {})
    server.wait(run["id"], "RUNNING")
    began = time.monotonic()
    cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}, "force": False}
    server.api(f"/flow_runs/{run['id']}/set_state", cancelling)
    assert server.wait(run["id"], "CANCELLED", "COMPLETED", "FAILED", "CRASHED") == "CANCELLED"
    assert time.monotonic() - began < 60
    assert project_status(open_workspace(example))["documents"] == 206


def test_prefects_own_command_takes_the_file(server: Server, example: Path) -> None:
    server.run("-m", "prefect", "work-pool", "create", "labelloop", "--type", "process")
    server.run(
        *("-m", "prefect", "--no-prompt", "deploy", "--all"),
        *("--prefect-file", "deployments/prefect.yaml"),
        LABELLOOP_PROJECT=str(example),
        LABELLOOP_NAME="home-energy",
        LABELLOOP_POOL="labelloop",
    )
    found = server.api("/deployments/filter", {})
    assert len(found) == 7
    assert {one["name"] for one in found} == {"home-energy"}
    assert {one["parameters"]["project"] for one in found} == {str(example)}
    assert all(one["global_concurrency_limit"]["limit"] == 1 for one in found)
    automations = server.api("/automations/filter", {})
    assert len(automations) == 4
    matched = {a["trigger"]["match"]["prefect.resource.id"] for a in automations}
    assert matched == {"labelloop.project.home-energy"}
    assert len([one for one in found if one["schedules"]]) == 3


def answer_by_hand(folder: Path, count: int) -> None:
    """Ask and answer without a flow: first half of the labels for the even documents."""
    from labelloop.loop import asking, extraction, generation, turn
    from labelloop.loop.answering import Desk

    workspace = open_workspace(folder)
    [source] = workspace.project.settings.sources
    from connectors.registry import build

    made = build(source.connector, source.options, source=source.name, folder=folder)
    extraction.extract(workspace, source, lambda: made)
    turn.begin(workspace)
    generation.encode_pool(workspace)
    asking.ask(workspace, manual=True)
    desk = Desk(workspace, "ada")
    for n in range(count):
        item = desk.next()
        assert item is not None
        desk.label(item, "solar" if n % 2 else "wind", 1.0, verdict_id=f"v{item.item_id}")


@pytest.mark.encoder
def test_a_person_has_the_last_word_where_the_project_says_so(
    server: Server, example: Path, worker: children.Child
) -> None:
    from labelloop.loop.models import model_rows

    toml = example / "labelloop.toml"
    toml.write_text(
        toml.read_text("utf-8").replace("[training]", '[training]\npromotion = "ask"'), "utf-8"
    )
    answer_by_hand(example, 20)
    server.run("-m", "deployments.deploy", "--project", str(example), "--pool", "labelloop")
    training = deployment(server, "Model Training")

    def train_until_asked(**parameters: object) -> str:
        path = f"/deployments/{training['id']}/create_flow_run"
        run_id: str = server.api(path, {"parameters": parameters})["id"]
        assert server.wait(run_id, "PAUSED", "COMPLETED", "FAILED", "CRASHED") == "PAUSED"
        return run_id

    def say(run_id: str, **word: object) -> None:
        answer = server.api(f"/flow_runs/{run_id}/resume", {"run_input": word})
        assert answer["status"] == "ACCEPT", answer
        assert server.wait(run_id, "COMPLETED", "FAILED", "CRASHED") == "COMPLETED"

    first = train_until_asked()
    [model] = model_rows(open_workspace(example))
    assert model["status"] == "candidate"
    assert "waits for a person's word" in model["decision"]
    say(first, promote=False, because="too few answers")
    [model] = model_rows(open_workspace(example))
    assert (model["status"], model["decision"]) == ("candidate", "declined by a person: too few answers")

    second = train_until_asked(again=True)
    say(second, promote=True)
    declined, promoted = model_rows(open_workspace(example))
    assert declined["status"] == "candidate"
    assert (promoted["status"], promoted["decision"]) == ("champion", "promoted by a person")
