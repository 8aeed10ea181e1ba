"""Commands about the checking queue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelloop.cli.options import HERE, ProjectOption, say
from labelloop.plurals import counted

app = typer.Typer(
    rich_markup_mode=None,
    help="""The checking queue: what waits for people.

Example: labelloop queue export open.csv --project examples/home-energy""",
)


@app.callback(invoke_without_command=True)
def _count_unless_told(context: typer.Context, project: ProjectOption = HERE) -> None:
    """The checking queue: how many questions wait (as alone), and the questions as a file."""
    if context.invoked_subcommand is not None:
        return
    from labelloop.loop.status import project_status
    from labelloop.loop.workspace import open_workspace

    found = project_status(open_workspace(project))["queue"]
    waiting = found["open"] + found["leased"]
    say(f"{counted(waiting, 'question')} {'waits' if waiting == 1 else 'wait'} for a person.")
    if waiting:
        say(f"Write them to a file: labelloop queue export open.csv --project {project}")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="File to write.")],
    project: ProjectOption = HERE,
) -> None:
    """Write the open questions as CSV, to be answered elsewhere.

    Fill a column 'label' and give it back with 'labelloop import OUT.csv --annotator NAME'.

    Example: labelloop queue export open.csv --project examples/home-energy
    """
    from labelloop.loop.exporting import export_queue
    from labelloop.loop.workspace import open_workspace

    count = export_queue(open_workspace(project), out)
    say(f"{counted(count, 'open question')} written to {out}.")
    if count:
        command = f"labelloop import {out} --annotator NAME --project {project}"
        say(f"Fill its column 'label', then: {command}")
