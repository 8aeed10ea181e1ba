"""Model Training, second speed: encoder and head tuned together, promoted together or not at all.

The order is what makes a kill harmless: tune (resumed from checkpoints), judge on the answers held
out, and only if the gate agrees encode the pool anew (resumed by text), then number, keep and
promote in one transaction. Until then the champion and its vectors are untouched. Where a person has
the last word, the pool is encoded after a yes.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from labelloop.errors import LearningError, TooFewLabels
from labelloop.loop.doubtful import keep_doubts
from labelloop.loop.encoding import encode_documents, encode_missing
from labelloop.loop.judging import Candidate, Material, TrainingOutcome, judge, keep, material_of
from labelloop.loop.old_encoders import forget_old_vectors
from labelloop.loop.signs import keep_signs
from labelloop.loop.training import present_version
from labelloop.loop.whole_files import replaced
from labelloop.loop.workspace import Workspace
from labelloop.progress import progress
from labelloop.records import ModelVersion
from labelloop.store import datasets, documents, embeddings, label_arrival, models, pool
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.arrays import Float32
    from labelloop.learning.encoders import Encoder
    from labelloop.learning.fine_tuning.due import Due
    from labelloop.learning.fine_tuning.procedure import Task, TunedEncoder

logger = logging.getLogger(__name__)

_TEXTS_TIMED = 64


@dataclass(frozen=True)
class _Ready:
    """What a tuning starts from.

    Attributes:
        material: The answers, as vectors of the project's own encoder.
        last: The last model with an encoder of its own.
        begun: It was begun before and cut short: it is finished, whatever the rule says.
    """

    material: Material
    task: Task
    last: ModelVersion | None
    begun: bool


def fine_tune_if_due(workspace: Workspace, *, asked: bool = False) -> TrainingOutcome:
    """Tune the encoder where the project's rule (``[training] fine_tune``) says so.

    Args:
        workspace: The project.
        asked: Somebody asked for it: the rule is not consulted, only whether there is enough
            to learn from.

    Raises:
        TooFewLabels: No labels, or of one class only.
        LearningError: The tuning failed; the champion stays.
    """
    settings = workspace.project.settings
    if settings.multi_label:
        reason = "fine-tuning knows one label a document; multi_label = true trains the head alone"
        return _not_now(reason) if asked else TrainingOutcome(None, False, reason)
    if settings.training.fine_tune == "never" and not asked:
        return _not_now('fine_tune = "never"')
    ready = _ready(workspace)
    if not asked and not ready.begun:
        due = _due(workspace, ready)
        if not due.due:
            shutil.rmtree(_work(workspace), ignore_errors=True)
            return _not_now(due.reason)
        logger.info("Model Training · fine-tuning: %s", due.reason)
    tuned = _tune(workspace, ready.task)
    outcome = _judge_and_keep(workspace, ready.material.dataset_version, tuned)
    logger.info("Model Training · %s: %s", outcome.model_id, outcome.reason)
    return outcome


def fine_tune_if_possible(workspace: Workspace, *, asked: bool = False) -> TrainingOutcome:
    """The same inside a turn, where a tuning that fails is no reason to end it: the champion stays."""
    try:
        return fine_tune_if_due(workspace, asked=asked)
    except TooFewLabels as error:  # as the training before it has said
        return _not_now(str(error)) if asked else TrainingOutcome(None, False, str(error))
    except LearningError as error:
        logger.warning("Model Training · fine-tuning failed, the champion stays: %s", error)
        return TrainingOutcome(None, False, f"fine-tuning failed: {error}")


def _not_now(reason: str) -> TrainingOutcome:
    logger.info("Model Training · no fine-tuning: %s", reason)
    return TrainingOutcome(None, False, reason)


@dataclass(frozen=True)
class _Begun:
    """The data set version and the unlabelled documents of a tuning; the same after a kill."""

    version: int
    sample: list[int]
    is_old: bool


def _begin(workspace: Workspace) -> _Begun:
    """What was begun and cut short; else the newest answers and a fresh draw, written down."""
    import numpy as np

    from labelloop.learning.fine_tuning.recipe import SAMPLE

    file = _work(workspace) / "begun.json"
    with workspace.store.transaction("draw unlabelled documents") as tx:
        newest, frame = present_version(tx), pool.frame(tx)
        frozen = {one.version: one.sha256 for one in datasets.versions(tx)}
        # Names alone do not say it: merged and split again they are the same, the answers are not.
        labels = {"names": list(workspace.project.label_names), "version": label_arrival.version(tx)}
    try:
        noted = json.loads(file.read_text("utf-8"))
        if noted["labels"] == labels and noted["sha256"] == frozen.get(noted["version"]):
            return _Begun(noted["version"], noted["sample"], is_old=True)
    except (OSError, ValueError, KeyError):
        pass  # nothing begun, or the disk was full while it was
    free = frame.document_ids[frame.selectable & ~frame.audit]
    rng = np.random.default_rng([workspace.project.settings.query.seed, newest])
    begun = _Begun(newest, rng.permutation(free)[:SAMPLE].tolist(), is_old=False)
    noted = {"version": begun.version, "sha256": frozen[newest], "sample": begun.sample}
    noted["labels"] = labels
    file.parent.mkdir(parents=True, exist_ok=True)
    with replaced(file) as part:
        part.write_text(json.dumps(noted), "utf-8")
    return begun


def _ready(workspace: Workspace) -> _Ready:
    """Encode what is labelled by the project's own encoder, and read it."""
    from labelloop.learning.encoders import precision_of
    from labelloop.learning.fine_tuning.procedure import Task

    encoder = workspace.own_encoder()
    begun = _begin(workspace)
    newest = begun.version
    with workspace.store.transaction("see what there is to learn") as tx:
        numbers = _documents_of(tx, newest)
    encode_documents(workspace, encoder, numbers)
    with workspace.store.transaction("read the data set") as tx:
        material = material_of(tx, workspace, newest, encoder.encoder_id)
        train = material.train
        texts = documents.texts(tx, train.document_ids.tolist())
        last = _last_tuning(tx)
    if len(set(train.y.tolist())) < 2:
        raise TooFewLabels(f"{len(train.y)} labels of one class are nothing to tune an encoder on")
    settings = workspace.project.settings
    sample, sample_vectors = _sample(workspace, encoder, begun.sample)
    task = Task(
        encoder=workspace.own_model(),
        precision=precision_of(encoder.encoder_id),
        texts=[texts[number] for number in train.document_ids.tolist()],
        y=train.y,
        labels=workspace.project.label_names,
        vectors=train.vectors.astype("float32"),
        sample=sample,
        sample_vectors=sample_vectors,
        hints=workspace.hints_of(encoder),
        groups=train.groups,
        class_weight=settings.training.class_weight,
    )
    return _Ready(material, task, last, begun.is_old)


