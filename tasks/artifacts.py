"""What a run leaves in the Prefect UI: tables and pages of markdown, one key per project and subject.

No document's text and no setting of a source is shown: these pages are open to whoever sees the UI.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from labelloop.loop import curve
from labelloop.loop.asking import Asked
from labelloop.loop.extraction import SourceRun
from labelloop.loop.paying import paying_report
from labelloop.loop.status import accuracy_text
from labelloop.loop.stopping import stop_report
from labelloop.loop.training import TrainingOutcome
from labelloop.loop.turn import Turn
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from tasks.naming import project_slug

PAGE_VARIABLE = "LABELLOOP_PAGE"
"""Environment variable with the address of the checking page, set by ``labelloop up``."""

_WHY = {
    "uncertain": "the model is unsure, and the questions differ from each other",
    "explore": "from regions where no label is yet",
    "random": "drawn at random: the control arm",
    "audit": "drawn at random, asked blind, never trained on: measures the accuracy",
    "relabel": "people disagree, so one more is asked",
    "manual": "spread over the pool while no model is of use",
}


def came_in(workspace: Workspace, runs: Sequence[SourceRun]) -> None:
    """A table: how reading each source ended."""
    # The error beside the outcome: a column behind all the counts is out of sight.
    failed = any(run.error for run in runs)
    rows = [
        {"source": run.name, "outcome": run.outcome}
        | ({"error": run.error or ""} if failed else {})
        | dict(run.counts)
        for run in runs
    ]
    create_table_artifact(
        key=_key(workspace, "sources"), table=rows, description="What came in, by source"
    )


def asked(workspace: Workspace, batch: Asked) -> None:
    """What was asked, and why."""
    lines = [
        f"**{batch.questions:,}** new questions, **{batch.waiting:,}** wait for an answer.",
        "",
        *_table(
            ("lane", "questions", "why"),
            ((lane, count, _WHY[lane]) for lane, count in batch.lanes.items()),
        ),
        *(f"- {note}" for note in batch.notes if note),
        "",
        _page(workspace),
    ]
    _markdown(workspace, "questions", lines, "What was asked, and why")


def trained(workspace: Workspace, outcome: TrainingOutcome, model: ModelVersion | None) -> None:
    """The gate's decision and the classes of a model, and the learning curve of them all."""
    lines = [f"**{outcome.model_id or 'Nothing trained'}**: {outcome.reason}.", ""]
    found = curve.points(workspace)
    if found:
        # Prefect strips raw svg and shows it as a data URI, also without a network.
        image = base64.b64encode(curve.draw(found, workspace.project.settings.name)).decode()
        lines += [f"![Learning curve](data:image/svg+xml;base64,{image})", ""]
    if model is not None:
        lines += [*_classes(model), *_gate(model.metrics["gate"])]
    _markdown(workspace, "training", lines, "The gate's decision, and how well each class is known")
    worth_going_on(workspace)


def worth_going_on(workspace: Workspace) -> None:
    """Whether more labels are worth their while, what they take, and whether the strategy pays."""
    found, paying = stop_report(workspace), paying_report(workspace)
    steps = (
        (
            f"{one.labels_before} to {one.labels_after}",
            _number(one.kappa),
            f"{one.differing:.1%}",
            f"{one.f_change_most:.1%}",
        )
        for one in found.steps
    )
    heads = ("labels trained on", "kappa", "labelled differently", "F1 of a label changed by at most")
    lines = [
        f"**{found.sentence}.**",
        "",
        f"Predictions: {found.stability}.",
        "",
        f"{paying.sentence}.",
        "",
        f"People's time for the next {found.gain.more:,} labels: {_known(found.seconds, '{:,.0f} s')};"
        f" cost: {_known(found.cost, '{:,.2f}')}.",
        "",
        *_table(heads, steps),
        *(f"- {note}" for note in found.notes),
    ]
    _markdown(workspace, "worth-going-on", lines, "Whether more labels are worth their while")


def turned(workspace: Workspace, turn: Turn) -> None:
    """Where the project stands after a turn, what it has cost, what is left to do."""
    found = turn.status
    budget, queue = found["budget"], found["queue"]
    left = None if budget["max_labels"] is None else max(0, budget["max_labels"] - found["labels"])
    rows = [
        ("documents", f"{found['documents']:,}, {found['duplicates']:,} of them duplicates"),
        ("can still be asked", f"{found['pool']:,}"),
        ("wait for a person", f"{queue['open'] + queue['leased']:,}"),
        ("labelled", f"{found['labels']:,}"),
        (found["measure"], accuracy_text(found)),
        ("people's time", _known(budget["seconds"], "{:,.0f} s")),
        ("cost so far", _known(budget["cost"], "{:,.2f}")),
        ("labels left in the budget", _known(left, "{:,}")),
        ("worth going on?", found["stopping"]["sentence"]),
        ("strategy", found["paying"]["sentence"]),
    ]
    heads = ("the project", "after this turn")
    lines = [f"Turn **{turn.turn}** is done.", "", *_table(heads, rows), "", _page(workspace)]
    _markdown(workspace, "turn", lines, "Where the project stands, and what it has cost")


def _gate(numbers: Mapping[str, Any]) -> list[str]:
    shown = [(name, value) for name, value in numbers.items() if name not in ("warnings", "floors")]
    rows = _table(("gate", ""), ((name.replace("_", " "), _number(value)) for name, value in shown))
    warnings = [f"- warning: {warning}" for warning in numbers["warnings"]]
    return [*rows, *warnings, "", *_floors(numbers.get("floors", ())), ""]


def _floors(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each label's floor; models from before there were floors have none."""
    columns = ("label", "answers", "champion", "candidate", "p", "own", "state")
    heads = ("floor of", "audit answers", "champion found", "this one found", "p", "own floor", "word")
    return _table(heads, ([_number(one[column]) for column in columns] for one in found))


def _classes(model: ModelVersion) -> list[str]:
    columns = ("precision", "recall", "f1", "support")
    per_class = model.metrics["audit"]["per_class"].items()
    rows = ((label, *(_number(of[c]) for c in columns)) for label, of in per_class)
    return [f"{model.model_id} on audit answers:", "", *_table(("label", *columns), rows), ""]


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    if not cells:
        return []
    lines = [heads, ["---"] * len(heads), *cells]
    return [f"| {' | '.join(line)} |" for line in lines]


def _number(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _known(value: float | None, form: str) -> str:
    return "not known yet" if value is None else form.format(value)


def _page(workspace: Workspace) -> str:
    address = os.environ.get(PAGE_VARIABLE)
    if address:
        return f"Answer them on the [checking page]({address})."
    return f"Answer them with `labelloop check --project {workspace.project.folder}`."


def _markdown(workspace: Workspace, subject: str, lines: Sequence[str], description: str) -> None:
    create_markdown_artifact(
        key=_key(workspace, subject), markdown="\n".join(lines), description=description
    )


def _key(workspace: Workspace, subject: str) -> str:
    return f"{project_slug(workspace)}-{subject}"
