"""The back-test command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelloop.cli.options import percent, say, table
from labelloop.errors import BadInput

if TYPE_CHECKING:
    from labelloop.loop.backtesting import Wanted
    from labelloop.simulation.people import People


def add_to(app: typer.Typer) -> None:
    """Register the commands of this file."""
    app.command()(simulate)


def simulate(
    data: Annotated[
        Path | None,
        typer.Argument(metavar="[DATA.csv]", help="Columns text, label or labels, perhaps split."),
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
    lanes: Annotated[
        bool, typer.Option("--lanes", help="With the lanes of a project: audit, random, explore.")
    ] = False,
    fall_back: Annotated[
        bool,
        typer.Option("--fall-back", help="With lanes: ask at random where a strategy does not pay."),
    ] = False,
    fine_tune_at: Annotated[
        list[float] | None,
        typer.Option(min=0, help="Tune the encoder there: a share (to 1) of all labels, or labels."),
    ] = None,
    noise: Annotated[
        list[float] | None,
        typer.Option(min=0, max=1, help="Share of answers that are wrong; repeat to compare."),
    ] = None,
    annotators: Annotated[int, typer.Option(min=1, max=15, help="People who answer each document.")] = 1,
    annotator_error: Annotated[
        float, typer.Option(min=0, max=1, help="Share of answers that each of them gets wrong.")
    ] = 0.0,
    target: Annotated[
        list[float] | None,
        typer.Option(min=0, max=1, help="Accuracy to count labels to; repeat. Default: three reached."),
    ] = None,
    multi_label: Annotated[
        bool,
        typer.Option("--multi-label", help="With a file: its labels are sets, a|b, and [] for none."),
    ] = False,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the result here.")] = None,
    csv_out: Annotated[Path | None, typer.Option("--csv", help="Write every point of it here.")] = None,
    plot_out: Annotated[
        Path | None, typer.Option("--plot", help="Draw mean and band per strategy here (PNG).")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="With a file: the encoder, by hub name or folder.")
    ] = None,
) -> None:
    """Replay the loop on known answers: how many labels would each strategy have needed?

    The same selection, training and fine-tuning code runs as in production, with a project's own
    switches. A file's vectors are kept in the user's cache folder, so that a second run starts at once.

    Example: labelloop simulate reviews.csv --strategy cluster_margin --strategy random --plot curve.png
    """
    from labelloop.learning import query_strategies
    from labelloop.loop import backtesting
    from labelloop.simulation.plan import Plan

    if (data is None) == (project is None) or (project and (encoder or multi_label)):
        raise BadInput(
            "name either a file (with --encoder and --multi-label, if you like) or --project",
            remedy="See 'labelloop simulate --help'",
        )
    for name in strategy or ():
        query_strategies.strategy(name)  # one nobody knows is said before minutes of encoding
    plan = Plan(
        start=start, batch=batch, rounds=rounds, shares=_shares(project) if lanes or fall_back else None,
        when_not_paying="fall_back" if fall_back else "say",
        fine_tune_at=_stages(fine_tune_at or (), start, start + batch * rounds),
    )  # fmt: skip
    if project:
        plan = backtesting.plan_of_project(project, plan)
    wanted = backtesting.Wanted(
        strategy or ["cluster_margin", "random"], plan, seeds,
        _people(noise or [0.0], annotators, annotator_error), target or (), multi_label,
    )  # fmt: skip
    result = _replayed(data, project, encoder, wanted)
    backtesting.write(result, json_out, plot_out, csv_out)
    _show(result)


def _replayed(
    data: Path | None, project: Path | None, encoder: str | None, wanted: Wanted
) -> dict[str, Any]:
    from labelloop.loop import backtesting

    if data is not None:
        return backtesting.of_file(data, encoder, wanted)
    assert project is not None  # noqa: S101  one of the two, as was checked
    return backtesting.of_project(project, wanted)


def _people(noise: list[float], annotators: int, error: float) -> tuple[People, ...]:
    from labelloop.simulation.people import People

    return tuple(People(share, annotators, error) for share in dict.fromkeys(noise))


def _stages(wanted: Sequence[float], start: int, all_labels: int) -> tuple[int, ...]:
    """Labels at which the encoder is tuned; shares of all labels turned into labels."""
    stages = sorted({round(one * all_labels) if one <= 1 else round(one) for one in wanted})
    for labels in stages:
        if not start <= labels <= all_labels:
            raise BadInput(
                f"--fine-tune-at: {labels:,} labels are not between --start ({start:,}) and the end"
                f" ({all_labels:,})",
                remedy="Name shares such as 0.5 and 1.0, or numbers of labels in between",
            )
    return tuple(stages)


def _shares(project: Path | None) -> Any:
    from labelloop.learning.lanes import Shares

    if project is None:
        return Shares()
    from labelloop.project import load_project

    query = load_project(project).settings.query
    return Shares(query.audit_share, query.random_share, query.explore_share, 0.0, query.blind_share)


def _show(result: dict[str, Any]) -> None:
    from labelloop.simulation.report import tunings_told

    measure = result["measure"]
    heads = (
        "strategy",
        "area under curve" if measure == "accuracy" else f"{measure} area",
        f"final {measure}",
        "macro F1 area",
        "labels to match random",
    )
    keys = ("final_accuracy", "auc_macro_f1", "labels_to_match_random")
    rows = []
    for name, numbers in result["summary"].items():
        final, f1, match = (numbers[key] for key in keys)
        area = _with_interval(numbers["auc"], numbers["auc_low"], numbers["auc_high"], percent)
        rows.append((name, area, percent(final), percent(f1), match))
    say(table(heads, rows))
    say()
    say(table(("strategy", *_target_heads(result)), _target_rows(result)))
    for line in tunings_told(result["runs"]):
        say(line)
    for one in result["comparisons"]:
        say(f"{one['sentence']}.")


def _target_heads(result: dict[str, Any]) -> list[str]:
    targets = dict.fromkeys(one["target"] for one in result["targets"])
    return [f"labels to {target:.0%}" for target in targets]


def _target_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    rows: dict[str, list[str]] = {}
    for one in result["targets"]:
        cell = _with_interval(one["labels"], one["low"], one["high"], lambda n: f"{n:.0f}")
        if one["labels"] is None:
            cell = f"reached by {one['reached']} of {one['seeds']} seeds"
        rows.setdefault(one["name"], []).append(cell)
    return [(name, *cells) for name, cells in rows.items()]


def _with_interval(value: Any, low: Any, high: Any, shown: Any) -> str:
    if low is None or value is None:
        return "–" if value is None else str(shown(value))
    return f"{shown(value)} ({shown(low)} to {shown(high)})"
