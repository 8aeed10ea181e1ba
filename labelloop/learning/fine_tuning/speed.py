"""How long a tuning would take here, measured on a few steps of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from labelloop.learning import encoders
from labelloop.learning.fine_tuning import network
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.tuning import Box, Lessons, Tuning
from labelloop.learning.weights import find_weights

_STEPS = 3
"""The first is slower than all that follow, and is not counted."""


def seconds_per_step(encoder: str, texts: Sequence[str], k: int, recipe: Recipe) -> float:
    """Seconds of one step of tuning on such texts, measured on a copy that is thrown away.

    Args:
        encoder: Folder or hub name.
        texts: At least one text; those that are measured are spread over all lengths.
        k: Number of labels.
        recipe: The tuning's.
    """
    model = encoders.load_model(find_weights(encoder))
    by_length = sorted(texts, key=len)
    spread = np.linspace(0, len(by_length) - 1, _STEPS * recipe.batch).astype(int)
    some = [by_length[i] for i in spread]
    lessons = Lessons(some, np.full((len(some), k), 1 / k, np.float32), np.ones(len(some)))
    dimension = int(model.get_embedding_dimension())
    layer = network.classification_layer(np.zeros((k, dimension), np.float32), np.zeros(k, np.float32))
    ends: list[float] = []
    tuning = Tuning(model, layer, lessons, replace(recipe, epochs=1), box=Box())
    tuning.run(lambda _done: ends.append(time.perf_counter()))
    return (ends[-1] - ends[0]) / max(1, len(ends) - 1)
