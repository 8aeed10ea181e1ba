"""The back-test of a file, or of a project's own labels: vectors, hints and progress around it."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelloop.errors import BadInput, TooFewLabels
from labelloop.learning.encoders import load_encoder
from labelloop.learning.training import label_hint_text
from labelloop.loop.encoding import encode_documents
from labelloop.loop.judging import floor_rule
from labelloop.loop.known import Examples, examples, present_consensus
from labelloop.loop.workspace import open_workspace
from labelloop.plurals import counted
from labelloop.progress import progress
from labelloop.project import load_project
from labelloop.setting_sections import EncoderSettings
from labelloop.simulation.backtest import askable, backtest
from labelloop.simulation.dataset import KnownAnswers, read_known_answers, vectors_of
from labelloop.simulation.people import People
from labelloop.simulation.plan import Plan
from labelloop.simulation.report import plot, write_csv, write_json
from labelloop.store import documents

if TYPE_CHECKING:
    from labelloop.learning.arrays import Floats
    from labelloop.learning.encoders import Encoder
    from labelloop.simulation.tuning import Cost, Tuner

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What is back-tested.

    Attributes:
        strategies: Names of query strategies, each replayed from the same first documents.
        plan: Sizes of start and batch, rounds.
        seeds: Repetitions.
        people: Kinds of people who answer; every strategy meets each of them.
        targets: Accuracies to count labels to; none: three that are reached.
        multi_label: The label column of a file may hold several; a project says so itself.
    """

    strategies: Sequence[str]
    plan: Plan
    seeds: int = 3
    people: Sequence[People] = (People(),)
    targets: Sequence[float] = ()
    multi_label: bool = False


def of_file(path: Path, encoder: str | None, wanted: Wanted) -> dict[str, Any]:
    """Back-test on a CSV of known answers; its vectors are kept for the next time.

    Raises:
        BadInput: The file cannot be used.
        UnknownName: No such strategy.
    """
    data = read_known_answers(path, multi_label=wanted.multi_label)
    _refuse(data, wanted)
    model = encoder or EncoderSettings().model
    loaded = load_encoder(model, precision="auto")  # as a project has it
    with progress("Encoding", len(data.texts), "texts") as advance:
        vectors = vectors_of(data.texts, loaded, _cache_folder(), advance)
    texts = [label_hint_text(name, "") for name in data.labels]
    tuner = _tuner(model, loaded, texts) if wanted.plan.fine_tune_at else None
    return _replay(data, vectors, loaded.encode(texts), wanted, tuner)


def of_project(folder: Path, wanted: Wanted) -> dict[str, Any]:
    """Back-test on a project's own labels: its training answers are asked, its audit answers measure.

    Raises:
        TooFewLabels: There are no audit answers to measure with.
    """
    import numpy as np

    workspace = open_workspace(folder)
    settings, labels = workspace.project.settings, workspace.project.label_names
    encoder = workspace.own_encoder()  # a tuned one has learned from these very answers
    encoder_id = encoder.encoder_id
    with workspace.store.transaction("read the labels") as tx:
        known = present_consensus(tx, settings.annotators.consensus)
    encode_documents(workspace, encoder, [one.document_id for one in (*known.training, *known.audit)])
    with workspace.store.transaction("read the vectors") as tx:
        train = examples(tx, encoder_id, known.training, labels)
        audit = examples(tx, encoder_id, known.audit, labels)
        texts = documents.texts(tx, [*_ids(train), *_ids(audit)])
    if not len(audit.y):
        raise TooFewLabels(
            "there are no audit answers to measure a back-test with",
            remedy="Answer questions of the audit lane first; query.audit_share makes them",
        )
    data = KnownAnswers(
        name=settings.name,
        texts=tuple(texts[number] for number in [*_ids(train), *_ids(audit)]),
        labels=labels,
        y=np.concatenate([train.y, audit.y]),
        train=np.arange(len(train.y) + len(audit.y)) < len(train.y),
    )
    vectors = np.concatenate([train.vectors, audit.vectors])
    _refuse(data, wanted)
    hints = workspace.hints_of(encoder)
    tuner = None
    if wanted.plan.fine_tune_at:
        hint_texts = [label_hint_text(name, said) for name, said in settings.labels.items()]
        minutes, rule = settings.training.fine_tune_minutes, floor_rule(workspace)
        tuner = _tuner(workspace.own_model(), encoder, hint_texts, minutes=minutes, rule=rule)
    return _replay(data, vectors, hints, wanted, tuner)


