"""Commands about the labels: shown, changed with a preview, proposals decided."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labelloop.cli import proposals
from labelloop.cli.options import HERE, JsonOption, ProjectOption, say, say_json, table
from labelloop.cli.proposals import ByOption, DescriptionOption, me
from labelloop.plurals import counted, counted_do

if TYPE_CHECKING:
    from labelloop.label_changes import Change

app = typer.Typer(
    rich_markup_mode=None,
    help="""The labels: rename, merge, split, add, remove; labels that people propose.

Every change shows first what it would do, and asks. Answers are kept as they were given; what each
means since stands beside it. Only what a change cannot decide is asked again.

Example: labelloop schema rename solar "solar power" --project examples/home-energy""",
)

PreviewOption = Annotated[
    bool, typer.Option("--preview", help="Show what it would do, and change nothing.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


@app.callback(invoke_without_command=True)
def _show_unless_told(context: typer.Context, project: ProjectOption = HERE) -> None:
    if context.invoked_subcommand is None:
        show(project)


@app.command()
def show(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show the labels in key order, with how many answers give each.

    Example: labelloop schema show --project examples/home-energy
    """
    from labelloop.loop.schema import present
    from labelloop.loop.workspace import open_workspace

    found = present(open_workspace(project))
    if as_json:
        say_json(found)
        return
    rows = [(one["label"], one["answers"], one["description"]) for one in found["labels"]]
    say(table(("label", "answers", "description"), rows))
    if found["undecided"]:
        waiting = counted_do(found["undecided"], "document", "wait")
        say(f"{waiting} for a new answer since a change of the labels.")
    if found["skipped"]:
        say(
            f"Not asked again, for everybody skipped what a change left without a label:"
            f" {counted(found['skipped'], 'document')}."
        )
    if found["proposals"]:
        waiting = counted_do(found["proposals"], "proposal", "wait")
        say(f"{waiting}: labelloop schema proposals --project {project}")


@app.command()
def history(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show every change of the labels: when, what, by whom.

    Example: labelloop schema history --project examples/home-energy
    """
    from labelloop.loop.schema import history as versions
    from labelloop.loop.workspace import open_workspace

    found = [
        {
            "version": one.version,
            "at": one.created_at.isoformat(sep=" ", timespec="minutes"),
            "change": one.change.for_people() if one.change else "the project file",
            "by": one.changed_by,
            "labels": list(one.labels),
            "rule": one.change.as_json() if one.change else None,
        }
        for one in versions(open_workspace(project))
    ]
    if as_json:
        say_json(found)
    else:
        keys = ("version", "at", "change", "by")
        say(table(keys, [[row[key] for key in keys] for row in found]))


@app.command()
def rename(
    old: Annotated[str, typer.Argument(help="The label.")],
    new: Annotated[str, typer.Argument(help="Its new name.")],
    description: DescriptionOption = None,
    only_preview: PreviewOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Give a label another name; every answer and the model follow.

    Example: labelloop schema rename solar "solar power" --project examples/home-energy
    """
    from labelloop.label_changes import Change

    change = Change("rename", (old,), (new,), _described({new: description}))
    _do(project, change, only_preview=only_preview, yes=yes, by=by)


@app.command()
def merge(
    labels: Annotated[list[str], typer.Argument(help="Two labels or more.")],
    into: Annotated[str, typer.Option("--into", help="Name of all of them; it may be one of them.")],
    description: DescriptionOption = None,
    only_preview: PreviewOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Put labels together; every answer and the model follow.

    Example: labelloop schema merge solar wind --into renewables --project examples/home-energy
    """
    from labelloop.label_changes import Change

    change = Change("merge", tuple(labels), (into,), _described({into: description}))
    _do(project, change, only_preview=only_preview, yes=yes, by=by)


@app.command()
def split(
    label: Annotated[str, typer.Argument(help="The label.")],
    into: Annotated[
        list[str], typer.Option("--into", help="A part, repeated; 'name: description' describes it.")
    ],
    rule: Annotated[
        list[str] | None,
        typer.Option(
            "--rule",
            help="Which answers go to a part: 'PART=word, two words, begin*' looks at title and text;"
            " 'PART:title=…', also text, source, url, metadata.KEY. Repeat for more.",
        ),
    ] = None,
    otherwise: Annotated[
        str | None,
        typer.Option(help="Part for what no rule decides; without it, asked again."),
    ] = None,
    only_preview: PreviewOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Split a label into parts; answers that no rule decides, or several do, are asked again.

    Example: labelloop schema split storage --into battery --into tank --rule "battery=lithium, cell*"
    --project examples/home-energy
    """
    from labelloop.label_changes import Change
    from labelloop.label_rules import read_rule

    parts = {name.strip(): said.strip() for name, _, said in (one.partition(":") for one in into)}
    if len(parts) < len(into):
        raise typer.BadParameter("a part is named twice", param_hint="--into")
    rules = tuple(read_rule(one, parts) for one in rule or ())
    described = {name: said for name, said in parts.items() if said}
    change = Change("split", (label,), tuple(parts), described, rules, otherwise)
    _do(project, change, only_preview=only_preview, yes=yes, by=by)


@app.command()
def add(
    label: Annotated[str, typer.Argument(help="The new label.")],
    description: DescriptionOption = None,
    only_preview: PreviewOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Add a label, last in key order.

    Example: labelloop schema add cooling -d "Keeping homes cool" --project examples/home-energy
    """
    from labelloop.label_changes import Change

    change = Change("add", (), (label,), _described({label: description}))
    _do(project, change, only_preview=only_preview, yes=yes, by=by)


@app.command()
def remove(
    label: Annotated[str, typer.Argument(help="The label.")],
    only_preview: PreviewOption = False,
    yes: YesOption = False,
    by: ByOption = None,
    project: ProjectOption = HERE,
) -> None:
    """Take a label away; the documents that have it are asked again.

    Example: labelloop schema remove storage --project examples/home-energy
    """
    from labelloop.label_changes import Change

    _do(project, Change("remove", (label,)), only_preview=only_preview, yes=yes, by=by)


def _do(project: Path, change: Change, *, only_preview: bool, yes: bool, by: str | None) -> None:
    """Show what a change would do, and do it once somebody said so."""
    from labelloop.loop import schema
    from labelloop.loop.schema_words import in_words
    from labelloop.loop.workspace import open_workspace

    workspace = open_workspace(project)
    seen = schema.preview(workspace, change)
    first, *others = in_words(seen)
    say(first)
    for line in others:
        say(f"  {line}")
    if only_preview:
        return
    if not yes:
        if not sys.stdin.isatty():
            say("Nothing was changed. Add --yes to do it.")
            raise typer.Exit(1)
        typer.confirm("Do it?", abort=True)
    schema.apply(workspace, change, by=by or me(), version=seen.version)
    say("Done. labelloop.toml says so too.")


def _described(given: dict[str, str | None]) -> dict[str, str]:
    return {name: said for name, said in given.items() if said is not None}


proposals.add_to(app)
