"""Ctrl-C in the middle of a turn: one line, status 130, and the same command goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labelloop.loop.status import project_status
from labelloop.loop.workspace import open_workspace

EXAMPLE = Path(__file__).parents[2] / "examples" / "home-energy"


@pytest.fixture
def project(tmp_path: Path, home_energy: Any) -> Path:
    """The example's documents, without the sources that need a network."""
    found: Path = home_energy.offline_example(tmp_path)
    return found


# Whoever runs the tests in the background ignores Ctrl-C, and children inherit that.
LABELLOOP = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from labelloop.cli import main
main()
"""


def start(project: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            LABELLOOP,
            "run",
            "--project",
            str(project),
        ],
        env=os.environ | {"PREFECT_HOME": str(project / "prefect")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.encoder
@pytest.mark.parametrize("after", ["articles: 206 new", "near-duplicates found"])
def test_an_interrupted_turn_goes_on_where_it_was(project: Path, after: str) -> None:
    run = start(project)
    try:
        assert run.stderr is not None
        for line in run.stderr:
            if after in line:
                run.send_signal(signal.SIGINT)
                break
        _, complaint = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode == 130
    assert "interrupted. What was done is kept" in complaint
    assert "Traceback" not in complaint

    again = start(project)
    try:
        out, complaint = again.communicate(timeout=200)
    finally:
        again.kill()
    assert again.returncode == 0, complaint
    assert "20 questions wait" in out
    status = project_status(open_workspace(project))
    assert status["documents"] == 206
    assert status["duplicates"] == 4
    assert status["turns"] == 1
    assert status["queue"]["open"] == 20
