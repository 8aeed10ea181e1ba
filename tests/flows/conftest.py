"""One real Prefect server for all flow tests, in a home of its own."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labelloop.loop.exporting import export_queue
from labelloop.loop.importing import import_verdicts
from labelloop.loop.workspace import Workspace

HERE = Path(__file__).parents[2] / "examples" / "home-energy"


@pytest.fixture(scope="session", autouse=True)
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    os.environ["PREFECT_HOME"] = str(tmp_path_factory.mktemp("prefect"))
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["PREFECT_LOGGING_EXTRA_LOGGERS"] = "labelloop"
    os.environ["PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW"] = "ignore"
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=120),
        # The heartbeat thread sleeps a second at the end of each subflow.
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture(scope="session")
def make_example() -> Callable[[Path], Path]:
    """Makes the example project in a folder, without the sources that need a network."""
    import shutil

    from labelloop.project import PROJECT_FILE

    def make(folder: Path) -> Path:
        shutil.copytree(HERE / "documents", folder / "documents")
        written = (HERE / PROJECT_FILE).read_text("utf-8")
        first, rest = written.split("# The next three need the network.", 1)
        (folder / PROJECT_FILE).write_text(first + "[encoder]" + rest.split("[encoder]", 1)[1], "utf-8")
        return folder

    return make


@pytest.fixture
def example(tmp_path: Path, make_example: Callable[[Path], Path]) -> Path:
    """The example project in a folder of the test's own."""
    return make_example(tmp_path)


@pytest.fixture(scope="session")
def answer() -> Callable[[Workspace], int]:
    """The same as ``answers``, for fixtures that outlive a test."""
    return answer_everything


@pytest.fixture
def answers() -> Callable[[Workspace], int]:
    """Gives the known answers to every open question; two documents are off topic."""
    return answer_everything


def answer_everything(workspace: Workspace) -> int:
    """Fill the exported queue with the known answers and import it; two documents are off topic."""
    with (HERE / "answers.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    sheet = workspace.project.folder / "open.csv"
    export_queue(workspace, sheet)
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "label": truth.get(row["external_id"], "")} for row in rows)
    return import_verdicts(workspace, sheet, "ada").taken
