"""Commands about the people who answer: accounts, roles, tokens."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from labelloop.cli.options import HERE, JsonOption, ProjectOption, say, say_json, table
from labelloop.errors import BadInput

app = typer.Typer(
    rich_markup_mode=None,
    help="""The people who answer: accounts for the checking page, tokens for its API.

Without any account, one person works on this machine without log-in.

Example: labelloop annotators add ada --role admin --project examples/home-energy""",
)

NameArgument = Annotated[str, typer.Argument(help="Name of the person.")]


@app.callback(invoke_without_command=True)
def _list_unless_told(context: typer.Context, project: ProjectOption = HERE) -> None:
    if context.invoked_subcommand is None:
        list_annotators(project)


class Role(StrEnum):
    """What a person may do."""

    annotator = "annotator"
    adjudicator = "adjudicator"
    admin = "admin"


@app.command()
def add(
    name: NameArgument,
    role: Annotated[
        Role, typer.Option(help="annotator answers; adjudicator settles disputes; admin trains, too.")
    ] = Role.annotator,
    project: ProjectOption = HERE,
) -> None:
    """Make an account, or change the role and password of one; the first must be an admin.

    The password is asked for, or taken from LABELLOOP_PASSWORD.

    Example: labelloop annotators add ada --role admin --project examples/home-energy
    """
    from labelloop.loop.clock import now
    from labelloop.loop.workspace import open_workspace
    from labelloop.review.passwords import hash_password
    from labelloop.store import accounts

    workspace = open_workspace(project)
    credential = hash_password(_password(name))
    with workspace.store.transaction("add an annotator") as tx:
        accounts.save(tx, name, role.value, credential, now=now())
    say(f"{name} can log in now, as {role.value}.")


@app.command("list")
def list_annotators(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show everybody who ever answered or can log in.

    Example: labelloop annotators list --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.store import accounts

    with open_workspace(project).store.transaction("list annotators") as tx:
        found = accounts.listed(tx)
    rows = [
        {
            "name": account.name,
            "role": account.role if account.credential else None,
            "can_log_in": account.credential is not None,
            "last_seen": account.last_seen.isoformat(sep=" ", timespec="minutes"),
        }
        for account in found
    ]
    if as_json:
        say_json(rows)
    elif not rows:
        say("Nobody has answered yet, and nobody has an account.")
    else:
        say(table(("name", "role", "last seen"), [[r["name"], r["role"], r["last_seen"]] for r in rows]))


@app.command()
def remove(name: NameArgument, project: ProjectOption = HERE) -> None:
    """Take log-in and tokens away; the answers stay.

    Example: labelloop annotators remove ada --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.store import accounts

    with open_workspace(project).store.transaction("remove an account") as tx:
        accounts.close(tx, name)
    say(f"{name} cannot log in any more; their answers stay.")


@app.command()
def token(
    name: NameArgument,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    project: ProjectOption = HERE,
) -> None:
    """Make a token with which a program acts as this person; it is shown once.

    Send it as 'Authorization: Bearer TOKEN'; /api/openapi.json says what there is.

    Example: labelloop annotators token ada --note nightly --project examples/home-energy
    """
    from labelloop.loop.clock import now
    from labelloop.loop.workspace import open_workspace
    from labelloop.review.passwords import hash_token, new_token
    from labelloop.store import api_tokens

    made = new_token()
    with open_workspace(project).store.transaction("add a token") as tx:
        api_tokens.add(tx, hash_token(made), name, note, now=now())
    say(made)


@app.command()
def tokens(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show the tokens there are: whose, for what, since when; never the tokens themselves.

    Example: labelloop annotators tokens --project examples/home-energy
    """
    from dataclasses import asdict

    from labelloop.loop.workspace import open_workspace
    from labelloop.store import api_tokens

    with open_workspace(project).store.transaction("list tokens") as tx:
        found = api_tokens.listed(tx)
    since = [one.created_at.isoformat(sep=" ", timespec="minutes") for one in found]
    if as_json:
        say_json([asdict(one) | {"created_at": at} for one, at in zip(found, since, strict=True)])
    elif not found:
        say("There are no tokens.")
    else:
        rows = [[one.short, one.name, one.note, at] for one, at in zip(found, since, strict=True)]
        say(table(("token", "acts as", "for", "since"), rows))


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its short name, as 'labelloop annotators tokens' says.")],
    project: ProjectOption = HERE,
) -> None:
    """Take one token away; what the program answered stays.

    Example: labelloop annotators revoke 3f9a0c21b4 --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.store import api_tokens

    with open_workspace(project).store.transaction("revoke a token") as tx:
        gone = api_tokens.revoke(tx, token)
    say(f"The token {gone.short} of {gone.name} opens nothing any more.")


def _password(name: str) -> str:
    """From the environment, or asked for twice; never from the command line, which others can read."""
    given = os.environ.get("LABELLOOP_PASSWORD")
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise BadInput(
            f"there is no terminal to ask for the password of {name} in",
            remedy="Give it in the environment variable LABELLOOP_PASSWORD",
        )
    return str(typer.prompt(f"Password for {name}", hide_input=True, confirmation_prompt=True))
