"""What a back-test showed: summary, JSON file, plot."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from labelloop.errors import BadInput
from labelloop.learning.arrays import Float64

Summary = dict[str, dict[str, float | int | None]]


def summarise(runs: Sequence[Mapping[str, Any]]) -> Summary:
    """Per strategy: auc, auc_macro_f1, final_accuracy, labels_to_match_random.

    auc is the mean of the accuracy over the points of the curve. labels_to_match_random is
    the number of labels at which the mean curve reaches what ``random`` ends with; None where
    it never does, or ``random`` was not run.
    """
    names = list(dict.fromkeys(run["strategy"] for run in runs))
    goal = float(mean_curve(runs, "random", "accuracy")[-1]) if "random" in names else None
    return {name: _summary(runs, name, goal) for name in names}


def _summary(
    runs: Sequence[Mapping[str, Any]], name: str, goal: float | None
) -> dict[str, float | int | None]:
    accuracy = mean_curve(runs, name, "accuracy")
    labels = next(run["labels"] for run in runs if run["strategy"] == name)
    reached = np.flatnonzero(accuracy >= (np.inf if goal is None else goal))
    return {
        "auc": float(accuracy.mean()),
        "auc_macro_f1": float(mean_curve(runs, name, "macro_f1").mean()),
        "final_accuracy": float(accuracy[-1]),
        "labels_to_match_random": int(labels[reached[0]]) if len(reached) else None,
    }


def mean_curve(runs: Sequence[Mapping[str, Any]], name: str, measure: str) -> Float64:
    """Mean over the seeds of a strategy's curve."""
    return np.asarray(_curves(runs, name, measure).mean(axis=0), dtype=np.float64)


def _curves(runs: Sequence[Mapping[str, Any]], name: str, measure: str) -> Float64:
    return np.array([run[measure] for run in runs if run["strategy"] == name], dtype=np.float64)


def write_json(result: Mapping[str, Any], path: Path) -> None:
    """Write a result atomically.

    Raises:
        BadInput: The file cannot be written.
    """
    content = json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    _write(path, lambda file: file.write(content.encode()))


def plot(result: Mapping[str, Any], path: Path) -> None:
    """Draw per strategy the mean accuracy and the band from the worst to the best seed, as a PNG.

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
        labels = next(run["labels"] for run in runs if run["strategy"] == name)
        curves = _curves(runs, name, "accuracy")
        (line,) = axes.plot(labels, curves.mean(axis=0), label=f"{name} (mean {summary['auc']:.3f})")
        axes.fill_between(
            labels, curves.min(axis=0), curves.max(axis=0), color=line.get_color(), alpha=0.15
        )
    seeds = len({run["seed"] for run in runs})
    axes.set(xlabel="labels", ylabel="accuracy on the test rows")
    axes.set_title(f"{result['dataset']}: mean and range of {seeds} seeds")
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
