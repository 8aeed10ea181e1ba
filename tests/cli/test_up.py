"""``labelloop up`` where it cannot start: one line, nothing left behind."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from labelloop.up import first


def test_a_taken_port_is_wrong_use(labelloop: Any, project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = labelloop("up", "--project", project, "--port", port, "--page-port", 0)
    assert ended.status == 2
    assert f"port {port} for the Prefect server is taken" in ended.line
    assert not list((project / ".labelloop").glob("logs/*"))


def test_a_server_that_does_not_answer_is_named(
    labelloop: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    ended = labelloop("up", "--project", project, "--page-port", 0)
    assert ended.status == 1
    assert "the Prefect server http://127.0.0.1:9/api does not answer" in ended.line


def test_a_second_start_finds_the_first(labelloop: Any, project: Path) -> None:
    home = project / ".labelloop"
    with first.the_only_one(home):
        assert "is starting" in labelloop("up", "--project", project).out
        first.tell(home, {"prefect": "http://127.0.0.1:4200", "page": "http://127.0.0.1:8181"})
        ended = labelloop("up", "--project", project)
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "small is up already:",
        "  Prefect         http://127.0.0.1:4200",
        "  checking page   http://127.0.0.1:8181",
    ]


def test_no_project_no_start(labelloop: Any, tmp_path: Path) -> None:
    ended = labelloop("up", "--project", tmp_path / "nowhere")
    assert ended.status == 2
    assert "does not exist" in ended.line