def _sample(workspace: Workspace, encoder: Encoder, drawn: list[int]) -> tuple[list[str], Float32]:
    """Texts and vectors of the documents drawn, in an order of chance."""
    import numpy as np

    encode_documents(workspace, encoder, drawn)
    with workspace.store.transaction("read unlabelled documents") as tx:
        ids, vectors = embeddings.load(tx, encoder.encoder_id, drawn)
        texts = documents.texts(tx, ids.tolist())
    # By number they would be sorted by source and age.
    order = np.random.default_rng(workspace.project.settings.query.seed).permutation(len(ids))
    rows = np.asarray(vectors, dtype=np.float32).reshape(len(ids), encoder.dimension)
    return [texts[number] for number in ids[order].tolist()], rows[order]


def _documents_of(tx: Transaction, version: int) -> list[int]:
    return sorted({one.document_id for one in datasets.load(tx, version)})


def _last_tuning(tx: Transaction) -> ModelVersion | None:
    tuned = [model for model in models.versions(tx) if model.kind == "fine-tuned"]
    return tuned[-1] if tuned else None


def _due(workspace: Workspace, ready: _Ready) -> Due:
    """Apply the rule; the time is measured only where the rest of it would let the tuning begin."""
    from labelloop.learning.fine_tuning.due import Situation, is_due

    training = workspace.project.settings.training
    found = Situation(
        labels=len(ready.task.y),
        labels_met=len(set(ready.task.y.tolist())),
        at_last_tuning=int(ready.last.metrics["labels"]) if ready.last else None,
        seconds=0.0,
        minutes=training.fine_tune_minutes,
        enough=training.fine_tune_from,
    )
    due = is_due(training.fine_tune, found)
    if not due.due:
        return due
    return is_due(training.fine_tune, replace(found, seconds=_expected_seconds(workspace, ready)))


