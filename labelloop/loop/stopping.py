"""Whether to go on asking: every model so far on one stop set, the audit answers, people's time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from labelloop.label_sets import written
from labelloop.learning.consensus import Rule as ConsensusRule
from labelloop.learning.expected_gain import Gain, expected_gain
from labelloop.learning.stopping import Rule, Spent, Step, StopReport, report, step
from labelloop.loop.answers_of_models import Said, said
from labelloop.loop.clock import now
from labelloop.loop.known import Gathered, gather
from labelloop.loop.workspace import Workspace
from labelloop.records import Interval, ModelVersion
from labelloop.store import models, status, stop_set
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.arrays import Bools

KEPT = "stopping"
"""Key under which a model's metrics keep what was found when it was trained."""


def stop_report(workspace: Workspace, counted: status.Status | None = None) -> StopReport:
    """Whether to go on, and why.

    Steps and gain are those found when the newest model was trained, or, where nothing was kept
    then, are found now; time, cost and budget are today's.

    Args:
        workspace: The project.
        counted: Today's counts, where the caller has them already.
    """
    with workspace.store.transaction("look at the newest model") as tx:
        versions = models.versions(tx)
        spent = _spent(tx, workspace, counted or status.status(tx, now=now()))
    kept = versions[-1].metrics.get(KEPT) if versions else None
    found = kept if kept is not None else compared(workspace)
    settings = workspace.project.settings.stopping
    gain = Gain(**{**found["gain"], "gain": Interval(**found["gain"]["gain"])})
    if kept is not None and gain.reason:  # answers have come since, and are counted elsewhere
        gain = replace(gain, reason=f"{gain.reason}, at the last training")
    return report(
        [Step(**one) for one in found["steps"]],
        gain,
        spent,
        stop_set=found["stop_set"],
        rule=Rule(settings.kappa, settings.smallest_gain),
        notes=found["notes"],
    )


def compared(workspace: Workspace) -> dict[str, Any]:
    """Steps between all models and the expected gain, as JSON values."""
    with workspace.store.transaction("draw the stop set") as tx:
        versions = models.versions(tx)
        drawn = stop_set.document_ids(tx)
        known = gather(tx)
    audited = _audit_answers(known, workspace.project.settings.annotators.consensus)
    everything = said(workspace, versions, sorted({*drawn, *audited}))
    unseen = _in(everything, drawn)
    return {
        "steps": [asdict(one) for one in _steps(everything, unseen)],
        "gain": asdict(_gain(workspace, everything, audited)),
        "stop_set": int(unseen.sum()),
        "notes": list(everything.notes),
    }


def as_json(found: StopReport) -> Mapping[str, Any]:
    """The report as JSON values."""
    return asdict(found) | {
        "steps": [asdict(one) | {"f_change_most": one.f_change_most} for one in found.steps]
    }


def _in(found: Said, documents: object) -> Bools:
    import numpy as np

    return np.isin(found.document_ids, np.asarray(list(documents), dtype=np.int64))  # type: ignore[call-overload]


def _steps(found: Said, unseen: Bools) -> list[Step]:
    labels = [int(model.metrics["labels"]) for model in found.models]
    codes = found.codes[:, unseen]
    return [step(codes[i], codes[i + 1], labels[i], labels[i + 1]) for i in range(len(found.models) - 1)]


def _gain(workspace: Workspace, found: Said, audited: Mapping[int, str]) -> Gain:
    """From the models of the newest one's make: another encoder begins another curve."""
    import numpy as np

    settings = workspace.project.settings
    more = settings.stopping.next_labels
    # Of the next labels some are for the audit; the curve is over those that are learnt from.
    learnt = max(1, round(more * (1 - settings.query.audit_share)))
    rows = [row for row, model in enumerate(found.models) if _alike(model, found.models[-1])]
    answered = _in(found, audited)
    place = {name: number for number, name in enumerate(found.labels)}
    y = [place.get(audited[number], -1) for number in found.document_ids[answered].tolist()]
    correct = found.codes[rows][:, answered] == np.asarray(y, dtype=np.int64)
    labels = np.asarray([int(found.models[row].metrics["labels"]) for row in rows], dtype=np.int64)
    gain = expected_gain(labels, correct.reshape(len(rows), len(y)), learnt)
    return replace(gain, more=more)


def _alike(model: ModelVersion, newest: ModelVersion) -> bool:
    return (model.kind, model.encoder_id) == (newest.kind, newest.encoder_id)


def _audit_answers(known: Gathered, rule: ConsensusRule) -> dict[int, str]:
    """People's label of each document that was drawn by the audit lane."""
    labels, drawn = known.consensus(rule).labels, known.drawn_for_audit
    return {one.document_id: written(one.labels) for one in labels if one.document_id in drawn}


def _spent(tx: Transaction, workspace: Workspace, counted: status.Status) -> Spent:
    budget = workspace.project.settings.budget
    return Spent(
        labels=counted.labels,
        left=counted.pool,
        max_labels=budget.max_labels,
        seconds_per_label=stop_set.effort(tx).seconds_per_label,
        price_per_second=budget.seconds_per_label_cost,
    )
