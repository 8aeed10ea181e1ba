"""The tables and the plot of ``benchmarks/learning.py``, from the runs it kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

START, BATCH = 25, 25
Runs = Mapping[tuple[Any, str], list[dict[str, Any]]]
"""By contender and set: a dict per seed with ``accuracy``, ``query_seconds``, ``fit_seconds``."""


def tables(who: Sequence[Any], sets: Sequence[str], found: Runs) -> str:
    """A Markdown table: area / end / labels to match random, per set, and what a batch takes."""
    goals = {name: _goal(who, name, found) for name in sets}
    head = (
        f"| strategy, head | {' | '.join(sets)} | mean area | labels to match | choosing / training, s |"
    )
    lines = [head, "|---" * (len(sets) + 4) + "|"]
    lines += [_line(one, sets, found, goals) for one in who]
    return "\n".join([*lines, "", *_differences(who, sets, found)])


def _line(one: Any, sets: Sequence[str], found: Runs, goals: Mapping[str, float]) -> str:
    areas, needed, cells = [], [], []
    for name in sets:
        curve = _curves(found[one, name]).mean(axis=0)
        areas.append(curve.mean())
        needed.append(labels_to_reach(curve, goals[name]))
        cells.append(f"{_short(areas[-1])} / {_short(curve[-1])} / {needed[-1] or '–'}")
    mean = f"{np.mean([n for n in needed if n]):.0f}" if all(needed) else "–"
    seconds = " / ".join(
        f"{np.mean([run[key] for name in sets for run in found[one, name]]):.3f}"
        for key in ("query_seconds", "fit_seconds")
    )
    seeds = "" if one.seeds > 1 else " (1 seed)"
    return (
        f"| {one.strategy}, {one.head}{seeds} | {' | '.join(cells)} | {_short(float(np.mean(areas)))} "
        f"| {mean} | {seconds} |"
    )


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def _curves(runs: Sequence[Mapping[str, Any]]) -> np.ndarray:
    return np.array([run["accuracy"] for run in runs])


def _goal(who: Sequence[Any], name: str, found: Runs) -> float:
    """What random choice with a plain head ends with; infinite where it was not run."""
    chance = [one for one in who if (one.strategy, one.head) == ("random", "plain")]
    return float(_curves(found[chance[0], name]).mean(axis=0)[-1]) if chance else float("inf")


def labels_to_reach(curve: np.ndarray, goal: float) -> int | None:
    """Labels at the first point of the mean curve that is no lower than the goal."""
    reached = np.flatnonzero(curve >= goal)
    return START + BATCH * int(reached[0]) if len(reached) else None


def _differences(who: Sequence[Any], sets: Sequence[str], found: Runs) -> list[str]:
    """The first contender less each random choice, seed by seed, with its standard error."""
    first, lines = who[0], []
    for other in who:
        if other.strategy != "random" or other.seeds != first.seeds or other is first:
            continue
        cells = []
        for name in sets:
            pairs = _curves(found[first, name]).mean(axis=1) - _curves(found[other, name]).mean(axis=1)
            error = pairs.std(ddof=1) / np.sqrt(len(pairs)) if len(pairs) > 1 else float("nan")
            cells.append(f"{name} {pairs.mean():+.3f} ± {error:.3f}")
        lines.append(f"{first.strategy}, {first.head} less random, {other.head}: {'; '.join(cells)}")
    return lines


def plot(who: Sequence[Any], sets: Sequence[str], found: Runs, path: Path) -> None:
    """Curves of labelloop's default, of random choice and of the best peers, a panel per set."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * len(sets), 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, name in zip(figure.subplots(1, len(sets), squeeze=False)[0], sets, strict=True):
        for one in _shown(who, sets, found):
            curve = _curves(found[one, name]).mean(axis=0)
            labels = START + BATCH * np.arange(len(curve))
            width = 2.4 if one is who[0] else 1.2
            axes.plot(labels, curve, label=f"{one.strategy}, {one.head}", linewidth=width)
        axes.set(title=name, xlabel="labels", ylabel="accuracy on the test")
        axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", dpi=110)


def _shown(who: Sequence[Any], sets: Sequence[str], found: Runs) -> list[Any]:
    """The first, random choice with either head, and the three other best with the plain head."""
    area = {one: np.mean([_curves(found[one, name]).mean() for name in sets]) for one in who}
    plain = [one for one in who[1:] if one.head == "plain" and one.strategy != "random"]
    peers = [one for one in plain if one.strategy != who[0].strategy]
    best = sorted(peers, key=lambda one: -area[one])[:3]
    return [who[0], *(one for one in who if one.strategy == "random"), *best]
