"""Logs: one line a stage with its counts; as JSON where a setting says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys

_SAYS = """
import logging
from prefect.logging.configuration import setup_logging
setup_logging()
import tasks
logging.getLogger("labelloop.loop.extraction").info("Data Extraction · %s", "articles: 3 new")
logging.getLogger("some.library").info("chatter")
"""


def said(**settings: str) -> list[str]:
    # A turn run by another test of this process leaves its quiet settings behind.
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_LOGGING")}
    environment = inherited | settings
    ended = subprocess.run(
        [sys.executable, "-c", _SAYS], env=environment, capture_output=True, text=True, check=True
    )
    return ended.stderr.splitlines()


def test_lines_of_the_stages_show_and_chatter_does_not() -> None:
    [line] = said()
    assert line.endswith("Data Extraction · articles: 3 new")


def test_json_logs_by_a_setting() -> None:
    [line] = said(PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER="json")
    record = json.loads(line)
    assert record["name"] == "labelloop.loop.extraction"
    assert record["levelname"] == "INFO"
    assert record["args"] == ["articles: 3 new"]
