"""Commands about sources: list, check, sample, quality, sync, new."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from labelloop.cli.options import HERE, JsonOption, ProjectOption, printable, say, say_json, table
from labelloop.errors import LabelloopError, SourceError

sources = typer.Typer(
    rich_markup_mode=None,
    help="""Where documents come from: list (as alone), check, sample, quality, set-aside,
sync, new.

Example: labelloop sources check --project examples/home-energy""",
)

NameArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Sources; none named means all.")
]


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    app.add_typer(sources, name="sources")


@sources.callback(invoke_without_command=True)
def _list_unless_told(context: typer.Context, project: ProjectOption = HERE) -> None:
    if context.invoked_subcommand is None:
        list_sources(project)


@sources.command("list")
def list_sources(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show each source with its last run: documents, outcome, counts, error.

    Example: labelloop sources list --project examples/home-energy
    """
    from labelloop.loop.status import minute, source_rows
    from labelloop.loop.workspace import open_workspace

    found = [_with_unknown(row) for row in source_rows(open_workspace(project))]
    if as_json:
        say_json(found)
        return
    heads = ("name", "connector", "documents", "outcome", "last success", "last run", "error")
    keys = ("name", "connector", "documents", "outcome", "last_success", "counts", "error")
    found = [row | {"last_success": minute(row["last_success"])} for row in found]
    say(table(heads, [[_cell(row[key]) for key in keys] for row in found]))


def _with_unknown(row: dict[str, Any]) -> dict[str, Any]:
    """A source whose connector is not installed says so, whatever its last run said."""
    from labelloop.parts import part

    installed = list(part("installed_connectors")())
    if row["connector"] in installed:
        return row
    near = get_close_matches(str(row["connector"]), installed, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"installed: {', '.join(installed)}"
    return {**row, "error": f"there is no connector {row['connector']!r}: {hint}"}


def _cell(value: Any) -> Any:
    """Counts in words, and long errors cut: ``--json`` and ``sources check`` have all of them."""
    if isinstance(value, dict):
        return ", ".join(f"{count:,} {what}" for what, count in value.items() if count) or None
    if isinstance(value, str):
        return value if len(value) <= 100 else value[:99] + "…"
    return value


@sources.command()
def check(names: NameArgument = None, project: ProjectOption = HERE) -> None:
    """Try each source and say what is there, without storing anything.

    Example: labelloop sources check articles --project examples/home-energy
    """
    status = 0
    for name, connector in _connectors(project, names):
        try:
            if isinstance(connector, LabelloopError):
                raise connector
            say(f"{name}: {connector.check().summary}")
        except LabelloopError as error:
            status = max(status, error.exit_status)
            say(f"{name}: cannot be read: {error}")
    if status:
        raise typer.Exit(status)


@sources.command()
def sample(
    name: Annotated[str, typer.Argument(help="The source.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=100, help="How many.")] = 5,
    project: ProjectOption = HERE,
) -> None:
    """Show the first documents of a source as they would be stored, without storing them.

    Example: labelloop sources sample articles --count 3 --project examples/home-energy
    """
    [(_, connector)] = _connectors(project, [name])
    if isinstance(connector, LabelloopError):
        raise connector
    batches = connector.batches(None)
    documents = islice((document for batch in batches for document in batch.documents), count)
    shown = 0
    for shown, document in enumerate(documents, start=1):  # noqa: B007
        say(f"── {document.external_id}" + (f" · {document.title}" if document.title else ""))
        if document.url:
            say(f"   {document.url}")
        say(printable(document.text if len(document.text) <= 600 else document.text[:600] + " …"))
        say(f"   {len(document.text):,} characters; metadata: {dict(document.metadata)}")
    if not shown:
        raise SourceError(f"source {name!r} has no documents", remedy="Try 'labelloop sources check'")


@sources.command()
def quality(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show what each source brought: lengths, languages, duplicates, boilerplate, what was skipped.

    Boilerplate are documents made, by at least half, of lines that stand in five or more of
    the source's newest 2,000.

    Example: labelloop sources quality --project examples/home-energy
    """
    from labelloop.loop.quality import source_quality
    from labelloop.loop.workspace import open_workspace

    found = source_quality(open_workspace(project))
    if as_json:
        say_json(found)
        return
    heads = ["name", "documents", "exact dup.", "near dup.", "boilerplate", "median length"]
    keys = ("name", "documents", "exact_duplicates", "near_duplicates", "boilerplate")
    heads += ["languages", "skipped in the last run"]
    say(
        table(
            heads,
            [[*(row[key] for key in keys), row["median_characters"], *_words(row)] for row in found],
        )
    )


def _words(row: dict[str, Any]) -> tuple[str | None, str | None]:
    return (
        ", ".join(f"{count:,} {language}" for language, count in row["languages"].items()) or None,
        ", ".join(f"{count:,} {why}" for why, count in row["skipped"].items()) or None,
    )


@sources.command("set-aside")
def set_aside(
    project: ProjectOption = HERE,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many, newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Show the rows that could not become documents: where they stand, and why.

    Example: labelloop sources set-aside --count 50 --project examples/home-energy
    """
    from labelloop.loop.quality import rows_set_aside
    from labelloop.loop.workspace import open_workspace

    found = rows_set_aside(open_workspace(project), count)
    if as_json:
        say_json(found)
        return
    for row in found:
        say(f"{row['source']}: {row['place']}: {row['reason']}")
        if row["excerpt"]:
            say(f"    {printable(str(row['excerpt'])[:100]).splitlines()[0]}")
    if not found:
        say("Nothing was set aside.")


@sources.command()
def sync(names: NameArgument = None, project: ProjectOption = HERE) -> None:
    """Read sources and keep what is new: the data extraction stage alone.

    Example: labelloop sources sync --project examples/home-energy
    """
    from labelloop.loop.workspace import open_workspace
    from labelloop.parts import part

    workspace = open_workspace(project)
    only = {"sources": names} if names else {}
    runs = part("run_flow")("data_extraction", project=str(workspace.project.folder), **only)
    for run in runs:
        say(run.for_people())
    if runs and all(run.outcome == "failed" for run in runs):
        raise typer.Exit(max(run.exit_status for run in runs))


@sources.command()
def new(
    name: Annotated[str, typer.Argument(help="The connector's name: letters, digits, '_'.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new package.")],
) -> None:
    """Write a package with a new connector, its test and its entry point.

    Example: labelloop sources new intranet ./labelloop-intranet
    """
    from labelloop.parts import part

    for path in part("new_connector")(name, folder):
        say(f"wrote {path}")
    say(f"Next: pip install -e {folder} && pytest {folder}")


def _connectors(project: Path, names: list[str] | None) -> Iterator[tuple[str, Any]]:
    """Each source with its connector, or with the error that kept it from being built."""
    from labelloop.loop.workspace import open_workspace
    from labelloop.parts import part

    workspace = open_workspace(project)
    for name in workspace.source_names(names):
        source = workspace.source(name)
        try:
            yield (
                name,
                part("build_source")(
                    source.connector, source.options, source=name, folder=workspace.project.folder
                ),
            )
        except LabelloopError as error:
            yield name, error
