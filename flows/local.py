"""Runs a flow in this process, as the command line and ``python -m flows.NAME`` do.

No server has to be up: Prefect starts a temporary one, or uses the one that
``PREFECT_API_URL`` names.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from labelloop.errors import LabelloopError

_PATIENCE = 120
_QUIET = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the stages say what they did themselves
    "PREFECT_LOGGING_EXTRA_LOGGERS": "labelloop",  # and those lines reach the Prefect UI, too
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


def run_flow(name: str, **parameters: Any) -> Any:
    """Run the flow ``flows.NAME`` here and return its result.

    Raises:
        LabelloopError: Whatever the stages raise, unchanged.
    """
    if sys.stderr.isatty():  # loading it takes seconds in which nothing else is said
        sys.stderr.write("Starting Prefect…\n")
    for variable, value in _QUIET.items():
        os.environ.setdefault(variable, value)
    return _in_this_process(getattr(import_module(f"flows.{name}"), name), **parameters)


def _in_this_process(flow: Callable[..., Any], **parameters: Any) -> Any:
    check_named_server()
    with without_heartbeat(), _patient_start():  # a run that a person watches needs no heartbeat
        return flow(**parameters)


def check_named_server() -> None:
    """See that the server that environment or profile name, where one does, is there and of our version.

    Raises:
        LabelloopError: It does not answer, wants a password, or is of another version.
    """
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL

    from labelloop.up.health import check_server

    api = PREFECT_API_URL.value()
    if api and not PREFECT_API_KEY.value():  # with a key it is Prefect Cloud, which is always newer
        check_server(api, PREFECT_API_AUTH_STRING.value())


@contextmanager
def _patient_start() -> Iterator[None]:
    """The temporary server has two minutes to come up: Prefect's 20 s are few on a busy machine.

    Raises:
        LabelloopError: It did not.
    """
    from prefect.settings import (
        PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
        temporary_settings,
    )

    with temporary_settings({PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS: _PATIENCE}):
        try:
            yield
        except RuntimeError as error:
            if "ephemeral Prefect API server" not in str(error):
                raise
            raise LabelloopError(
                f"Prefect's temporary server did not come up in {_PATIENCE} seconds",
                remedy="The machine may be busy: try again, or name a server with PREFECT_API_URL",
            ) from None


@contextmanager
def without_heartbeat() -> Iterator[None]:
    """Flow runs begun inside send no heartbeat.

    Its thread sleeps up to a second at the end of every flow run: 1.15 s instead of 0.15 s each.
    Inside a turn the turn's own is enough.
    """
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def main(flow: Callable[..., Any]) -> None:
    """``python -m flows.NAME --project DIR``: run one flow, print its result, exit."""
    from labelloop.cli.ending import ending

    words = argparse.ArgumentParser(
        prog=f"python -m flows.{flow.fn.__name__}",  # type: ignore[attr-defined]
        description=inspect.getdoc(flow.fn),  # type: ignore[attr-defined]
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"Example: python -m flows.{flow.fn.__name__} --project examples/home-energy",  # type: ignore[attr-defined]
    )
    words.add_argument("--project", default=".", help="folder that holds labelloop.toml")
    given = words.parse_args()
    with ending():
        sys.stdout.write(f"{_in_this_process(flow, project=given.project)}\n")
