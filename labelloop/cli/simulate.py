"""The back-test command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from labelloop.cli.options import percent, say, table
from labelloop.errors import BadInput


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    app.command()(simulate)


def simulate(
    data: Annotated[
        Path | None,
        typer.Argument(metavar="[DATA.csv]", help="Columns text, label, perhaps split (train, test)."),
    ] = None,
    project: Annotated[
        Path | None, typer.Option("--project", "-p", help="Instead of a file: a project's own labels.")
    ] = None,
    strategy: Annotated[
        list[str] | None, typer.Option("--strategy", "-s", help="A query strategy; repeat to compare.")
    ] = None,
    start: Annotated[int, typer.Option(min=2, help="Labels before the first round.")] = 25,
    batch: Annotated[int, typer.Option(min=1, help="Labels per round.")] = 25,
    rounds: Annotated[int, typer.Option(min=0, help="Rounds.")] = 20,
    seeds: Annotated[int, typer.Option(min=1, help="Repetitions, paired over strategies.")] = 3,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the result here.")] = None,
    plot_out: Annotated[
        Path | None, typer.Option("--plot", help="Draw mean and band per strategy here (PNG).")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="With a file: the encoder, by hub name or folder.")
    ] = None,
) -> None:
    """Replay the loop on known answers: how many labels would each strategy have needed?

    The same selection and training code runs as in production. A file's vectors are kept in
    the user's cache folder, so that a second run starts at once.

    Example: labelloop simulate reviews.csv --strategy cluster_margin --strategy random --plot curve.png
    """
    from labelloop.loop import backtesting
    from labelloop.simulation.backtest import Plan

    if (data is None) == (project is None) or (project and encoder):
        raise BadInput(
            "name either a file (with --encoder, if you like) or --project",
            remedy="See 'labelloop simulate --help'",
        )
    plan = Plan(start=start, batch=batch, rounds=rounds)
    wanted = backtesting.Wanted(strategy or ["cluster_margin", "random"], plan, seeds)
    if data is not None:
        result = backtesting.of_file(data, encoder, wanted)
    elif project is not None:
        result = backtesting.of_project(project, wanted)
    backtesting.write(result, json_out, plot_out)
    _show(result)


def _show(result: dict[str, Any]) -> None:
    heads = ("strategy", "area under curve", "final accuracy", "macro F1 area", "labels to match random")
    keys = ("auc", "final_accuracy", "auc_macro_f1", "labels_to_match_random")
    rows = []
    for name, numbers in result["summary"].items():
        auc, final, f1, match = (numbers[key] for key in keys)
        rows.append((name, percent(auc), percent(final), percent(f1), match))
    say(table(heads, rows))
