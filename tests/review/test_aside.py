"""Work in the process beside the page."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labelloop.errors import LabelloopError, ProjectFileError, UnknownName
from labelloop.loop.documents import look
from labelloop.loop.status import project_status
from labelloop.review.aside import Aside


@pytest.fixture
def own() -> Iterator[Aside]:
    one = Aside()
    yield one
    one.stop()


def test_it_is_another_process_and_stays_one(made: Any, beside: Aside) -> None:
    folder = made.workspace.project.folder
    first = beside.run(folder, project_status)
    assert first == project_status(made.workspace)
    there = beside._process.pid  # type: ignore[union-attr]
    beside.run(folder, project_status)
    assert there != os.getpid()
    assert beside._process.pid == there  # type: ignore[union-attr]


def test_errors_come_back_as_they_are(made: Any, beside: Aside, tmp_path: Path) -> None:
    folder = made.workspace.project.folder
    with pytest.raises(UnknownName) as known:
        look(made.workspace, 99, viewer="me", all_answers=True)
    with pytest.raises(UnknownName) as caught:
        beside.run(folder, look, 99, viewer="me", all_answers=True)
    assert str(caught.value) == str(known.value)
    with pytest.raises(ProjectFileError, match="labelloop init DIR"):
        beside.run(tmp_path, project_status)
    assert beside.run(folder, project_status)["documents"] == 0


def test_one_that_was_killed_or_went_idle_is_begun_anew(made: Any, own: Aside) -> None:
    folder = made.workspace.project.folder
    own.run(folder, project_status)
    process = own._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert own.run(folder, project_status)["documents"] == 0
    assert own._process is not process


def test_one_that_dies_at_work_is_an_error_in_words(
    made: Any, own: Aside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deadly_work.py").write_text("import os\n\ndef die(_workspace):\n    os._exit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    die = importlib.import_module("deadly_work").die
    with pytest.raises(LabelloopError, match="ended in the middle"):
        own.run(made.workspace.project.folder, die)
    assert own.run(made.workspace.project.folder, project_status)["documents"] == 0


SMALL = """
import sys
from labelloop.loop import documents, schema
from labelloop.loop.checking import Given, begin, hand_over
from labelloop.loop.workspace import open_workspace
import labelloop.review.app

workspace = open_workspace(sys.argv[1])
begin(workspace)
items = [one for _ in range(3) for one in hand_over(workspace, "ada", count=10).items]
items = {one.item_id: one for one in items}.values()
given = [
    Given(f"answer-{one.item_id}", one.item_id, one.content_hash, "label", ("sport",)) for one in items
]
for some in (given[:1], given[1:]):
    received = hand_over(workspace, "ada", some).received
    assert {one.outcome for one in received} == {"stored"}
documents.ask_me(workspace, next(iter(items)).document_id, "ada")
schema.present(workspace)
heavy = {"pandas", "pyarrow", "scipy", "sklearn", "matplotlib", "torch"} & set(sys.modules)
print(sorted(heavy))
"""


def test_a_page_that_takes_answers_loads_nothing_heavy(made: Any) -> None:
    made.ask(12, suggestion="sport")
    command = [sys.executable, "-c", SMALL, str(made.workspace.project.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_ends_where_the_page_is_killed(made: Any, tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text(
        "import sys, time\n"
        "from pathlib import Path\n"
        "from labelloop.loop.status import project_status\n"
        "from labelloop.review.aside import Aside\n"
        "if __name__ == '__main__':\n"
        "    one = Aside()\n"
        "    one.run(Path(sys.argv[1]), project_status)\n"
        "    print(one._process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, str(script), str(made.workspace.project.folder)]
    page = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with page:
        assert page.stdout is not None
        there = int(page.stdout.readline())
        page.kill()
    until = time.monotonic() + 20
    while Path(f"/proc/{there}/stat").exists() and time.monotonic() < until:
        if Path(f"/proc/{there}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{there}").exists()
