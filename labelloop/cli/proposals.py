"""Commands about labels that people propose: listed, accepted, declined."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from labelloop.cli.options import HERE, JsonOption, ProjectOption, printable, say, say_json, table
from labelloop.plurals import counted

ByOption = Annotated[
    str | None, typer.Option("--by", help="Who does it; by default your login name.", show_default=False)
]
DescriptionOption = Annotated[
    str | None, typer.Option("--description", "-d", help="What it stands for.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    for command in (proposals, accept, decline):
        app.command()(command)


def proposals(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show the labels that people proposed, and what became of each.

    Example: labelloop schema proposals --project examples/home-energy
    """
    from dataclasses import asdict

    from labelloop.loop.proposals import proposals as proposed
    from labelloop.loop.workspace import open_workspace

    found = [asdict(one) for one in proposed(open_workspace(project))]
    if as_json:
        say_json(found)
    elif not found:
        say("Nobody has proposed a label.")
    else:
        heads = ("number", "label", "description", "document", "by", "state", "reason")
        keys = ("proposal_id", "name", "description", "document_id", "proposed_by", "state", "reason")
        say(printable(table(heads, [[row[key] for key in keys] for row in found])))


def accept(
    number: Annotated[int, typer.Argument(help="The proposal's number.")],
    name: Annotated[str | None, typer.Option(help="Another name than was proposed.")] = None,
    description: DescriptionOption = None,
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Make a proposed label one of the labels, and ask again about the documents it came from.

    Example: labelloop schema accept 3 --project examples/home-energy
    """
    from labelloop.loop import proposals as proposed
    from labelloop.loop.workspace import open_workspace

    done = proposed.accept(
        open_workspace(project), number, by=by or me(), name=name, description=description
    )
    say(f"{done.label!r} is a label now; {counted(done.documents, 'document')} to ask again.")


def decline(
    number: Annotated[int, typer.Argument(help="The proposal's number.")],
    reason: Annotated[str, typer.Option(help="Why, for who proposed it.")],
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Turn a proposed label down, with the reason.

    Example: labelloop schema decline 3 --reason "storage is that" --project examples/home-energy
    """
    from labelloop.loop import proposals as proposed
    from labelloop.loop.workspace import open_workspace

    count = proposed.decline(open_workspace(project), number, reason, by=by or me())
    say(f"{count:,} declined.")


def me() -> str:
    """Who does it, where nobody says."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "the command line"
