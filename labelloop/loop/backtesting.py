"""The back-test of a file, or of a project's own labels: vectors, hints and progress around it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelloop.errors import BadInput, TooFewLabels
from labelloop.learning.encoders import load_encoder
from labelloop.learning.training import label_hint_text
from labelloop.loop.known import Examples, examples, present_consensus
from labelloop.loop.workspace import open_workspace
from labelloop.plurals import counted
from labelloop.progress import progress
from labelloop.setting_sections import EncoderSettings
from labelloop.simulation.backtest import backtest
from labelloop.simulation.dataset import KnownAnswers, read_known_answers, vectors_of
from labelloop.simulation.people import People
from labelloop.simulation.plan import Plan
from labelloop.simulation.report import plot, write_csv, write_json
from labelloop.store import documents

if TYPE_CHECKING:
    from labelloop.learning.arrays import Floats


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
    loaded = load_encoder(encoder or EncoderSettings().model)
    with progress("Encoding", len(data.texts), "texts") as advance:
        vectors = vectors_of(data.texts, loaded, _cache_folder(), advance)
    hints = loaded.encode([label_hint_text(name, "") for name in data.labels])
    return _replay(data, vectors, hints, wanted)


def of_project(folder: Path, wanted: Wanted) -> dict[str, Any]:
    """Back-test on a project's own labels: its training answers are asked, its audit answers measure.

    Raises:
        TooFewLabels: There are no audit answers to measure with.
    """
    import numpy as np

    workspace = open_workspace(folder)
    labels = workspace.project.label_names
    encoder_id = workspace.encoder().encoder_id
    with workspace.store.transaction("read the labels") as tx:
        known = present_consensus(tx, workspace.project.settings.annotators.consensus)
        train = examples(tx, encoder_id, known.training, labels)
        audit = examples(tx, encoder_id, known.audit, labels)
        texts = documents.texts(tx, [*_ids(train), *_ids(audit)])
    if not len(audit.y):
        raise TooFewLabels(
            "there are no audit answers to measure a back-test with",
            remedy="Answer questions of the audit lane first; query.audit_share makes them",
        )
    data = KnownAnswers(
        name=workspace.project.settings.name,
        texts=tuple(texts[number] for number in [*_ids(train), *_ids(audit)]),
        labels=labels,
        y=np.concatenate([train.y, audit.y]),
        train=np.arange(len(train.y) + len(audit.y)) < len(train.y),
    )
    vectors = np.concatenate([train.vectors, audit.vectors])
    return _replay(data, vectors, workspace.hints(), wanted)


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


def _replay(data: KnownAnswers, vectors: Floats, hints: Floats, wanted: Wanted) -> dict[str, Any]:
    if data.y.ndim > 1 and wanted.plan.when_not_paying == "fall_back":
        raise BadInput(
            "whether a strategy pays is judged for one label per document alone",
            remedy="Leave --fall-back away",
        )
    askable = int(data.train.sum())
    if askable < wanted.plan.start:
        raise BadInput(
            f"{data.name} has {counted(askable, 'row')} to ask, fewer than the"
            f" {wanted.plan.start:,} of --start",
            remedy="Name a smaller --start",
        )
    runs = len(set(wanted.strategies)) * len(wanted.people) * wanted.seeds
    points = runs * (wanted.plan.rounds + 1)
    with progress("Back-test", points, "rounds") as advance:
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
        )


def _ids(found: Examples) -> list[int]:
    return [int(number) for number in found.document_ids]


def _cache_folder() -> Path:
    """Where vectors of back-tested files are kept: the user's cache, as other tools do."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "labelloop" / "vectors"
