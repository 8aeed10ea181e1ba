"""Tests that take minutes, a browser or servers run only where asked for: ``make test-services``."""

from __future__ import annotations

import contextlib
import os
import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

# Beside servers on two cores, threads of small products wait for each other: six times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Not run unless named with -m, for they take minutes or need what 'make install' does not bring; each
# with the reason that pytest shows. The gate names browser, mediawiki and one of e2e.
_ASKED_FOR = {
    "browser": "drives a browser for minutes; run with -m browser",
    "kills": "kills a turn inside every stage, for minutes; run with -m kills",
    "dask": "starts a cluster for a minute; run with -m dask",
    "ray": "starts a cluster for a minute; run with -m ray",
    "e2e": "starts servers for minutes; run with -m e2e",
}
SERVER = os.environ.get("LABELLOOP_TEST_POSTGRESQL", "")
_BROWSER = Path(__file__).parents[1] / "benchmarks" / "chromium.py"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = config.option.markexpr or ""
    for item in items:
        for marker, reason in _ASKED_FOR.items():
            if marker not in asked and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def tiny_encoder() -> Any:
    """``tiny_encoder(folder, texts)`` writes an encoder that can be tuned in a second."""
    return runpy.run_path(str(Path(__file__).with_name("tiny_encoder.py")))["make_tiny_encoder"]


@pytest.fixture(scope="session")
def home_energy() -> SimpleNamespace:
    """``offline_example(folder)`` and ``answer_everything(workspace)`` of the example project."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("home_energy.py"))))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the tests of a file, which were asked for: a machine without one fails them."""
    browser = runpy.run_path(str(_BROWSER))
    if not browser["CHROMIUM"].exists():
        pytest.fail(f"{browser['CHROMIUM']} is not there: apt-get install chromium")
    with browser["launched"]() as started:
        yield started


@contextlib.contextmanager
def database(name: str, template: str = "template1") -> Iterator[str]:
    """A fresh database on the server the tests were given, for as long as the block lasts."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield urlsplit(SERVER)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} (FORCE)")
