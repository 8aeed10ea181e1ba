"""What a back-test showed: summary, JSON file, plot."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from labelloop.errors import BadInput
from labelloop.learning.arrays import Float64
from labelloop.simulation.comparison import curves, interval, name_of

Summary = dict[str, dict[str, float | int | None]]


def summarise(runs: Sequence[Mapping[str, Any]]) -> Summary:
    """Per strategy (and kind of people, where that was varied): area, its interval, end, labels.

    auc is the mean of the accuracy over the points of the curve, auc_low and auc_high its 95 %
    interval over the seeds. labels_to_match_random is the number of labels at which the mean
    curve reaches what ``random`` ends with, with the same people; None where it never does, or
    ``random`` was not run.
    """
    by_name = {name_of(run): run for run in runs}
    return {name: _summary(runs, name, _goal(runs, run)) for name, run in by_name.items()}


def _goal(runs: Sequence[Mapping[str, Any]], run: Mapping[str, Any]) -> float | None:
    """What ``random`` ends with on the mean curve, with the same people."""
    for other in runs:
        if other["strategy"] == "random" and other.get("people") == run.get("people"):
            return float(mean_curve(runs, name_of(other), "accuracy")[-1])
    return None


def _summary(
    runs: Sequence[Mapping[str, Any]], name: str, goal: float | None
) -> dict[str, float | int | None]:
    accuracy = mean_curve(runs, name, "accuracy")
    labels = next(run["labels"] for run in runs if name_of(run) == name)
    reached = np.flatnonzero(accuracy >= (np.inf if goal is None else goal))
    low, high = interval(curves(runs, name, "accuracy").mean(axis=1))
    return {
        "auc": float(accuracy.mean()),
        "auc_low": low,
        "auc_high": high,
        "auc_macro_f1": float(mean_curve(runs, name, "macro_f1").mean()),
        "final_accuracy": float(accuracy[-1]),
        "labels_to_match_random": int(labels[reached[0]]) if len(reached) else None,
    }


def mean_curve(runs: Sequence[Mapping[str, Any]], name: str, measure: str) -> Float64:
    """Mean over the seeds of a strategy's curve."""
    return np.asarray(curves(runs, name, measure).mean(axis=0), dtype=np.float64)


def tunings_told(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line per name and fine-tuning stage: accuracy before and after, mean over the seeds."""
    found: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for run in runs:
        for stage, tuning in enumerate(run.get("tunings", ())):
            found.setdefault((name_of(run), stage), []).append(tuning)
    return [_tuning_told(name, tunings) for (name, _), tunings in found.items()]


def _tuning_told(name: str, tunings: Sequence[Mapping[str, Any]]) -> str:
    before, after, labels, seconds = (
        float(np.mean([one[key] for one in tunings])) for key in ("before", "after", "labels", "seconds")
    )
    out = sum(not one["promoted"] for one in tunings)
    kept_out = f"; kept out by the gate in {out} of {len(tunings)}" if out else ""
    return (
        f"{name}: tuned at {labels:,.0f} labels, {before:.3f} before and {after:.3f} after,"
        f" {seconds / 60:.1f} minutes each{kept_out}."
    )


def write_json(result: Mapping[str, Any], path: Path) -> None:
    """Write a result atomically.

    Raises:
        BadInput: The file cannot be written.
    """
    content = json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    _write(path, lambda file: file.write(content.encode()))


_COLUMNS = ("name", "strategy", "people", "seed", "labels", "verdicts", "accuracy", "macro_f1")


def write_csv(result: Mapping[str, Any], path: Path) -> None:
    """Write every point of every curve as a row, atomically.

    Raises:
        BadInput: The file cannot be written.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for run in result["runs"]:
        for point in range(len(run["labels"])):
            rows.writerow([run[c][point] if isinstance(run[c], list) else run[c] for c in _COLUMNS])
    _write(path, lambda file: file.write(text.getvalue().encode()))


def plot(result: Mapping[str, Any], path: Path) -> None:
    """Draw per strategy the mean accuracy with its 95 % band over the seeds, as a PNG.

    Raises:
        BadInput: The file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)  # no window, no global state
    axes = figure.add_subplot()
    runs = result["runs"]
    for name, summary in result["summary"].items():
        labels = next(run["labels"] for run in runs if name_of(run) == name)
        found = curves(runs, name, "accuracy")
        bounds = np.array([interval(column) for column in found.T], dtype=np.float64)
        (line,) = axes.plot(
            labels[: len(bounds)], found.mean(axis=0), label=f"{name} (mean {summary['auc']:.3f})"
        )
        axes.fill_between(labels[: len(bounds)], *bounds.T, color=line.get_color(), alpha=0.15)
    seeds = len({run["seed"] for run in runs})
    axes.set(xlabel="labels", ylabel=f"{result.get('measure', 'accuracy')} on the test rows")
    axes.set_title(f"{result['dataset']}: mean of {seeds} seeds, 95 % bands")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    _write(path, lambda file: figure.savefig(file, format="png", dpi=120))


def _write(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """A reader sees the old file or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
