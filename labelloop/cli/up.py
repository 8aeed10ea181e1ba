"""The command that brings everything up: Prefect server, flows, checking page."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from labelloop.cli.options import HERE, ProjectOption, say

SERVER_PORT = 4200
PAGE_PORT = 8181  # as of labelloop review


def add_to(app: typer.Typer) -> None:
    """Register the command of this file."""
    app.command()(up)


def up(
    project: ProjectOption = HERE,
    port: Annotated[
        int, typer.Option(help="Port of the Prefect server; 0 takes any.", min=0, max=65535)
    ] = SERVER_PORT,
    page_port: Annotated[
        int, typer.Option(help="Port of the checking page; 0 takes any.", min=0, max=65535)
    ] = PAGE_PORT,
    public: Annotated[
        bool, typer.Option("--public", help="Reachable by other machines, behind a password.")
    ] = False,
    turn: Annotated[bool, typer.Option(help="Start a turn at once.")] = True,
    otlp: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Send the runs' spans to this OpenTelemetry collector."),
    ] = None,
) -> None:
    """Start the Prefect server, all flows with their schedules, and the checking page. Ctrl-C stops all.

    A server that PREFECT_API_URL names is used in place of an own one.

    Example: labelloop up --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.task_runner import task_runner_name
    from labelloop.up import bring, first, health, plan, ports, secret

    task_runner_name()  # a name nobody knows is said here, not in a log
    opened = open_workspace(project).project
    home = opened.folder / ".labelloop"
    with first.the_only_one(home) as alone:
        if not alone:
            say(f"{opened.settings.name} is up already:")
            for line in bring.describe(first.told(home)):
                say(line)
            return
        wanted = plan.Wanted(port, page_port, public, turn, page=_page_exists(), otlp=_usable(otlp))
        made = plan.make_plan(opened.folder, home, wanted, os.environ)
        if made.server_port is None:
            health.check_server(made.api, made.auth)
        own = [made.page_port] if made.server_port is None else [made.page_port, made.server_port]
        with ports.reserved(*own):
            say(f"Starting {opened.settings.name}. Logs are in {home / 'logs'}.")
            if public and made.server_port is not None:
                kept = secret.password_file(home)
                say(f"  Log in to Prefect as {secret.USER}; the password is in {kept}")
            bring.bring_up(made, say, turn=turn)


def _usable(otlp: str | None) -> str | None:
    """The collector's address, where it is one and there is something to send spans with."""
    from importlib.util import find_spec
    from urllib.parse import urlsplit

    from labelloop.errors import MissingExtra, WrongUse

    if otlp is None:
        return None
    if urlsplit(otlp).scheme not in {"http", "https"} or not urlsplit(otlp).netloc:
        raise WrongUse(f"--otlp {otlp!r} is no address", remedy="Write http://HOST:4318")
    if find_spec("opentelemetry.exporter") is None:
        raise MissingExtra("--otlp needs OpenTelemetry", remedy="pip install 'labelloop[otel]'")
    return otlp


def _page_exists() -> bool:
    """Whether this installation has the command that serves the checking page."""
    from labelloop.cli.app import app

    return any(command.name == "review" for command in typer.main.get_group(app).commands.values())
