"""Plots as SVG, light and dark; matplotlib comes with the first, so this runs beside the page."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from labelloop.errors import UnknownName
from labelloop.loop import curve, project_labels
from labelloop.loop.audit_report import AuditReport, audit_report
from labelloop.loop.dashboard import (
    ByClass,
    champion_by_class,
    turns_by_lane,
)
from labelloop.loop.sets import EXACT_MATCH
from labelloop.loop.workspace import Workspace
from labelloop.records import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Theme = Literal["light", "dark"]

_INK = {"light": "#565e6e", "dark": "#a3adbf"}
_LINE = {"light": "#d9dde5", "dark": "#323a48"}
_ACCENT = {"light": "#2456c9", "dark": "#8fb2ff"}
_MAP = {"light": "Blues", "dark": "cividis"}
# Okabe and Ito's colours, told apart without red-green sight.
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
_MOST_NUMBERS = 12  # classes up to which a confusion matrix carries its numbers


def curve_plot(workspace: Workspace, theme: Theme) -> bytes:
    """Accuracy on the audit lane over labels."""
    points = curve.points(workspace)
    measure = EXACT_MATCH if workspace.project.settings.multi_label else "accuracy"
    with _figure(theme, 3.1) as (axes, out):
        draw_curve(axes, points, theme, measure=measure)
    return out.getvalue()


def lanes_plot(workspace: Workspace, theme: Theme) -> bytes:
    """Answers per turn and lane."""
    with workspace.store.transaction("plot") as tx:
        lanes, by_turn = turns_by_lane(tx)
    with _figure(theme, 3.1) as (axes, out):
        draw_lanes(axes, lanes, by_turn)
    return out.getvalue()


def confusion_plot(workspace: Workspace, theme: Theme) -> bytes:
    """People's labels against the champion's.

    Raises:
        UnknownName: There is no champion yet, or it gives sets of labels.
    """
    with workspace.store.transaction("plot") as tx:
        project_labels.stored(tx, workspace)
        found = champion_by_class(tx, workspace.project.label_names)
    if found is None:
        raise UnknownName("there is no model yet")
    if not found.confusion:
        raise UnknownName("models of several labels have no confusion matrix")
    with _figure(theme, 3.6) as (axes, out):
        draw_confusion(axes, found, theme)
    return out.getvalue()


def calibration_plot(workspace: Workspace, theme: Theme) -> bytes:
    """Accuracy over the champion's confidence.

    Raises:
        UnknownName: There is no model, or no audit answer yet.
    """
    found = audit_report(workspace)
    if not found.answers:
        raise UnknownName("no audit question has been answered yet, or there is no model")
    with _figure(theme, 3.1) as (axes, out):
        draw_calibration(axes, found, theme)
    return out.getvalue()


def draw_calibration(axes: Axes, found: AuditReport, theme: Theme) -> None:
    """Bins with their intervals beside the line on which confidence is true."""
    met = [one for one in found.calibration if one.accuracy.n]
    at = [one.confidence or 0.0 for one in met]
    axes.plot([0, 1], [0, 1], color=_LINE[theme], lw=1.2)
    _draw_intervals(axes, at, [one.accuracy for one in met], theme, "o")
    axes.set(ylim=(0, 1.02), xlim=(0, 1.02), xlabel="confidence", ylabel="right")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _place: f"{100 * value:.0f} %")


def _draw_intervals(
    axes: Axes, at: Sequence[float], values: Sequence[Interval], theme: Theme, form: str
) -> None:
    middle = [one.value or 0.0 for one in values]
    below = [v - (one.low or 0.0) for v, one in zip(middle, values, strict=True)]
    above = [(one.high or 0.0) - v for v, one in zip(middle, values, strict=True)]
    axes.errorbar(
        at, middle, yerr=[below, above], color=_ACCENT[theme], fmt=form, capsize=4, lw=1.8, ms=5
    )


def draw_curve(
    axes: Axes, points: Sequence[curve.Point], theme: Theme, *, measure: str = "accuracy"
) -> None:
    """Points with their intervals."""
    labels = [point.labels for point in points]
    _draw_intervals(axes, labels, [point.interval for point in points], theme, "o-")
    axes.set(ylim=(0, 1.02), xlabel="labels trained on", ylabel=measure)
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(lambda value, _place: f"{100 * value:.0f} %")
    axes.grid(axis="y", color=_LINE[theme], lw=0.8)


def draw_lanes(axes: Axes, lanes: Sequence[str], by_turn: Sequence[tuple[int, tuple[int, ...]]]) -> None:
    """Stacked bars."""
    from matplotlib.ticker import MaxNLocator

    base = [0] * len(by_turn)
    names = [str(turn) for turn, _ in by_turn]
    for place, lane in enumerate(lanes):
        counts = [row[place] for _, row in by_turn]
        axes.bar(names, counts, bottom=base, label=lane, color=_COLOURS[place % 6], width=0.65)
        base = [b + c for b, c in zip(base, counts, strict=True)]
    axes.set(xlabel="turn", ylabel="answers")
    axes.set_xlim(-0.75, max(4, len(names)) - 0.25)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if lanes:
        axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=8)


def draw_confusion(axes: Axes, found: ByClass, theme: Theme) -> None:
    """A matrix, darker for more."""
    import numpy as np

    matrix = np.asarray(found.confusion)
    image = axes.imshow(matrix, cmap=_MAP[theme], aspect="auto")
    places = range(len(found.labels))
    names = [label if len(label) < 16 else f"{label[:15]}…" for label in found.labels]
    axes.set(xlabel="the model’s label", ylabel="people’s label")
    if len(names) > 30:
        return
    axes.set_xticks(places, names, rotation=0 if len(names) < 6 else 60, ha="center")
    axes.set_yticks(places, names)
    if len(names) <= _MOST_NUMBERS:
        for (row, column), count in np.ndenumerate(matrix):
            light = sum(image.cmap(image.norm(count))[:3]) > 1.5
            axes.text(
                column, row, str(count), ha="center", va="center", color="#111" if light else "#fff"
            )


@contextmanager
def _figure(theme: Theme, height: float) -> Iterator[tuple[Axes, io.BytesIO]]:
    import matplotlib
    from matplotlib.figure import Figure

    out = io.BytesIO()
    style: Any = {
        "svg.fonttype": "none",  # text stays text: smaller, and the reader's own font
        "svg.hashsalt": "labelloop",
        "font.family": "sans-serif",
        "font.size": 10,
        **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), _INK[theme]),
        "axes.edgecolor": _LINE[theme],
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(6.4, height), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        yield axes, out
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
