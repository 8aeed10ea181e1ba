"""Tunings without a part of the labels each; finished ones are read, the one cut short goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labelloop.errors import TooFewLabels
from labelloop.learning import encoders
from labelloop.learning.arrays import Float32, Ints
from labelloop.learning.crossfit import folds_of
from labelloop.learning.fine_tuning.network import classification_layer, predict_logits
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.stopping_early import epochs_needed, losses
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
        epochs: For how many each was tuned.
    """

    tuned: Float32
    frozen: Float32
    sample: tuple[tuple[Float32, Float32], ...]
    seconds: float
    epochs: int


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
        self.per_step, self._advance = seconds_per_step, advance
        self._told, self._counted = 0, set[str]()
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
        numbers = self._numbers()
        epochs, seconds = self._epochs(numbers[0])
        for number in numbers:
            out, rows = self._parted(number)
            found = self._kept(number, epochs) or self._tuned(number, epochs)
            weights, bias = start(self.task, rows)
            tuned[out] = found["out"]
            frozen[out] = self.task.vectors[out].astype(np.float32) @ weights.T + bias
            said = self.task.sample_vectors.astype(np.float32) @ weights.T + bias
            sample.append((found["sample"], said))
            seconds += float(found["seconds"][0])
        self._tell(self._planned())
        return Apart(tuned, frozen, tuple(sample), seconds, epochs)

    def _numbers(self) -> list[int]:
        """Folds with something to learn from and something to tell; groups may be fewer than folds."""
        found = [number for number in range(FOLDS) if all(map(len, self._parted(number)))]
        if not found:
            raise TooFewLabels(
                f"all {len(self.task.y)} labels are of near-duplicates of one text: nothing to tune an"
                " encoder on",
                remedy="Answer questions about other texts",
            )
        return found

    def _parted(self, number: int) -> tuple[Ints, Ints]:
        return np.flatnonzero(self.fold == number), np.flatnonzero(self.fold != number)

    def _epochs(self, number: int) -> tuple[int, float]:
        """For how many epochs to tune, and the seconds it took to find out beyond what is kept.

        The first tuning is watched to its end; where it should have ended earlier, it is done over.
        """
        file, most = self.work / "epochs.json", self.recipe.epochs
        try:
            noted = json.loads(file.read_text("utf-8"))
            if noted["key"] == self.key:
                return int(noted["epochs"]), float(noted["seconds"])
        except (OSError, ValueError, KeyError):
            pass  # not yet known
        found = self._kept(number, most) or self._tuned(number, most, watched=True)
        epochs = epochs_needed(found["watched"], most)
        seconds = 0.0 if epochs == most else float(found["seconds"][0])
        noted = {"key": self.key, "epochs": epochs, "seconds": seconds}
        write_atomically(file, json.dumps(noted).encode())
        return epochs, seconds

    def _kept(self, number: int, epochs: int) -> dict[str, Any] | None:
        """What a finished tuning said, where it was of the same task."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        key = self._key(number, epochs)
        try:
            found: dict[str, Any] = load((self.work / f"fold-{number}.logits").read_bytes())
        except (OSError, SafetensorError):
            return None
        if found["key"].tobytes().decode() != key:
            return None
        if key not in self._counted:  # else it was told of while it was tuned
            self._tell(self._steps(number, epochs))
        self._counted.add(key)
        return found

    def _tuned(self, number: int, epochs: int, *, watched: bool = False) -> dict[str, Any]:
        from safetensors.numpy import save

        task, checkpoint = self.task, self.work / f"fold-{number}.checkpoint"
        (out, rows), key = self._parted(number), self._key(number, epochs)
        model = encoders.load_model(find_weights(task.encoder))
        layer = classification_layer(*start(task, rows))
        recipe = replace(self.recipe, epochs=epochs, seed=self.recipe.seed * FOLDS + number + 1)
        tuning = Tuning(
            model, layer, self.lessons.only(rows), recipe,
            box=Box(self.per_step * self._steps(number, epochs)), file=checkpoint, key=key,
        )  # fmt: skip
        apart, y = [task.texts[i] for i in out], np.asarray(task.y)[out]
        look = partial(_look, model, layer, apart, y) if watched else None
        tuning.run(self._tell, look)
        found = {
            "out": predict_logits(model, layer, apart),
            "sample": predict_logits(model, layer, task.sample),
            "seconds": np.array([tuning.state.seconds]),
            "watched": np.array(tuning.state.watched).reshape(-1, len(out)),
            "key": np.frombuffer(key.encode(), np.uint8),
        }
        write_atomically(self.work / f"fold-{number}.logits", save(found))
        checkpoint.unlink(missing_ok=True)
        self._counted.add(key)
        return found

    def _key(self, number: int, epochs: int) -> str:
        return f"{self.key}/{number}/{epochs}"

    def _steps(self, number: int, epochs: int) -> int:
        return epochs * -(-len(self._parted(number)[1]) // self.recipe.batch)

    def _planned(self) -> int:
        return sum(self._steps(number, self.recipe.epochs) for number in self._numbers())

    def _tell(self, steps: int) -> None:
        """Tell of progress, in all no more than planned: a tuning that is done over is no surprise."""
        steps = min(steps, self._planned() - self._told)
        if self._advance is not None and steps > 0:
            self._told += steps
            self._advance(steps)


def _look(model: Any, layer: Any, texts: list[str], y: Ints) -> list[float]:
    found: list[float] = losses(predict_logits(model, layer, texts), y).tolist()
    return found
