"""The learning curve of a project: measured accuracy of every model version, drawn."""

from __future__ import annotations

import io
from dataclasses import dataclass

from labelloop.loop.sets import EXACT_MATCH
from labelloop.loop.workspace import Workspace
from labelloop.store import models


@dataclass(frozen=True)
class Point:
    """One model version: labels it was trained on, accuracy on audit answers with 95 % interval.

    ``measure`` is ``exact match`` where documents have sets of labels.
    """

    model_id: str
    labels: int
    accuracy: float
    low: float
    high: float
    promoted: bool
    measure: str = "accuracy"


def points(workspace: Workspace) -> list[Point]:
    """Every model version that audit answers have measured, oldest first."""
    with workspace.store.transaction("read the learning curve") as tx:
        versions = models.versions(tx)
    found = []
    for model in versions:
        measured = model.metrics["audit"]["accuracy"]
        if measured["value"] is not None:
            labels, promoted = model.metrics["labels"], model.promoted_at is not None
            numbers = measured["value"], measured["low"], measured["high"]
            measure = model.metrics["audit"].get("measure", "accuracy")
            if (measure == EXACT_MATCH) != workspace.project.settings.multi_label:
                continue  # from before the project's kind of answer changed
            found.append(Point(model.model_id, labels, *numbers, promoted, measure))
    return found


def draw(found: list[Point], title: str) -> bytes:
    """A PNG of the curve: intervals as bars, models that never became champion hollow."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 3.2), layout="constrained")
    FigureCanvasAgg(figure)  # no window, no global state
    axes = figure.add_subplot()
    x, y = [point.labels for point in found], [point.accuracy for point in found]
    spread = [[p.accuracy - p.low for p in found], [p.high - p.accuracy for p in found]]
    axes.errorbar(x, y, yerr=spread, color="tab:blue", alpha=0.5, capsize=3, linewidth=1)
    for promoted, face in ((True, "tab:blue"), (False, "white")):
        some = [p for p in found if p.promoted == promoted]
        axes.scatter(
            [p.labels for p in some], [p.accuracy for p in some], c=face, edgecolors="tab:blue", zorder=3
        )
    axes.set(xlabel="labels trained on", ylabel=f"{found[-1].measure} on audit answers", ylim=(0, 1.02))
    axes.set_xlim(left=0, right=max(x) * 1.1)
    axes.set_title(title)
    axes.grid(alpha=0.3)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=90)
    return out.getvalue()
