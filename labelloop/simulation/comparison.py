"""Strategies beside each other: labels per target accuracy and areas, with intervals over the seeds.

Seeds are paired: strategies of one seed begin with the same documents and meet the same mistakes, so
differences are taken seed by seed. Intervals are Student's, 95 %; one seed alone has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labelloop.learning.arrays import Float64

Run = Mapping[str, Any]


def name_of(run: Run) -> str:
    """What a run is listed under: its strategy, and who answered where that was varied."""
    return str(run.get("name", run["strategy"]))


def curves(runs: Sequence[Run], name: str, measure: str) -> Float64:
    """(seeds, points) of everything listed under a name; a run that used up the pool ends earlier."""
    found = [run[measure] for run in runs if name_of(run) == name]
    shortest = min(map(len, found))
    return np.array([values[:shortest] for values in found], dtype=np.float64)


def interval(values: Float64) -> tuple[float | None, float | None]:
    """Student's 95 % interval of the mean; None for fewer than two values."""
    n = len(values)
    if n < 2:
        return None, None
    from scipy.stats import t

    half = float(t.ppf(0.975, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    return float(values.mean()) - half, float(values.mean()) + half


def default_targets(runs: Sequence[Run]) -> tuple[float, ...]:
    """The three highest multiples of .05 that some mean curve reaches."""
    names = dict.fromkeys(map(name_of, runs))
    best = max(float(curves(runs, name, "accuracy").mean(axis=0).max()) for name in names)
    top = math.floor(best * 20 + 1e-9)
    return tuple(n / 20 for n in range(max(1, top - 2), top + 1))


def labels_needed(run: Run, target: float) -> float | None:
    """Labels at which a run first has the target, between points in proportion; None: never."""
    accuracy = np.maximum.accumulate(np.asarray(run["accuracy"], dtype=np.float64))
    reached = np.flatnonzero(accuracy >= target)
    if not len(reached):
        return None
    after = int(reached[0])
    if after == 0:
        return float(run["labels"][0])
    below, above = run["labels"][after - 1], run["labels"][after]
    part = (target - accuracy[after - 1]) / (accuracy[after] - accuracy[after - 1])
    return float(below + part * (above - below))


def needed(runs: Sequence[Run], targets: Sequence[float]) -> list[dict[str, Any]]:
    """Per name and target: mean labels with interval over the seeds, and how many seeds reached it.

    The mean is None where a seed never did: leaving it out would flatter.
    """
    return [
        _needed(name, target, [labels_needed(run, target) for run in runs if name_of(run) == name])
        for name in dict.fromkeys(map(name_of, runs))
        for target in targets
    ]


def _needed(name: str, target: float, found: list[float | None]) -> dict[str, Any]:
    known = np.array([value for value in found if value is not None], dtype=np.float64)
    complete = len(known) == len(found)
    low, high = interval(known) if complete else (None, None)
    return {
        "name": name, "target": target, "labels": float(known.mean()) if complete else None,
        "low": low, "high": high, "reached": len(known), "seeds": len(found),
    }  # fmt: skip


def comparisons(runs: Sequence[Run], targets: Sequence[float]) -> list[dict[str, Any]]:
    """Every other name against the reference of its people: ``random`` where it ran, else the first."""
    found = []
    for people in dict.fromkeys(run.get("people", "") for run in runs):
        some = [run for run in runs if run.get("people", "") == people]
        strategies = list(dict.fromkeys(run["strategy"] for run in some))
        reference = "random" if "random" in strategies else strategies[0]
        beside = [run for run in some if run["strategy"] == reference]
        for strategy in strategies:
            if strategy != reference:
                own = [run for run in some if run["strategy"] == strategy]
                found.append(_compared(own, beside, targets))
    return found


def _compared(own: Sequence[Run], beside: Sequence[Run], targets: Sequence[float]) -> dict[str, Any]:
    areas = np.array([_area(a) - _area(b) for a, b in _pairs(own, beside)], dtype=np.float64)
    low, high = interval(areas)
    result = {
        "name": name_of(own[0]), "against": name_of(beside[0]), "area": float(areas.mean()),
        "low": low, "high": high, "within_noise": _around_zero(low, high),
        "labels": [_fewer(own, beside, target) for target in targets],
    }  # fmt: skip
    return result | {"sentence": _sentence(result)}


def _around_zero(low: float | None, high: float | None) -> bool | None:
    return None if low is None or high is None else low <= 0 <= high


def _area(run: Run) -> float:
    return float(np.mean(run["accuracy"]))


def _pairs(own: Sequence[Run], beside: Sequence[Run]) -> list[tuple[Run, Run]]:
    by_seed = {run["seed"]: run for run in beside}
    return [(run, by_seed[run["seed"]]) for run in own]


def _fewer(own: Sequence[Run], beside: Sequence[Run], target: float) -> dict[str, Any]:
    """Labels saved at a target, seed by seed; None where one of the two never reached it."""
    pairs = [(labels_needed(a, target), labels_needed(b, target)) for a, b in _pairs(own, beside)]
    saved = np.array([b - a for a, b in pairs if a is not None and b is not None], dtype=np.float64)
    complete = len(saved) == len(pairs)
    low, high = interval(saved) if complete else (None, None)
    mean = float(saved.mean()) if complete else None
    return {"target": target, "saved": mean, "low": low, "high": high}


def _sentence(found: Mapping[str, Any]) -> str:
    area, low, high = found["area"], found["low"], found["high"]
    name, against = found["name"], found["against"]
    if low is None:
        return f"{name} and {against}: {area:+.3f} of the area, which one seed cannot tell from noise"
    lead = f"{area:+.3f} of the area ({low:+.3f} to {high:+.3f})"
    if found["within_noise"]:
        return f"{name} and {against} are level within noise: {lead}"
    return f"{name} is {'ahead of' if area > 0 else 'behind'} {against}: {lead}"
