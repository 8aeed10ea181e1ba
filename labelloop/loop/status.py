"""Where a project stands: for people, and as JSON. Unknown values are None, never invented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from labelloop.loop.audit_report import AuditReport, few_text, report_on
from labelloop.loop.clock import now
from labelloop.loop.lost_labels import lost_labels
from labelloop.loop.measuring import accuracy_at_every_look, accuracy_of
from labelloop.loop.paying import paying_report
from labelloop.loop.reliability import METHODS
from labelloop.loop.sets import EXACT_MATCH
from labelloop.loop.sets import KIND as MULTI_LABEL
from labelloop.loop.stopping import as_json, stop_report
from labelloop.loop.workspace import Workspace
from labelloop.plurals import counted
from labelloop.records import Interval, ModelVersion, SourceState
from labelloop.store import sources, weighing
from labelloop.store import status as stored


def project_status(workspace: Workspace) -> dict[str, Any]:
    """All numbers of ``labelloop status --json``."""
    return status_and_audit(workspace)[0]


def status_and_audit(workspace: Workspace) -> tuple[dict[str, Any], AuditReport]:
    """The same, and the report on the audit answers that is in it."""
    with workspace.store.transaction("count everything") as tx:
        found = stored.status(tx, now=now(), encoder_id=workspace.present_encoder_id(tx))
        every_look = accuracy_at_every_look(tx, found.audited)
        weighed = weighing.load(tx)
        lost = lost_labels(tx, workspace)
    settings = workspace.project.settings
    audit = report_on(found.audited, workspace.project.label_names, settings.multi_label)
    status = {
        "name": workspace.project.settings.name,
        "measure": EXACT_MATCH if workspace.project.settings.multi_label else "accuracy",
        "documents": found.documents,
        "duplicates": found.duplicates,
        "pool": found.pool,
        "embedded": found.embedded,
        "quarantined": found.quarantined,
        "queue": found.queue,
        "verdicts": found.verdicts,
        "labels": found.labels,
        "lost_labels": lost,
        "stale": found.stale,
        "turns": found.turns,
        "budget": _budget(workspace, found.seconds),
        "champion": _champion(found.champion, accuracy_of(found.audited), every_look),
        "annotators": weighed,
        "sources": _sources(workspace, found.sources),
        "stopping": as_json(stop_report(workspace, found)),
        "paying": asdict(paying_report(workspace)),
        "audit": audit.as_json(),
    }
    return status, audit


def source_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Every source of the project file, and how its last run ended."""
    with workspace.store.transaction("list sources") as tx:
        return _sources(workspace, sources.states(tx))


def _budget(workspace: Workspace, seconds: float | None) -> dict[str, Any]:
    budget = workspace.project.settings.budget
    return {
        "max_labels": budget.max_labels,
        "seconds": seconds,
        "cost": None if seconds is None else seconds * budget.seconds_per_label_cost,
    }


def _champion(
    champion: ModelVersion | None, accuracy: Interval, every_look: tuple[float, float] | None
) -> dict[str, Any] | None:
    """The interval for one planned look, and beside it the one that holds at every look."""
    if champion is None:
        return None
    low, high = every_look or (None, None)
    return {
        "model_id": champion.model_id,
        "kind": champion.kind,
        "measure": EXACT_MATCH if champion.kind == MULTI_LABEL else "accuracy",
        "dataset_version": champion.dataset_version,
        "accuracy": {**asdict(accuracy), "anytime_low": low, "anytime_high": high},
        "when_judged": champion.metrics.get("audit", {}).get("accuracy"),
    }


def _sources(workspace: Workspace, states: list[SourceState]) -> list[dict[str, Any]]:
    known = {state.name: state for state in states}
    named = {source.name: source.connector for source in workspace.project.settings.sources}
    rows = []
    for name in [*named, *(name for name in known if name not in named)]:
        state = known.get(name)
        rows.append(
            {
                "name": name,
                "connector": named.get(name) or (state.connector if state else None),
                "documents": state.documents if state else 0,
                "outcome": state.outcome if state else None,
                "last_success": state.last_success.isoformat() if state and state.last_success else None,
                "error": state.last_error if state else None,
                "counts": dict(state.counts) if state else {},
            }
        )
    return rows


