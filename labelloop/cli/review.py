"""The command that serves the checking page."""

from __future__ import annotations

from typing import Annotated

import typer

from labelloop.cli.options import HERE, ProjectOption, say


def add_to(app: typer.Typer) -> None:
    """Register the command of this file."""
    app.command()(review)


def review(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need accounts.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8181,
    show_others: Annotated[
        bool, typer.Option("--show-others", help="Let annotators see what others answered.")
    ] = False,
    project: ProjectOption = HERE,
) -> None:
    """Serve the checking page: questions, dashboard, documents, API. Ctrl-C ends it.

    Example: labelloop review --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.review.serving import serve

    serve(
        open_workspace(project),
        host=host,
        port=port,
        show_others=show_others,
        ready=lambda address: say(f"The checking page is at {address}  (Ctrl-C ends it)"),
    )
