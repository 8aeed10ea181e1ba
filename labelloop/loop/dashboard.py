"""Everything the dashboard shows, read in one transaction. Unknown values are None, never invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labelloop.loop.agreement import Agreement, Sway, agreement, sway
from labelloop.loop.audit_report import AuditReport
from labelloop.loop.carrying import measured_now
from labelloop.loop.curve import Point, points_of
from labelloop.loop.models import model_rows
from labelloop.loop.status import status_and_audit
from labelloop.loop.workspace import Workspace
from labelloop.records import LANES, ModelVersion
from labelloop.store import models, tallies, verdicts
from labelloop.store.tallies import PersonCount
from labelloop.store.transaction import Transaction

_OF_SETS = {"micro_f1": "micro F1", "hamming_loss": "Hamming loss"}


@dataclass(frozen=True, slots=True)
class ByClass:
    """How the champion does on each label.

    Attributes:
        basis: The answers it is measured on: ``audit``, or ``cross-fitted`` training answers,
            which misstate the accuracy since they were chosen.
        rows: Label, precision, recall, F1, answers.
        confusion: Rows are people's labels, columns the model's; empty where documents have sets.
        overall: Name and value of measures of sets; empty where each document has one label.
    """

    model_id: str
    basis: str
    labels: tuple[str, ...]
    rows: tuple[tuple[str, float | None, float | None, float | None, int], ...]
    confusion: tuple[tuple[int, ...], ...]
    overall: tuple[tuple[str, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard shows.

    Attributes:
        status: As ``labelloop status --json``.
        lanes: The lanes that brought answers, in their order.
        by_turn: Turn and answers per lane.
        swayed: Agreement with the model, shown and blind: of all, then per person, then per label.
        audit: The champion beside audit answers: how true its confidence is.
    """

    status: Mapping[str, Any]
    curve: tuple[Point, ...]
    lanes: tuple[str, ...]
    by_turn: tuple[tuple[int, tuple[int, ...]], ...]
    by_class: ByClass | None
    audit: AuditReport
    people: tuple[PersonCount, ...]
    agreement: Agreement
    swayed: tuple[Sway, ...]
    swayed_people: tuple[Sway, ...]
    swayed_labels: tuple[Sway, ...]
    models: tuple[Mapping[str, Any], ...]


def dashboard(workspace: Workspace, *, viewer: str, names: bool) -> Dashboard:
    """Read it all.

    Args:
        workspace: The project.
        viewer: Whose eyes it is for.
        names: Whether they may see how others do; otherwise only themselves.
    """
    with workspace.store.transaction("dashboard") as tx:
        by_lane = tallies.by_turn_and_lane(tx)
        swayed = tallies.sway(tx)
        people = tallies.people(tx)
        answers = verdicts.answers(tx)
        curve = points_of(models.versions(tx), multi_label=workspace.project.settings.multi_label)
        by_class = champion_by_class(tx, workspace.project.label_names)
    mine = [one for one in swayed if names or one.annotator == viewer]
    lanes, by_turn = lane_table(by_lane)
    # Its bootstraps take seconds, in which people want to answer.
    agreed = agreement(answers, multi_label=workspace.project.settings.multi_label)
    status, audit = status_and_audit(workspace)
    return Dashboard(
        status=status,
        curve=tuple(curve),
        lanes=lanes,
        by_turn=by_turn,
        by_class=by_class,
        audit=audit,
        people=tuple(p for p in people if p.annotator != "import" and (names or p.annotator == viewer)),
        agreement=agreed,
        swayed=tuple(sway(swayed, lambda _: "everybody")),
        swayed_people=tuple(sway(mine, lambda one: one.annotator)),
        swayed_labels=tuple(sway(mine, lambda one: one.suggested)),
        models=tuple(model_rows(workspace)),
    )


def lane_table(
    counted: Sequence[tuple[int, str, int]],
) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[int, ...]], ...]]:
    """Lanes that occur, and per turn the answers of each."""
    cells = {(turn, lane): count for turn, lane, count in counted}
    lanes = tuple(lane for lane in LANES if any(lane == found for _, found in cells))
    numbers = sorted({turn for turn, _ in cells})
    return lanes, tuple((t, tuple(cells.get((t, lane), 0) for lane in lanes)) for t in numbers)


def turns_by_lane(
    tx: Transaction,
) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[int, ...]], ...]]:
    """The same, read from the store."""
    return lane_table(tallies.by_turn_and_lane(tx))


def champion_by_class(tx: Transaction, labels: Sequence[str]) -> ByClass | None:
    """How the champion did on each label when it was judged; None before the first.

    Args:
        tx: The transaction.
        labels: Of the project, in key order: the order of the stored matrix.
    """
    champion = models.champion(tx)
    return by_class(tx, champion, labels) if champion else None


def by_class(tx: Transaction, model: ModelVersion, labels: Sequence[str]) -> ByClass | None:
    """How a model did on each label: on the audit where there is any, else cross-fitted.

    Labels that were renamed or merged since are counted under their present names. None where the
    matrix has lost its names.
    """
    basis = "audit" if model.metrics["audit"]["accuracy"]["n"] else "crossfit"
    measured = measured_now(tx, model, model.metrics[basis], labels)
    if measured is None:
        return None
    return ByClass(
        model_id=model.model_id,
        basis="audit" if basis == "audit" else "cross-fitted",
        labels=measured.labels,
        rows=tuple(
            (label, of["precision"], of["recall"], of["f1"], of["support"])
            for label, of in ((label, measured.per_class[label]) for label in measured.labels)
        ),
        confusion=measured.confusion,
        overall=tuple(
            (name, model.metrics[basis][key])
            for key, name in _OF_SETS.items()
            if key in model.metrics[basis]
        ),
    )
