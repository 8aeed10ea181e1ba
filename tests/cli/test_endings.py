"""How commands end: nothing but the one line, even where a run state keeps the error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HELD = """
import sys
from pathlib import Path
from labelloop.cli.ending import ending
from labelloop.errors import LearningError
from labelloop.store.duckdb_instance import attached

kept = []

def fail(path):
    with attached(path) as connection:
        connection.execute("SELECT 1").fetchone()
        mine = connection.cursor()
        error = LearningError("the encoder is not there", remedy="Go online once")
        error.itself = error  # as a run state that keeps it, until the process ends
        raise error

with ending():
    fail(Path(sys.argv[1]))
"""


def test_an_error_ends_with_its_line_alone(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HELD, str(tmp_path / "store.duckdb")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr == "labelloop: the encoder is not there. Go online once\n"


def test_a_turn_whose_encoder_is_not_there_ends_with_its_line(project: Path) -> None:
    with (project / "labelloop.toml").open("a") as file:
        file.write('[encoder]\nmodel = "./no-such-folder"\n')
    ended = subprocess.run(
        [sys.executable, "-c", "from labelloop.cli import main; main()", "run", "-p", str(project)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "nanobind" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("labelloop: ")
