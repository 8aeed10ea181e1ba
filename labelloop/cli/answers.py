"""Commands that take people's answers in, and give data out: check, import, export."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labelloop.cli.options import HERE, ProjectOption, say
from labelloop.plurals import counted


class What(StrEnum):
    """What can be exported."""

    documents = "documents"
    labels = "labels"
    verdicts = "verdicts"


class Format(StrEnum):
    """File formats of exports."""

    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    app.command()(check)
    app.command("import")(import_answers)
    app.command()(export)


def check(
    annotator: Annotated[
        str, typer.Option("--annotator", "-a", help="Your name; it stands beside your answers.")
    ] = "me",
    project: ProjectOption = HERE,
) -> None:
    """Answer the open questions here in the terminal: one key per label.

    Enter accepts the suggestion, u takes the last answer back, s skips, f flags, q ends. With
    multi_label = true type keys and Enter: 1 3 gives two labels, 0 says none of these.

    Example: labelloop check --annotator ada --project examples/home-energy
    """
    from labelloop.cli.asking import ask_in_terminal
    from labelloop.loop.workspace import open_workspace

    given = ask_in_terminal(open_workspace(project), annotator)
    say(f"{counted(given, 'answer')} kept. Next: labelloop run --project {project}")


def import_answers(
    file: Annotated[Path, typer.Argument(metavar="VERDICTS.csv", help="At least item_id and label.")],
    annotator: Annotated[str, typer.Option("--annotator", "-a", help="Who gave these answers.")],
    rest: Annotated[
        bool,
        typer.Option(
            "--set-aside",
            help="Take the good rows; write the others with their reasons beside the file.",
        ),
    ] = False,
    project: ProjectOption = HERE,
) -> None:
    """Take in answers given elsewhere, to questions that 'labelloop queue export' wrote.

    With multi_label = true a cell may hold several labels, a|b, and [] says none of these.

    Rows without a label are passed over. All rows are taken, or none: a row that cannot be
    taken stops the import, unless --set-aside is given. The same file twice counts once.

    Example: labelloop import answered.csv --annotator ada --project examples/home-energy
    """
    from labelloop.loop.importing import import_verdicts
    from labelloop.loop.workspace import open_workspace

    taken = import_verdicts(open_workspace(project), file, annotator, set_aside=rest)
    say(taken.for_people())
    if taken.taken:
        say(f"Next: labelloop run --project {project}")


def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File to write.")],
    what: Annotated[What, typer.Option(help="What to write.")] = What.labels,
    form: Annotated[
        Format | None, typer.Option("--format", "-f", help="By default, the file's ending says.")
    ] = None,
    project: ProjectOption = HERE,
) -> None:
    """Write documents, labels or verdicts to a file, with lane, propensity and model version.

    Example: labelloop export --what labels labels.parquet --project examples/home-energy
    """
    from labelloop.loop.exporting import export_table
    from labelloop.loop.workspace import open_workspace

    count = export_table(open_workspace(project), what.value, out, form.value if form else None)
    say(f"{counted(count, what.value.removesuffix('s'))} written to {out}.")
