"""Commands about a whole project: init, run, status, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labelloop.cli.options import HERE, JsonOption, ProjectOption, say, say_json
from labelloop.errors import LabelloopError


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    for command in (init, run, status, doctor):
        app.command()(command)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make the project in.")],
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", help="A label, repeated; 'name: description' describes it."),
    ] = None,
    documents: Annotated[
        str, typer.Option(help="Your documents: a file, a folder or a glob, seen from DIR.")
    ] = "documents",
    text: Annotated[str, typer.Option(help="Column that holds the text, in tables.")] = "text",
) -> None:
    """Make a new project: a labelloop.toml to fill in, and a folder for documents.

    Where a document may have several labels, or none of them, say multi_label = true in that file.

    Example: labelloop init my-project --label "spam: unwanted advertising" --label ham
    """
    from labelloop.cli.template import new_project

    path = new_project(folder, label or [], documents=documents, text=text)
    say(f"{path} is written. Put documents into {folder / documents}, then:")
    say(f"  labelloop run --project {folder}")


def run(project: ProjectOption = HERE) -> None:
    """Make one turn of the loop: read sources, pre-annotate, ask, learn. No server is needed.

    Example: labelloop run --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.parts import part

    workspace = open_workspace(project)
    turn = part("run_flow")("active_learning", project=str(workspace.project.folder))
    say()
    for line in turn.for_people(str(project)):
        say(line)
    if turn.has_nothing:
        raise LabelloopError("no source could be read, and no document is stored")


def status(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Say where the project stands: documents, queue, answers, accuracy with its interval.

    Example: labelloop status --project examples/home-energy --json
    """
    from labelloop.loop.status import project_status, status_for_people
    from labelloop.loop.workspace import open_workspace

    found = project_status(open_workspace(project))
    if as_json:
        say_json(found)
    else:
        say(status_for_people(found))


def doctor(project: ProjectOption = HERE) -> None:
    """Check each dependency, the store, the encoder, each source, the model: fine or what to do.

    Example: labelloop doctor --project examples/home-energy
    """
    from labelloop.cli.doctor import examine

    found = list(examine(project, show=say))
    bad = [line for line, fine in found if not fine]
    say(f"{len(found) - len(bad)} of {len(found)} are fine.")
    if bad:
        raise typer.Exit(1)
