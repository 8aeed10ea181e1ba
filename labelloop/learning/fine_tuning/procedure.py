"""Fine-tuning from labels to a tuned encoder with its calibrated classification layer.

A layer fitted on texts that the encoder itself learned from is far too sure of them. So the tuning
is done several times without a part of the labels each (cross-fitting), and what these tunings say
about the part they never saw calibrates the temperature, judges the recipe where there are no audit
answers, and ranks doubtful labels. The encoder that is kept learns from all labels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from labelloop.errors import EncoderUnavailable
from labelloop.learning import encoders
from labelloop.learning.arrays import Float32, Ints, chunks
from labelloop.learning.crossfit import calibrate, folds_of
from labelloop.learning.fine_tuning import folder as encoder_folder
from labelloop.learning.fine_tuning import network
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.tuning import Advance, Box, Lessons, Tuning
from labelloop.learning.fitting import ClassWeight, Examples, balance, fit
from labelloop.learning.head import Head
from labelloop.learning.weights import find_weights
from labelloop.learning.whole_file import write_atomically

FOLDS = 3
"""Tunings without a third of the labels each: what they cost is twice the tuning that is kept."""
START_PENALTY = 4.0
_FLOOR = -8.0
"""Bias of a label without an example at the start: e^-30, as the head has it, could not learn."""


@dataclass(frozen=True)
class Task:
    """What is to be tuned on what.

    Attributes:
        encoder: Folder or hub name of the encoder to begin with.
        texts: n labelled texts.
        y: (n,) index of each one's label.
        labels: The k labels.
        vectors: (n, d) of the texts, by that encoder: the first layer is fitted on them.
        hints: (k, d) of the labels, or None.
        groups: (n,) near-duplicates stay on one side of a fold.
        class_weight: ``balanced`` weighs rare labels up.
    """

    encoder: str
    texts: Sequence[str]
    y: Ints
    labels: Sequence[str]
    vectors: Float32
    hints: Float32 | None = None
    groups: Ints | None = None
    class_weight: ClassWeight = "none"

    def key(self, recipe: Recipe) -> str:
        """Hash of all that decides the outcome: a checkpoint of another task is not gone on from."""
        found = hashlib.sha256(find_weights(self.encoder).digest().encode())
        groups = None if self.groups is None else self.groups.tolist()
        described = [list(self.texts), self.y.tolist(), list(self.labels), groups]
        described += [recipe.as_json(), self.class_weight]
        found.update(json.dumps(described).encode())
        return found.hexdigest()


@dataclass(frozen=True)
class TunedEncoder:
    """What a fine-tuning comes to.

    Attributes:
        folder: The encoder, in the folder that was asked for.
        sha256: Over all its files; ``folder.check_encoder`` compares.
        head: The classification layer, calibrated by cross-fitting, of the new encoder id.
        crossfit_probabilities: (n, k) float32; row i by a tuning that never saw its group.
        report: Everything needed to do it again; JSON values.
    """

    folder: Path
    sha256: str
    head: Head
    crossfit_probabilities: Float32
    report: Mapping[str, Any]


def fine_tune(
    task: Task,
    *,
    work: Path,
    minutes: float,
    recipe: Recipe | None = None,
    advance: Advance | None = None,
) -> TunedEncoder:
    """Tune an encoder; killed, the next call with the same task goes on where this one was.

    Args:
        task: What to tune on what.
        work: Folder for checkpoints and the result; may be removed once the result is kept.
        minutes: The most computing time it may take, over all resumptions.
        recipe: How; the measured one by default.
        advance: Called with steps done; ``steps_of`` tells how many there are.

    Raises:
        EncoderUnavailable: No such encoder, or it gives NaN.
        OutOfMemory: Not even one text at a time fits.
    """
    recipe = recipe or Recipe()
    work.mkdir(parents=True, exist_ok=True)
    plan = _Plan(task, recipe, work, 60.0 * minutes, advance)
    logits = plan.cross_fit()
    temperature, probabilities = calibrate(logits, np.asarray(task.y))
    model, layer, seconds = plan.tuned("all", np.arange(len(task.y)))
    name = f"{find_weights(task.encoder).name.split('/')[-1].removesuffix('-tuned')}-tuned"
    kept = work / name
    sha256 = encoder_folder.save_encoder(model, kept)
    head = Head(
        tuple(task.labels), _array(layer.weight), _array(layer.bias), temperature,
        encoders.load_encoder(str(kept)).encoder_id,
    )  # fmt: skip
    correct = int((probabilities.argmax(axis=1) == task.y).sum())
    report = {
        "kind": "fine-tuned encoder", "recipe": recipe.as_json(), "n": len(task.y),
        "base": task.encoder, "temperature": temperature, "folds": FOLDS,
        "crossfit_right": correct, "seconds": seconds + plan.seconds,
        "steps": steps_of(len(task.y), recipe),
        "encoder_id": head.encoder_id, "encoder_sha256": sha256, "class_weight": task.class_weight,
        "versions": {one: version(one) for one in ("torch", "transformers", "sentence-transformers")},
    }  # fmt: skip
    return TunedEncoder(kept, sha256, head, probabilities, report)


def steps_of(n: int, recipe: Recipe) -> int:
    """Steps of all tunings together, to show progress by."""
    apart = [n - len(range(fold, n, FOLDS)) for fold in range(FOLDS)] if n >= FOLDS else []
    return sum(recipe.epochs * -(-size // recipe.batch) for size in [*apart, n] if size)


class _Plan:
    """The tunings of one task, each resumed, or read where it is finished."""

    def __init__(
        self, task: Task, recipe: Recipe, work: Path, seconds: float, advance: Advance | None
    ) -> None:
        self.task, self.recipe, self.work, self.key = task, recipe, work, task.key(recipe)
        self.box, self.advance, self.seconds = seconds, advance, 0.0
        self.folds = folds_of(np.asarray(task.y), task.groups, recipe.seed, FOLDS)
        k, n = len(task.labels), len(task.y)
        weights = balance(task.y) if task.class_weight == "balanced" else np.ones(n)
        self.lessons = Lessons(task.texts, np.eye(k, dtype=np.float32)[task.y], weights)

    def cross_fit(self) -> Float32:
        """Logits (n, k), each row by a tuning without its fold."""
        logits = np.zeros((len(self.task.y), len(self.task.labels)), dtype=np.float32)
        for fold in range(FOLDS):
            out = np.flatnonzero(self.folds == fold)
            if len(out) in (0, len(logits)):
                continue
            logits[out] = self._without(fold, out)
        return logits

    def _without(self, fold: int, out: Ints) -> Float32:
        from safetensors.numpy import load, save

        file = self.work / f"fold-{fold}.logits"
        if file.is_file():
            found = load(file.read_bytes())
            if found["key"].tobytes().decode() == self.key:
                self.seconds += float(found["seconds"][0])
                self._tell(len(self.task.y) - len(out))
                return np.asarray(found["logits"], np.float32)
        rows = np.flatnonzero(self.folds != fold)
        model, layer, seconds = self.tuned(f"fold-{fold}", rows)
        self.seconds += seconds
        logits = predict_logits(model, layer, [self.task.texts[i] for i in out])
        kept = {"logits": logits, "seconds": np.array([seconds]),
                "key": np.frombuffer(self.key.encode(), np.uint8)}  # fmt: skip
        write_atomically(file, save(kept))
        (self.work / f"fold-{fold}.checkpoint").unlink(missing_ok=True)
        return logits

    def tuned(self, name: str, rows: Ints) -> tuple[Any, Any, float]:
        """Model, layer and seconds of a tuning on some rows."""
        model = encoders.load_model(find_weights(self.task.encoder))
        layer = network.classification_layer(*self._start(rows))
        recipe = replace(self.recipe, seed=self.recipe.seed * 100 + len(name))
        share = len(rows) / (len(self.task.y) * FOLDS)
        tuning = Tuning(
            model, layer, self.lessons.only(rows), recipe, box=Box(self.box * share),
            file=self.work / f"{name}.checkpoint", key=f"{self.key}/{name}",
        )  # fmt: skip
        tuning.run(self.advance)
        return model, layer, tuning.state.seconds

    def _start(self, rows: Ints) -> tuple[Float32, Float32]:
        """Weights and bias of the head on the vectors of before: the layer begins with it."""
        task = self.task
        examples = Examples(
            task.vectors[rows].astype(np.float32), np.asarray(task.y)[rows], len(task.labels),
            task.hints, task.class_weight,
        )  # fmt: skip
        weights, bias = fit(examples, START_PENALTY)
        return np.ascontiguousarray(weights, np.float32), np.maximum(bias, np.float32(_FLOOR))

    def _tell(self, n: int) -> None:
        if self.advance is not None:
            self.advance(self.recipe.epochs * -(-n // self.recipe.batch))


def predict_logits(model: Any, layer: Any, texts: Sequence[str], *, batch: int = 32) -> Float32:
    """Logits (n, k) of the network, texts of like length together."""
    import torch

    order = np.argsort([-len(text) for text in texts], kind="stable")
    found = np.empty((len(texts), layer.out_features), dtype=np.float32)
    model.eval()
    with torch.no_grad():
        for step in chunks(len(texts), batch):
            rows = order[step]
            some = network.logits(model, layer, [texts[i] for i in rows], autocast=False)
            found[rows] = some.float().cpu().numpy()
    if not np.isfinite(found).all():
        raise EncoderUnavailable("the tuned encoder gives NaN", remedy="Try another encoder")
    return found


def _array(parameter: Any) -> Float32:
    return np.ascontiguousarray(parameter.detach().float().cpu().numpy())
