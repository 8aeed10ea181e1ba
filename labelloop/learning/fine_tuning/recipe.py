"""How the encoder is tuned: one recipe for all data sets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

SAMPLE = 2000
"""Unlabelled texts that a tuning looks at: more were hardly better and take as much longer."""


@dataclass(frozen=True)
class Recipe:
    """Settings of one tuning; the measured values are the defaults.

    Attributes:
        epochs: Times every example is seen in the tunings without a fold; fewer where the first of
            these surely grew worse before (``stopping_early``).
        final_epochs: The same in the tuning that is kept, which has soft labels beside.
        batch: Examples per step.
        rate: Highest learning rate, of the top layer of the encoder.
        head_rate: Learning rate of the classification layer.
        layer_decay: Each layer below learns this much slower than the one above it.
        warmup: Share of the steps in which the rate rises; afterwards it falls to 0.
        smoothing: Label smoothing (Szegedy et al. 2016).
        weight_decay: Of the matrices; biases and norms have none.
        word_vectors: Whether the table of word vectors learns as well. Half of a small model's
            parameters are in it, and a few hundred texts touch few of its rows.
        seed: Seed of the order of the examples and of dropout.
    """

    epochs: int = 10
    final_epochs: int = 4
    batch: int = 16
    rate: float = 1.5e-4
    head_rate: float = 1e-2
    layer_decay: float = 0.9
    warmup: float = 0.1
    smoothing: float = 0.1
    weight_decay: float = 0.01
    word_vectors: bool = False
    seed: int = 0

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)
