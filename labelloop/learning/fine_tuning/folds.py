"""Tunings without a part of the labels each; finished ones are read, the one cut short goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelloop.errors import TooFewLabels
from labelloop.learning import encoders
from labelloop.learning.arrays import Float32, Ints
from labelloop.learning.crossfit import folds_of
from labelloop.learning.fine_tuning.network import classification_layer, predict_logits
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.tuning import Advance, Box, Lessons, Tuning
from labelloop.learning.fitting import Examples, fit
from labelloop.learning.weights import find_weights
from labelloop.learning.whole_file import write_atomically

if TYPE_CHECKING:
    from labelloop.learning.fine_tuning.procedure import Task

FOLDS = 3
START_PENALTY = 4.0
_FLOOR = -8.0
"""Bias of a label without an example at the start: e^-30, as the head has it, could not learn."""


@dataclass(frozen=True)
class Apart:
    """What the tunings say of what they did not see.

    Attributes:
        tuned: (n, k) logits of labelled texts, each row by the tuning without its fold.
        frozen: (n, k) the same by heads on the vectors of before.
        sample: Per fold the logits (m, k) of the unlabelled sample, tuned and frozen.
        seconds: Of computing.
    """

    tuned: Float32
    frozen: Float32
    sample: tuple[tuple[Float32, Float32], ...]
    seconds: float


def start(task: Task, rows: Ints) -> tuple[Float32, Float32]:
    """Weights (k, d) and bias (k,) of the head on the vectors of before: the layer begins with it."""
    examples = Examples(
        task.vectors[rows].astype(np.float32), np.asarray(task.y)[rows], len(task.labels),
        task.hints, task.class_weight,
    )  # fmt: skip
    weights, bias = fit(examples, START_PENALTY)
    return np.ascontiguousarray(weights, np.float32), np.maximum(bias, np.float32(_FLOOR))


class Folds:
    """All tunings without a fold of one task."""

    def __init__(
        self, task: Task, recipe: Recipe, work: Path, key: str,
        *, seconds_per_step: float, advance: Advance | None,
    ) -> None:  # fmt: skip
        self.task, self.recipe, self.work, self.key = task, recipe, work, key
        self.per_step, self.advance = seconds_per_step, advance
        self.fold = folds_of(np.asarray(task.y), task.groups, recipe.seed, FOLDS)
        targets = np.eye(len(task.labels), dtype=np.float32)[task.y]
        self.lessons = Lessons(task.texts, targets, task.weights())

    def run(self) -> Apart:
        """Every fold's tuning, one after the other.

        Raises:
            TooFewLabels: Nothing is left to learn from without any fold.
        """
        n, k = len(self.task.y), len(self.task.labels)
        tuned, frozen = np.zeros((n, k), np.float32), np.zeros((n, k), np.float32)
        sample: list[tuple[Float32, Float32]] = []
        seconds = 0.0
        for number in range(FOLDS):
            out, rows = np.flatnonzero(self.fold == number), np.flatnonzero(self.fold != number)
            if not len(rows) or not len(out):
                continue  # fewer groups of near-duplicates than folds: nothing to learn from, or to tell
            found = self._kept(number, rows) or self._tuned(number, rows, out)
            weights, bias = start(self.task, rows)
            tuned[out] = found["out"]
            frozen[out] = self.task.vectors[out].astype(np.float32) @ weights.T + bias
            said = self.task.sample_vectors.astype(np.float32) @ weights.T + bias
            sample.append((found["sample"], said))
            seconds += float(found["seconds"][0])
        if not sample:
            raise TooFewLabels(
                f"all {n} labels are of near-duplicates of one text: nothing to tune an encoder on",
                remedy="Answer questions about other texts",
            )
        return Apart(tuned, frozen, tuple(sample), seconds)

    def _kept(self, number: int, rows: Ints) -> dict[str, Any] | None:
        """What a finished tuning said, where it was of the same task."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            found: dict[str, Any] = load((self.work / f"fold-{number}.logits").read_bytes())
        except (OSError, SafetensorError):
            return None
        if found["key"].tobytes().decode() != self.key:
            return None
        if self.advance is not None:
            self.advance(self._steps(rows))
        return found

    def _tuned(self, number: int, rows: Ints, out: Ints) -> dict[str, Any]:
        task, checkpoint = self.task, self.work / f"fold-{number}.checkpoint"
        model = encoders.load_model(find_weights(task.encoder))
        layer = classification_layer(*start(task, rows))
        tuning = Tuning(
            model, layer, self.lessons.only(rows),
            replace(self.recipe, seed=self.recipe.seed * FOLDS + number + 1),
            box=Box(self.per_step * self._steps(rows)),
            file=checkpoint, key=f"{self.key}/{number}",
        )  # fmt: skip
        tuning.run(self.advance)
        found = {
            "out": predict_logits(model, layer, [task.texts[i] for i in out]),
            "sample": predict_logits(model, layer, task.sample),
            "seconds": np.array([tuning.state.seconds]),
            "key": np.frombuffer(self.key.encode(), np.uint8),
        }
        self._keep(number, found)
        checkpoint.unlink(missing_ok=True)
        return found

    def _keep(self, number: int, found: dict[str, Any]) -> None:
        from safetensors.numpy import save

        write_atomically(self.work / f"fold-{number}.logits", save(found))

    def _steps(self, rows: Ints) -> int:
        return self.recipe.epochs * -(-len(rows) // self.recipe.batch)
