"""The loop replayed on known answers: choose, answer, train, measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from labelloop.learning.arrays import Floats
from labelloop.simulation.dataset import KnownAnswers

Start = Literal["random", "cold"]
Progress = Callable[[int], None]
"""Called with the number of rounds just finished (1 each time)."""


def backtest(
    data: KnownAnswers,
    vectors: Floats,
    *,
    hints: Floats | None,
    strategies: Sequence[str],
    start: int = 25,
    batch: int = 25,
    rounds: int = 20,
    seeds: int = 3,
    start_by: Start = "random",
    lanes: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Replay the loop for each strategy and seed; the first documents are paired by seed.

    Args:
        data: Texts with their labels and split.
        vectors: (n, d) of ``data.texts``.
        hints: (k, d) of ``data.labels``, or None.
        strategies: Names of query strategies.
        start: Labels before the first round.
        batch: Labels per round.
        rounds: Rounds after the start.
        seeds: Number of repetitions: seeds 0, 1, …
        start_by: First documents at ``random`` or by the production ``cold`` start.
        lanes: Shares of random, explore (and so on) lanes; None: the strategy alone.
        progress: Called once per finished point of a curve.

    Returns:
        JSON: dataset, settings, runs, summary.

    Raises:
        UnknownName: No such strategy.
        TooFewLabels: Fewer than two labels, or no test rows.
    """
    raise NotImplementedError
