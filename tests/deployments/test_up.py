"""``labelloop up`` with real processes: the loop closes by itself, and everything ends when told."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.status import project_status
from labelloop.loop.workspace import open_workspace

LABELLOOP = [sys.executable, "-c", "from labelloop.cli import main; main()"]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def status(folder: Path) -> dict[str, Any]:
    return project_status(open_workspace(folder))


def gone(pid: int) -> bool:
    """Ended; a zombie that nobody has waited for counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


@pytest.mark.encoder
def test_answers_start_the_training_and_bring_the_next_questions(
    example: Path, start: Any, home_energy: Any
) -> None:
    up = start(example)
    assert len(up.wait(lambda: up.runs("Active Learning"), "the first turn did not end")) == 1
    keys = {artifact["key"] for artifact in up.api("/artifacts/filter", {})}
    assert keys >= {f"home-energy-{what}" for what in ("sources", "questions", "training", "turn")}
    assert status(example)["queue"]["open"] == 50
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(up.told["page"], timeout=20) as page:
        assert page.status == 200
    scheduled = up.wait(lambda: up.runs("Data Extraction", "SCHEDULED"), "nothing was scheduled")
    assert scheduled

    second = subprocess.run(
        [
            *LABELLOOP,
            "up",
            "--project",
            str(example),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "is up already" in second.stdout
    assert up.told["prefect"] in second.stdout

    # off-topic documents get the first label
    assert home_energy.answer_everything(open_workspace(example), off_topic="solar") == 50
    up.wait(lambda: up.runs("Model Training"), "no training started by itself")
    up.wait(lambda: status(example)["champion"], "nothing was promoted", 30)
    up.wait(lambda: up.runs("Labels Generation"), "the pool was not re-scored")
    up.wait(lambda: status(example)["queue"]["open"], "no next questions")
    with open_workspace(example).store.transaction("look") as tx:
        from labelloop.loop.clock import now
        from labelloop.store import queue

        asked = list(queue.open_items(tx, now=now()))
    assert len(asked) == 50
    assert {item.model_id for item in asked if item.lane == "uncertain"} == {"m0001"}
    time.sleep(15)  # a storm would show by now
    assert len(up.runs("Model Training")) == 1
    assert len(up.runs("Labels Checking")) == 1

    children = up.children()
    assert len(children) >= 3
    assert up.stop() == 0
    assert [pid for pid in children if not gone(pid)] == []
    assert up.told == {}
    assert "stopped" in up.output.read_text()


@pytest.mark.encoder
def test_killed_in_the_middle_of_a_turn_the_next_start_goes_on(example: Path, start: Any) -> None:
    up = start(example)
    turn = up.wait(lambda: up.runs("Active Learning", "RUNNING"), "the turn did not begin")
    children = up.children()
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not all(gone(pid) for pid in children):
        time.sleep(0.5)
    assert [pid for pid in children if not gone(pid)] == []

    again = start(example)
    again.wait(lambda: again.runs("Active Learning"), "the next turn did not end")
    ended = {run["id"] for run in again.runs("Active Learning", "CRASHED")}
    ended |= {run["id"] for run in again.runs("Active Learning", "CANCELLED")}
    assert turn[0]["id"] in ended
    found = status(example)
    assert found["documents"] == 206
    assert found["queue"]["open"] == 50
    assert found["turns"] == 1
    assert again.stop(signal.SIGTERM) == 0


def test_a_part_that_dies_is_named_and_the_rest_ends(example: Path, start: Any) -> None:
    up = start(example, "--no-turn")
    children = up.children()
    said = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    [server] = [pid for pid, words in said.items() if b"prefect\0server" in words]
    os.kill(server, signal.SIGKILL)
    assert up.process.wait(90) == 1
    said = up.output.read_text()
    assert "labelloop: the Prefect server ended by itself with status -9" in said
    assert [pid for pid in children if not gone(pid)] == []


def test_public_wants_a_password_and_shows_it_nowhere(example: Path, start: Any) -> None:
    make_account = ["annotators", "add", "ada", "--role", "admin", "--project", str(example)]
    environment = os.environ | {"LABELLOOP_PASSWORD": "a long password of hers"}
    subprocess.run([*LABELLOOP, *make_account], check=True, env=environment, timeout=60)
    up = start(example, "--public", "--no-turn")
    secret = example / ".labelloop" / "password"
    assert secret.stat().st_mode & 0o777 == 0o600
    password = secret.read_text().strip()
    assert len(password) >= 30
    with pytest.raises(urllib.error.HTTPError) as refused:
        up.api("/admin/version")
    assert refused.value.code == 401
    auth = "Basic " + base64.b64encode(f"labelloop:{password}".encode()).decode()
    with pytest.raises(urllib.error.HTTPError) as forged:
        up.api("/deployments/filter", {}, auth=auth)  # let in, but without a CSRF token
    assert forged.value.code == 403
    assert up.api("/admin/version", auth=auth)
    assert password not in up.everything()
    assert up.stop() == 0