def minute(moment: str | None) -> str | None:
    """A stored time for people: to the minute, and that it is UTC."""
    return moment and f"{moment[:16].replace('T', ' ')} UTC"


def accuracy_text(found: dict[str, Any]) -> str:
    """The champion's accuracy with its interval, or why there is none.

    Of sets of labels it is the exact match; ``measure`` in the status names it, and so must who
    shows this text.
    """
    champion = found["champion"]
    if champion is None:
        return "unknown, there is no model yet"
    measured = champion["accuracy"]
    if measured["value"] is None:
        return _when_judged(champion["when_judged"])
    return (
        f"{measured['value']:.1%} ({measured['low']:.1%} to {measured['high']:.1%},"
        f" 95 % interval from {counted(measured['n'], 'audit answer')};"
        f" {measured['anytime_low']:.1%} to {measured['anytime_high']:.1%} for all looks together)"
    )


def _when_judged(accuracy: Mapping[str, Any] | None) -> str:
    """Of a champion that has read no audit document since its promotion: what the gate saw."""
    if not accuracy or not accuracy["n"]:
        return "unknown, no audit question has been answered yet"
    return (
        f"{accuracy['value']:.1%} ({accuracy['low']:.1%} to {accuracy['high']:.1%}, 95 % interval from"
        f" {counted(accuracy['n'], 'audit answer')} when it was judged; its predictions are being made)"
    )


def status_for_people(found: dict[str, Any]) -> str:
    """The same for people: a dozen lines."""
    return "\n".join(_lines(found))


def _people(weighed: dict[str, Any] | None) -> Iterator[str]:
    """How answers are weighed; nothing where one person answers alone."""
    if weighed is None or len(weighed["people"]) < 2:
        return
    yield f"  consensus   by {METHODS[weighed['method']]}: {weighed['reason']}"
    for name, person in weighed["people"].items():
        if person["reliability"] is not None:
            share = f"about {person['reliability']:.0%} of answers right"
            yield f"  annotator   {name}: {share}, from {person['shared']:,} that others answered too"


def _lines(found: dict[str, Any]) -> Iterator[str]:
    queue = found["queue"]
    yield f"{found['name']}"
    yield f"  documents   {found['documents']:,}, {found['duplicates']:,} of them duplicates"
    embedded = "–" if found["embedded"] is None else f"{found['embedded']:,}"
    yield f"  pool        {found['pool']:,} can be asked; {embedded} encoded"
    leased = f"{queue['leased']:,} being answered"
    yield f"  queue       {queue['open']:,} open, {leased}, {queue['done']:,} done"
    stale = f"; {found['stale']:,} on texts that have changed since" if found["stale"] else ""
    labelled = f"{counted(found['labels'], 'document')} labelled{stale}"
    yield f"  answers     {counted(found['verdicts'], 'verdict')}, {labelled}"
    yield f"  turns       {found['turns']:,}"
    champion = found["champion"]
    if champion:
        made_of = f"{champion['kind']}, data set {champion['dataset_version']}"
        yield f"  champion    {champion['model_id']} ({made_of})"
    yield f"  {found['measure']:<11} {accuracy_text(found)}"
    few = few_text(found["audit"])
    if few:
        yield f"  audit       {few}"
    yield f"  going on    {found['stopping']['sentence']}"
    if found["stopping"]["kappa"] is not None:
        yield f"  stable      {found['stopping']['stability']}"
    yield f"  paying      {found['paying']['sentence']}"
    yield from _people(found["annotators"])
    if found["budget"]["max_labels"]:
        yield f"  budget      {found['labels']:,} of {counted(found['budget']['max_labels'], 'label')}"
    if found["quarantined"]:
        yield f"  set aside   {counted(found['quarantined'], 'row')} that could not be read"
    if found["lost_labels"]:
        yield f"  labels      {found['lost_labels']['sentence']}"
    for source in found["sources"]:
        ended = source["error"] or minute(source["last_success"]) or "not read yet"
        held = counted(source["documents"], "document")
        yield f"  source      {source['name']} ({source['connector']}): {held}; {ended}"
