"""What a back-test showed: summary, JSON file, plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def summarise(runs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float | int | None]]:
    """Per strategy: auc, auc_macro_f1, final_accuracy, labels_to_match_random."""
    raise NotImplementedError


def write_json(result: Mapping[str, Any], path: Path) -> None:
    """Write a result atomically."""
    raise NotImplementedError


def plot(result: Mapping[str, Any], path: Path) -> None:
    """Draw mean and band over the seeds per strategy as a PNG."""
    raise NotImplementedError
