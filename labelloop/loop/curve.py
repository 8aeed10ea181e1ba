"""The learning curve of a project: measured accuracy of every model version, drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from labelloop.loop.sets import EXACT_MATCH
from labelloop.loop.workspace import Workspace
from labelloop.records import Interval, ModelVersion
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
    answers: int = 0

    @property
    def interval(self) -> Interval:
        """The accuracy with its interval for one planned look."""
        return Interval(self.accuracy, self.low, self.high, self.answers)


def points(workspace: Workspace) -> list[Point]:
    """Every model version that audit answers have measured, oldest first."""
    with workspace.store.transaction("read the learning curve") as tx:
        return points_of(models.versions(tx), multi_label=workspace.project.settings.multi_label)


def points_of(versions: Iterable[ModelVersion], *, multi_label: bool) -> list[Point]:
    """Those of these models that were measured by the project's present kind of answer."""
    found = []
    for model in versions:
        measured = model.metrics["audit"]["accuracy"]
        if measured["value"] is not None:
            labels, promoted = model.metrics["labels"], model.promoted_at is not None
            numbers = measured["value"], measured["low"], measured["high"]
            measure = model.metrics["audit"].get("measure", "accuracy")
            if (measure == EXACT_MATCH) == multi_label:  # else it is from before that changed
                found.append(Point(model.model_id, labels, *numbers, promoted, measure, measured["n"]))
    return found


def draw(found: list[Point], title: str) -> bytes:
    """An SVG of the curve: intervals as bars, models that never became champion hollow.

    Written by hand: matplotlib takes a second or two to load, as long as the rest of a short turn.
    """
    most = max(point.labels for point in found) * 1.1
    places = [(_x(p.labels / most), _y(p.accuracy), p) for p in found]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    parts = [
        *_grid(most),
        f'<polyline points="{line}" fill="none" stroke="{_BLUE}" stroke-opacity=".5"/>',
        *(_bar(x, point) for x, _, point in places),
        *(_dot(x, y, point) for x, y, point in places),
        _text(_x(0.5), 16, title, "middle"),
        _text(_x(0.5), _HEIGHT - 6, "labels trained on", "middle"),
        f'<g transform="rotate(-90 12 {_y(0.5):.0f})">'
        f"{_text(12, _y(0.5), f'{found[-1].measure} on audit answers', 'middle')}</g>",
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" {_FONT}>'
    paper = f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="white"/>'
    return "".join([head, paper, *parts, "</svg>"]).encode()


_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 585, 288, 56, 26, 12, 40
_BLUE = "#1f77b4"
_FONT = 'font-family="sans-serif" font-size="12" fill="#222"'


def _x(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _y(accuracy: float) -> float:
    return _TOP + (1.0 - accuracy) * (_HEIGHT - _TOP - _BOTTOM)


def _grid(most: float) -> Iterator[str]:
    """Lines and numbers: five steps up, and about five across at round numbers."""
    for fifth in range(6):
        y = _y(fifth / 5)
        yield f'<path d="M{_LEFT} {y:.1f}H{_x(1):.1f}" stroke="#ddd"/>'
        yield _text(_LEFT - 6, y + 4, f"{fifth / 5:.1f}", "end")
    step = _round_step(most / 5)
    for labels in range(0, int(most) + 1, step):
        x = _x(labels / most)
        yield f'<path d="M{x:.1f} {_TOP}V{_y(0):.1f}" stroke="#ddd"/>'
        yield _text(x, _y(0) + 16, f"{labels:,}", "middle")


def _round_step(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is not below ``least``."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10


def _bar(x: float, point: Point) -> str:
    low, high = _y(point.low), _y(point.high)
    ends = f"M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8"
    return f'<path d="M{x:.1f} {low:.1f}V{high:.1f}{ends}" stroke="{_BLUE}" stroke-opacity=".6"/>'


def _dot(x: float, y: float, point: Point) -> str:
    fill = _BLUE if point.promoted else "white"
    said = escape(f"{point.model_id}: {point.accuracy:.3f} [{point.low:.3f}, {point.high:.3f}]")
    shape = f'cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{_BLUE}"'
    return f"<circle {shape}><title>{said}</title></circle>"


def _text(x: float, y: float, said: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'
