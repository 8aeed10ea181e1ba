"""Fine-tuning from labels to a tuned encoder with its calibrated classification layer.

Three steps. First the encoder is tuned several times, each time without a part of the labels
(cross-fitting): what such a tuning says of the part it never saw is honest, and the first of them tells
for how many epochs. Then these tunings and the head on frozen vectors, mixed as ``teacher`` describes,
give soft labels to a sample of the unlabelled pool. Last, the encoder that is kept learns from the
labels and the soft labels together: labels asked because they were hard are no fair picture of the pool,
the sample is.

A head fitted on texts that its encoder learned from is far too sure of them. So the temperature of the
one that is kept is set on unlabelled texts it never saw, to be as sure as the teacher, whose own
temperature comes from the labels it never saw.
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

from labelloop.learning import encoders
from labelloop.learning.arrays import Float32, Ints
from labelloop.learning.encoders import Precision
from labelloop.learning.fine_tuning import folder as encoder_folder
from labelloop.learning.fine_tuning.folds import FOLDS, Folds, start
from labelloop.learning.fine_tuning.network import classification_layer, predict_logits
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.teacher import Teacher, appoint, fit_to
from labelloop.learning.fine_tuning.tuning import Advance, Box, Lessons, Tuning
from labelloop.learning.fitting import ClassWeight, balance
from labelloop.learning.head import Head
from labelloop.learning.weights import find_weights

_KEPT_FOR_TEMPERATURE = 0.2
"""Share of the sample that the encoder does not learn from."""


@dataclass(frozen=True)
class Task:
    """What is to be tuned on what.

    Attributes:
        encoder: Folder or hub name of the encoder to begin with.
        precision: In which the tuned encoder will encode; part of its id.
        texts: n labelled texts.
        y: (n,) index of each one's label.
        labels: The k labels.
        vectors: (n, d) of the texts, by that encoder.
        sample: m texts of the pool without a label, drawn at random; may be empty.
        sample_vectors: (m, d) of them, by that encoder.
        hints: (k, d) of the labels, or None.
        groups: (n,) near-duplicates stay on one side of a fold.
        class_weight: ``balanced`` weighs rare labels up.
    """

    encoder: str
    precision: Precision
    texts: Sequence[str]
    y: Ints
    labels: Sequence[str]
    vectors: Float32
    sample: Sequence[str]
    sample_vectors: Float32
    hints: Float32 | None = None
    groups: Ints | None = None
    class_weight: ClassWeight = "none"

    def key(self, recipe: Recipe) -> str:
        """Hash of all that decides the outcome: a checkpoint of another task is not gone on from."""
        found = hashlib.sha256(find_weights(self.encoder).digest().encode())
        groups = None if self.groups is None else self.groups.tolist()
        described = [list(self.texts), self.y.tolist(), list(self.labels), groups, list(self.sample)]
        described += [recipe.as_json(), self.class_weight]
        found.update(json.dumps(described).encode())
        return found.hexdigest()

    def weights(self) -> np.ndarray:
        """(n,) how much each label counts; mean 1."""
        return balance(self.y) if self.class_weight == "balanced" else np.ones(len(self.y))

    def learned_from(self) -> int:
        """How many texts of the sample are learned from; the others are for the temperature."""
        return len(self.sample) - round(len(self.sample) * _KEPT_FOR_TEMPERATURE)


@dataclass(frozen=True)
class TunedEncoder:
    """What a fine-tuning comes to.

    Attributes:
        folder: The encoder, below the folder that was given to work in.
        sha256: Over all its files; ``folder.check_encoder`` compares.
        head: The classification layer, calibrated, of the new encoder id.
        crossfit_probabilities: (n, k) float32; row i by tunings that never saw its group.
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
    key, steps = task.key(recipe), steps_of(task, recipe)
    per_step = 60.0 * minutes / steps  # the box is shared out by steps
    folds = Folds(task, recipe, work, key, seconds_per_step=per_step, advance=advance)
    apart = folds.run()
    teacher, probabilities = appoint(apart.tuned, apart.frozen, np.asarray(task.y))
    each = np.stack([teacher.probabilities(*pair) for pair in apart.sample])
    said = np.asarray(each.mean(axis=0), dtype=np.float32)  # (m, k)
    final = _Final(task, recipe, said, work=work, key=key, per_step=per_step)
    model, layer = final.run(advance)
    kept, sha256, head = _saved(
        task, work, model, layer, _temperature(task, model, layer, said, teacher)
    )
    report = _report(task, recipe, teacher, head) | {
        "seconds": round(apart.seconds + final.seconds, 1),
        "steps": steps,
        "epochs": apart.epochs,
        "encoder_sha256": sha256,
        "crossfit_right": int((probabilities.argmax(axis=1) == task.y).sum()),
    }
    return TunedEncoder(kept, sha256, head, probabilities, report)


