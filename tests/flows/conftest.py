"""One real Prefect server for all flow tests, in a home of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
def make_example(home_energy: Any) -> Callable[[Path], Path]:
    """Makes the example project in a folder, without the sources that need a network."""
    found: Callable[[Path], Path] = home_energy.offline_example
    return found


@pytest.fixture
def example(tmp_path: Path, make_example: Callable[[Path], Path]) -> Path:
    """The example project in a folder of the test's own."""
    return make_example(tmp_path)


@pytest.fixture(scope="session")
def answer(home_energy: Any) -> Callable[[Workspace], int]:
    """The same as ``answers``, for fixtures that outlive a test."""
    found: Callable[[Workspace], int] = home_energy.answer_everything
    return found


@pytest.fixture
def answers(answer: Callable[[Workspace], int]) -> Callable[[Workspace], int]:
    """Gives the known answers to every open question; two documents are off topic."""
    return answer
