"""Commands about the checking queue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelloop.cli.options import HERE, ProjectOption, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="""The checking queue: what waits for people.

Example: labelloop queue export open.csv --project examples/home-energy""",
)


@app.callback()
def _room() -> None:
    pass


@app.command()
def export(
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="File to write.")],
    project: ProjectOption = HERE,
) -> None:
    """Write the open questions as CSV, to be answered elsewhere.

    Fill a column 'label' and give it back with 'labelloop import OUT.csv --annotator NAME'.

    Example: labelloop queue export open.csv --project examples/home-energy
    """
    from labelloop.loop.exchange import export_queue
    from labelloop.loop.workspace import open_workspace

    count = export_queue(open_workspace(project), out)
    say(f"{count:,} open questions written to {out}.")
    if count:
        say(f"Fill its column 'label', then: labelloop import {out} --annotator NAME")
