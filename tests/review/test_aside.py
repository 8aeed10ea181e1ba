"""Work in the process beside the page."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from labelloop.errors import LabelloopError, ProjectFileError, UnknownName
from labelloop.loop import models
from labelloop.loop.documents import look
from labelloop.loop.status import project_status
from labelloop.review import aside
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


def test_one_that_was_killed_is_begun_anew(made: Any, own: Aside) -> None:
    folder = made.workspace.project.folder
    own.run(folder, project_status)
    process = own._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    assert own.run(folder, project_status)["documents"] == 0
    assert own._process is not process


def test_one_without_work_ends_and_is_begun_anew(
    made: Any, own: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "IDLE_SECONDS", 0.05)
    folder = made.workspace.project.folder
    own.run(folder, project_status)
    process = own._process
    assert process is not None
    process.join(20)
    assert process.exitcode == 0
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


def test_a_promotion_of_minutes_holds_up_no_dashboard(
    made: Any, me: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "long_work.py").write_text(
        "import time\n\n"
        "def promote_model(workspace, model_id):\n"
        "    folder = workspace.project.folder\n"
        "    (folder / 'begun').touch()\n"
        "    until = time.monotonic() + 20\n"
        "    while not (folder / 'seen').exists() and time.monotonic() < until:\n"
        "        time.sleep(0.01)\n"
        "    return f'{model_id} is the champion now'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(models, "promote_model", importlib.import_module("long_work").promote_model)
    folder = made.workspace.project.folder
    with ThreadPoolExecutor(1) as pool:
        promoted = pool.submit(me.change, "/api/models/m0001/promote")
        while not (folder / "begun").exists() and not promoted.done():
            time.sleep(0.01)
        try:
            assert me.get("/dashboard").status_code == 200
            assert not promoted.done()
        finally:
            (folder / "seen").touch()
    assert promoted.result().json() == {"message": "m0001 is the champion now"}


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
    while alive(there) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(there)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