def _expected_seconds(workspace: Workspace, ready: _Ready) -> float:
    """Of tuning and of encoding the pool, from a few steps and a few texts on this machine."""
    from labelloop.learning.fine_tuning.procedure import steps_of
    from labelloop.learning.fine_tuning.recipe import Recipe
    from labelloop.learning.fine_tuning.speed import seconds_per_step

    task, recipe = ready.task, Recipe(seed=workspace.project.settings.query.seed)
    step = seconds_per_step(task.encoder, task.texts, len(task.labels), recipe)
    with workspace.store.transaction("count texts to encode") as tx:
        count = embeddings.missing_count(tx, "")
    some = task.texts[:: max(1, len(task.texts) // _TEXTS_TIMED)]
    encoder = workspace.own_encoder()
    encoder.encode(some[:1])
    begun = time.perf_counter()
    encoder.encode(some)
    per_text = (time.perf_counter() - begun) / len(some)
    return step * steps_of(task, recipe) + per_text * count


def _tune(workspace: Workspace, task: Task) -> TunedEncoder:
    from labelloop.learning.fine_tuning.procedure import fine_tune, steps_of
    from labelloop.learning.fine_tuning.recipe import Recipe

    recipe = Recipe(seed=workspace.project.settings.query.seed)
    with progress("Fine-tuning", steps_of(task, recipe), "steps") as advance:
        return fine_tune(
            task,
            work=_work(workspace),
            minutes=workspace.project.settings.training.fine_tune_minutes,
            recipe=recipe,
            advance=advance,
        )


def _work(workspace: Workspace) -> Path:
    return workspace.project.folder / ".labelloop" / "fine-tuning"


def _judge_and_keep(workspace: Workspace, version: int, tuned: TunedEncoder) -> TrainingOutcome:
    from labelloop.learning.encoders import load_encoder, precision_of

    encoder = load_encoder(
        str(tuned.folder),
        batch_size=workspace.project.settings.encoder.batch_size,
        precision=precision_of(tuned.head.encoder_id),
    )
    with workspace.store.transaction("see what there is to judge by") as tx:
        numbers = _documents_of(tx, version)
    encode_documents(workspace, encoder, numbers)
    with workspace.store.transaction("read the data set") as tx:
        material = material_of(tx, workspace, version, encoder.encoder_id)
    decision, metrics = judge(workspace, material, tuned.head, tuned.crossfit_probabilities)
    if decision.promote and workspace.project.settings.training.promotion == "gate":
        encode_missing(workspace, encoder)  # a person who declines costs no encoding of the pool
    outcome = keep(workspace, material, _placed(workspace, tuned), decision, metrics)
    shutil.rmtree(_work(workspace), ignore_errors=True)
    if outcome.model_id:
        crossfit = tuned.crossfit_probabilities
        keep_doubts(workspace, outcome.model_id, material.train, tuned.head, crossfit)
        keep_signs(workspace, outcome.model_id)
    if outcome.promoted:
        forget_old_vectors(workspace)
    return outcome


def _placed(workspace: Workspace, tuned: TunedEncoder) -> Candidate:
    """Move encoder and head to where models are kept. A number without a model is no harm."""
    with workspace.store.transaction("number the model") as tx:
        model_id = models.next_id(tx)
    home = workspace.project.artefacts / model_id
    home.mkdir(parents=True, exist_ok=True)
    folder = home / tuned.folder.name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(tuned.folder, folder)
    head = home / "head.safetensors"
    sha256 = tuned.head.save(head)
    recipe = {
        **tuned.report,
        "encoder_folder": str(folder.relative_to(workspace.project.folder)),
        "encoder_setting": workspace.project.settings.encoder.model,
    }
    return Candidate(model_id, "fine-tuned", tuned.head.encoder_id, head, sha256, recipe)
