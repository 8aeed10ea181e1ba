"""Commands about models: train, list, promote, rollback."""

from __future__ import annotations

from typing import Annotated

import typer

from labelloop.cli.options import (
    HERE,
    JsonOption,
    ProjectOption,
    percent,
    printable,
    say,
    say_json,
    table,
)

_NO_MODEL = "No model has been trained yet: answer some questions, then 'labelloop train'."

models = typer.Typer(
    rich_markup_mode=None,
    help="""Model versions: list (as alone), promote, rollback, doubtful labels.

Example: labelloop models list --project examples/home-energy""",
)


@models.callback(invoke_without_command=True)
def _list_unless_told(context: typer.Context, project: ProjectOption = HERE) -> None:
    if context.invoked_subcommand is None:
        list_models(project)


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    app.command()(train)
    app.add_typer(models, name="models")


def train(
    again: Annotated[
        bool, typer.Option("--again", help="Train even if these answers have been learned from.")
    ] = False,
    fine_tune: Annotated[
        bool, typer.Option("--fine-tune", help="Tune the encoder too, even where it is not due yet.")
    ] = False,
    project: ProjectOption = HERE,
) -> None:
    """Freeze the answers as a data set version, train a model, let the gate decide, ask anew.

    The encoder is tuned where [training] fine_tune says so, or with --fine-tune.

    Example: labelloop train --project examples/home-energy
    """
    from labelloop.loop.turn import learn
    from labelloop.loop.workspace import open_workspace

    learned = learn(open_workspace(project), again=again, fine_tune=fine_tune)
    for line in learned.for_people(str(project)):
        say(line)


@models.command("list")
def list_models(project: ProjectOption = HERE, as_json: JsonOption = False) -> None:
    """Show every model version: status, data set, accuracy with interval, the gate's verdict.

    Example: labelloop models list --project examples/home-energy
    """
    from labelloop.loop.models import model_rows
    from labelloop.loop.workspace import open_workspace

    found = model_rows(open_workspace(project))
    if as_json:
        say_json(found)
    elif not found:
        say(_NO_MODEL)
    else:
        heads = ("model", "status", "kind", "data set", "labels", "accuracy", "decision")
        keys = ("model_id", "status", "kind", "dataset_version", "labels", "accuracy_text", "decision")
        say(table(heads, [[row[key] for key in keys] for row in found]))


@models.command()
def promote(
    model_id: Annotated[str, typer.Argument(help="The model, such as m0003.")],
    project: ProjectOption = HERE,
) -> None:
    """Make a model the champion by your own word, and re-score the pool with it.

    Example: labelloop models promote m0003 --project examples/home-energy
    """
    from labelloop.loop.models import promote_model
    from labelloop.loop.workspace import open_workspace

    say(promote_model(open_workspace(project), model_id))


@models.command()
def rollback(project: ProjectOption = HERE) -> None:
    """Go back to the champion before this one, and re-score the pool with it.

    Example: labelloop models rollback --project examples/home-energy
    """
    from labelloop.loop.models import roll_back
    from labelloop.loop.workspace import open_workspace

    say(roll_back(open_workspace(project)))


@models.command()
def doubtful(
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many, the worst first.")] = 20,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show labels that the model doubts: it never saw them and would have said something else.

    A doubt is no mistake yet; a second person decides. Answer one again on its page, or let a turn ask.

    Example: labelloop models doubtful --count 50 --project examples/home-energy
    """
    from labelloop.loop.doubtful import doubtful_labels
    from labelloop.loop.models import model_rows
    from labelloop.loop.workspace import open_workspace

    workspace = open_workspace(project)
    found = doubtful_labels(workspace, count)
    if as_json:
        say_json(found)
    elif not found:
        say("No label is doubtful." if model_rows(workspace) else _NO_MODEL)
    else:
        heads = ("document", "label", "the model says", "sure of the label", "of its own", "text")
        say(
            table(
                heads,
                [
                    [
                        row["document_id"],
                        row["label"],
                        row["expected"],
                        percent(row["probability"]),
                        percent(row["expected_probability"]),
                        printable(row["excerpt"])[:80],
                    ]
                    for row in found
                ],
            )
        )