def steps_of(task: Task, recipe: Recipe) -> int:
    """Steps of all tunings together, to show progress and to share out the time by."""
    n = len(task.y)
    sizes = [n - round(n / FOLDS)] * FOLDS
    apart = sum(recipe.epochs * -(-size // recipe.batch) for size in sizes)
    together = n + task.learned_from()
    return apart + _final_recipe(task, recipe).epochs * -(-together // recipe.batch)


def _final_recipe(task: Task, recipe: Recipe) -> Recipe:
    """With soft labels the texts are many, and each needs to be seen less often."""
    return replace(recipe, epochs=recipe.final_epochs if task.learned_from() else recipe.epochs)


class _Final:
    """The tuning that is kept: on all labels and the soft labels of the sample."""

    def __init__(
        self, task: Task, recipe: Recipe, said: Float32, *, work: Path, key: str, per_step: float
    ) -> None:
        m, k = task.learned_from(), len(task.labels)
        hard = np.eye(k, dtype=np.float32)[task.y]
        # Smoothing is for hard labels; soft ones say themselves how sure they are.
        hard = hard * (1 - recipe.smoothing) + recipe.smoothing / k
        self.lessons = Lessons(
            [*task.texts, *task.sample[:m]],
            np.vstack([hard, said[:m]]).astype(np.float32),
            np.concatenate([task.weights(), np.ones(m)]),
        )
        self.task, self.recipe = task, replace(_final_recipe(task, recipe), smoothing=0.0)
        self.file, self.key = work / "final.checkpoint", f"{key}/final"
        steps = self.recipe.epochs * -(-len(self.lessons.texts) // recipe.batch)
        self.box, self.seconds = Box(per_step * steps), 0.0

    def run(self, advance: Advance | None) -> tuple[Any, Any]:
        """Model and classification layer."""
        model = encoders.load_model(find_weights(self.task.encoder))
        layer = classification_layer(*start(self.task, np.arange(len(self.task.y))))
        tuning = Tuning(
            model, layer, self.lessons, self.recipe, box=self.box, file=self.file, key=self.key
        )
        tuning.run(advance)
        self.seconds = tuning.state.seconds
        return model, layer


def _temperature(task: Task, model: Any, layer: Any, said: Float32, teacher: Teacher) -> float:
    """As sure as the teacher on texts that were kept apart; without any, the teacher's own."""
    m = task.learned_from()
    if m == len(task.sample):
        return teacher.tuned
    return fit_to(predict_logits(model, layer, task.sample[m:]), said[m:])


def _saved(task: Task, work: Path, model: Any, layer: Any, temperature: float) -> tuple[Path, str, Head]:
    """The encoder's folder, its sha256, and the head with the id that the folder now has."""
    own = find_weights(task.encoder).name.split("/")[-1].removesuffix("-tuned")
    kept = work / f"{own}-tuned"
    sha256 = encoder_folder.save_encoder(model, kept)
    encoder_id = encoders.load_encoder(str(kept), precision=task.precision).encoder_id
    weights, bias = (one.detach().float().cpu().numpy() for one in (layer.weight, layer.bias))
    return kept, sha256, Head(tuple(task.labels), weights, bias, temperature, encoder_id)


def _report(task: Task, recipe: Recipe, teacher: Teacher, head: Head) -> dict[str, Any]:
    counts = np.bincount(task.y, minlength=len(task.labels))
    return {
        "kind": "fine-tuned encoder",
        "recipe": recipe.as_json(),
        "folds": FOLDS,
        "teacher": teacher.as_json(),
        "n": len(task.y),
        "per_label": {label: int(c) for label, c in zip(task.labels, counts, strict=True)},
        "sample": len(task.sample),
        "class_weight": task.class_weight,
        "temperature": head.temperature,
        "encoder_id": head.encoder_id,
        "versions": {name: version(name) for name in ("torch", "transformers", "sentence-transformers")},
    }