def plan_of_project(folder: Path, plan: Plan) -> Plan:
    """The plan with a project's switches: head, class weights, pool's help, exploring, falling back."""
    settings = load_project(folder).settings
    training, query = settings.training, settings.query
    falls_back = plan.shares and query.when_not_paying == "fall_back"
    return replace(
        plan,
        when_not_paying="fall_back" if falls_back else plan.when_not_paying,
        pool_help=training.pool_help != "never",
        class_weight=training.class_weight,
        head=training.head,
        adapt_exploring=query.adapt_exploring,
    )


def _tuner(model: str, encoder: Encoder, hint_texts: Sequence[str], **rest: Any) -> Tuner:
    from labelloop.simulation.tuning import Tuner

    return Tuner(model, encoder, hint_texts, **rest)


def write(
    result: dict[str, Any], json_out: Path | None, plot_out: Path | None, csv_out: Path | None = None
) -> None:
    """Write the result, its plot and its points where asked."""
    if json_out:
        write_json(result, json_out)
    if csv_out:
        write_csv(result, csv_out)
    if plot_out:
        plot(result, plot_out)


def _refuse(data: KnownAnswers, wanted: Wanted) -> None:
    """What cannot be played is said before minutes of encoding.

    Raises:
        BadInput: It cannot.
    """
    if data.y.ndim > 1 and wanted.plan.fine_tune_at:
        raise BadInput(
            "the encoder is tuned for one label per document alone", remedy="Leave --fine-tune-at away"
        )
    rows = int(data.train.sum())
    if rows < wanted.plan.start:
        raise BadInput(
            f"{data.name} has {counted(rows, 'row')} to ask, fewer than the"
            f" {wanted.plan.start:,} of --start",
            remedy="Name a smaller --start",
        )


def _replay(
    data: KnownAnswers, vectors: Floats, hints: Floats, wanted: Wanted, tuner: Tuner | None
) -> dict[str, Any]:
    runs = len(set(wanted.strategies)) * len(wanted.people) * wanted.seeds
    points = runs * (wanted.plan.rounds + 1)
    with ExitStack() as shown:
        if tuner is not None:
            cost = _announced(data, wanted.plan, tuner, runs)
            steps = shown.enter_context(progress("Fine-tuning", cost.steps * runs, "steps"))
            tuner = replace(tuner, advance=steps)
        advance = shown.enter_context(progress("Back-test", points, "rounds"))
        return backtest(
            data,
            vectors,
            hints=hints,
            strategies=wanted.strategies,
            plan=wanted.plan,
            seeds=wanted.seeds,
            progress=advance,
            people=wanted.people,
            targets=wanted.targets,
            tuner=tuner,
        )


def _announced(data: KnownAnswers, plan: Plan, tuner: Tuner, runs: int) -> Cost:
    """Say what the fine-tuning stages will take before they begin."""
    from labelloop.simulation.tuning import cost_of_run

    cost, stages = cost_of_run(data, plan, askable(data), tuner), len(plan.fine_tune_at)
    minutes = cost.seconds * runs / 60
    logger.info(
        "Back-test · %s of the encoder in all, about %s here; fewer --seeds or --strategy shorten it",
        counted(stages * runs, "tuning"), counted(max(1, round(minutes)), "minute"),
    )  # fmt: skip
    return cost


def _ids(found: Examples) -> list[int]:
    return [int(number) for number in found.document_ids]


def _cache_folder() -> Path:
    """Where vectors of back-tested files are kept: the user's cache, as other tools do."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "labelloop" / "vectors"
