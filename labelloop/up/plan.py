"""What is to be started, where it listens, and the environment it gets. Starts nothing itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labelloop.up import ports, secret

LOCAL = "127.0.0.1"
EVERYBODY = "0.0.0.0"  # noqa: S104  (only with --public, behind a password)

API_VARIABLE = "PREFECT_API_URL"
AUTH_VARIABLE = "PREFECT_API_AUTH_STRING"
OTLP_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for; a port of 0 takes any free one, ``otlp`` gets the runs' spans."""

    server_port: int
    page_port: int
    public: bool
    turn: bool
    page: bool
    otlp: str | None = None


@dataclass(frozen=True)
class Plan:
    """Addresses and environments of one start.

    Attributes:
        home: The project's ``.labelloop`` folder: state, logs, Prefect's database.
        api: Address of Prefect's API.
        ui: Address of Prefect's pages.
        page: Address of the checking page, None where there is none.
        server_port: Where our own server listens, None where PREFECT_API_URL names another's.
        auth: ``user:password`` of the server, where it wants one.
        otlp: Where the runs' spans are sent; None leaves it to the environment.
    """

    folder: Path
    home: Path
    host: str
    api: str
    ui: str
    page: str | None
    server_port: int | None
    page_port: int
    auth: str | None
    otlp: str | None = None

    def environment(self) -> dict[str, str]:
        """Of the flows and the page."""
        found = {
            **os.environ,
            **_QUIET,
            API_VARIABLE: self.api,
            "PREFECT_HOME": os.environ.get("PREFECT_HOME") or str(self.home / "prefect"),
            "PREFECT_LOGGING_EXTRA_LOGGERS": "labelloop",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
            # Without this a line shows up in its log only when the process ends.
            "PYTHONUNBUFFERED": "1",
        }
        if self.page:
            found["LABELLOOP_PAGE"] = self.page
        if self.auth:
            found[AUTH_VARIABLE] = self.auth
        elif self.server_port is not None:
            # Our own server checks no tokens then; each client would ask for one in vain first.
            found["PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"] = "false"
        if self.otlp:
            found[OTLP_VARIABLE] = self.otlp
        return found

    def server_environment(self) -> dict[str, str]:
        """Of our own Prefect server."""
        found = self.environment()
        del found[API_VARIABLE]  # it would take itself for the client of another
        found["PREFECT_UI_API_URL"] = "/api"  # whatever name people reach it by
        if self.auth:
            found["PREFECT_SERVER_API_AUTH_STRING"] = self.auth
            found["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] = "true"
        return found

    def server_words(self) -> list[str]:
        """Starts the Prefect server."""
        port = str(self.server_port)
        return [sys.executable, "-m", "prefect", "server", "start", "--host", self.host, "--port", port]

    def flows_words(self, *, turn: bool, ready: Path) -> list[str]:
        """Serves the flows."""
        serve = [sys.executable, "-m", "deployments.serve", "--project", str(self.folder)]
        return [*serve, "--ready", str(ready), *(["--turn"] if turn else [])]

    def page_words(self) -> list[str]:
        """Serves the checking page."""
        command = "from labelloop.cli import main; main()"
        where = ["--host", self.host, "--port", str(self.page_port)]
        return [sys.executable, "-c", command, "review", "--project", str(self.folder), *where]


_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "DO_NOT_TRACK": "1",
}


def make_plan(folder: Path, home: Path, wanted: Wanted, environment: Mapping[str, str]) -> Plan:
    """Choose addresses; every port is looked at before anything starts.

    Raises:
        WrongUse: A port is taken.
    """
    host = EVERYBODY if wanted.public else LOCAL
    page_port = ports.require_free(host, wanted.page_port, "checking page", "--page-port")
    page = f"http://{LOCAL}:{page_port}" if wanted.page else None
    api = environment.get(API_VARIABLE)
    if api:
        auth = environment.get(AUTH_VARIABLE)
        ui = api.rstrip("/").removesuffix("/api")
        return Plan(folder, home, host, api, ui, page, None, page_port, auth, wanted.otlp)
    port = ports.require_free(host, wanted.server_port, "Prefect server", "--port")
    ui = f"http://{LOCAL}:{port}"
    auth = secret.auth_string(home) if wanted.public else None
    return Plan(folder, home, host, f"{ui}/api", ui, page, port, page_port, auth, wanted.otlp)
