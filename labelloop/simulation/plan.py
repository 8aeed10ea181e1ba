"""How a back-test goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labelloop.learning.fitting import ClassWeight
from labelloop.learning.lanes import Shares

Start = Literal["random", "cold"]
WhenNotPaying = Literal["say", "fall_back"]


@dataclass(frozen=True)
class Plan:
    """How a back-test goes.

    Attributes:
        start: Labels before the first round.
        batch: Labels per round.
        rounds: Rounds after the start.
        start_by: First documents at ``random`` or by the production ``cold`` start; the same
            for all strategies of a seed.
        shares: Lanes beside the strategy, as in production; None: the strategy alone.
            Audit answers cost labels and are not trained on; the audit side is a seeded tenth.
        pool_help: The pool shapes the head's penalty, as in production.
        when_not_paying: With lanes: ask at random where the strategy saves no labels.
        adapt_exploring: With lanes: the explore lane's share moves with what its answers taught.
        class_weight: ``balanced`` weighs rare labels up.
        head: ``package.module:factory`` of a classifier in the head's place; empty: the built-in one.
        fine_tune_at: Labels at which the encoder is tuned: after the first round that has so many.
    """

    start: int = 25
    batch: int = 25
    rounds: int = 20
    start_by: Start = "random"
    shares: Shares | None = None
    pool_help: bool = True
    when_not_paying: WhenNotPaying = "say"
    adapt_exploring: bool = True
    class_weight: ClassWeight = "none"
    head: str = ""
    fine_tune_at: tuple[int, ...] = ()
