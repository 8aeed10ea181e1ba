"""Changes of the labels: looked at beforehand, and made, in one transaction.

Answers are never rewritten: what each means since is said beside it. Only what the change cannot
decide is asked again. The champion goes on predicting under the new names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labelloop.errors import WrongUse
from labelloop.label_changes import Change, changed, check_new_names, moved, relabelled
from labelloop.label_sets import read, written
from labelloop.loop import project_labels
from labelloop.loop.carrying import carried_predictions, names_since
from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace
from labelloop.records import Lane, ModelVersion
from labelloop.store import (
    label_migration,
    label_proposals,
    label_schema,
    labelling,
    models,
    predictions,
    verdicts,
)
from labelloop.store.label_schema import LabelSchema, SchemaVersion
from labelloop.store.transaction import Transaction


@dataclass(frozen=True)
class Preview:
    """What a change would do, or did.

    Attributes:
        version: Of the labels before the change.
        labels: Before.
        after: After, in key order.
        answers: Answers that it touches, by label.
        become: Of these, how many get which label (sets as ``a|b``).
        again: Answers that it cannot decide; they do not count any more.
        documents: Documents asked again for them.
        suggestions: Open questions whose suggestion changes.
        champion: The champion, where it knows one of the labels.
        models: How many kept models know one of them.
        pending: The project file, ready to be written; None where it says so already.
    """

    version: int
    change: Change
    labels: Mapping[str, str]
    after: Mapping[str, str]
    answers: Mapping[str, int]
    become: Mapping[str, int]
    again: int
    documents: int
    suggestions: int
    champion: str | None
    models: int
    pending: project_labels.Written | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        names = ("version", "again", "documents", "suggestions", "champion", "models")
        tables = ("labels", "after", "answers", "become")
        return {
            "change": self.change.as_json(),
            **{name: getattr(self, name) for name in names},
            **{name: dict(getattr(self, name)) for name in tables},
        }


@dataclass(frozen=True)
class _Plan:
    """A preview and the rows that carry it out."""

    preview: Preview
    meaning: Mapping[str, tuple[str, ...] | None]
    wanted: tuple[tuple[int, Lane, float, int], ...]
    several: bool


def present(workspace: Workspace) -> dict[str, Any]:
    """The labels with the number of answers of each, and what waits; JSON values."""
    with workspace.store.transaction("the labels") as tx:
        found = project_labels.settle(tx, workspace)
        counted = verdicts.by_label(tx)
        return {
            "version": found.version,
            "labels": [
                {"label": label, "description": said, "answers": counted[label]}
                for label, said in found.labels.items()
            ],
            "undecided": label_migration.undecided(tx),
            "skipped": label_migration.skipped(tx),
            "proposals": len(label_proposals.listed(tx, "waiting")),
        }


def history(workspace: Workspace) -> list[SchemaVersion]:
    """Every version of the labels, oldest first."""
    with workspace.store.transaction("versions of the labels") as tx:
        project_labels.settle(tx, workspace)
        return label_schema.versions(tx)


def preview(workspace: Workspace, change: Change) -> Preview:
    """What a change would do; nothing is changed.

    Raises:
        WrongUse: It cannot be made; says why.
    """
    with workspace.store.transaction("look at a change of the labels") as tx:
        return _plan(tx, workspace, change).preview


def apply(workspace: Workspace, change: Change, *, by: str, version: int | None = None) -> Preview:
    """Make a change of the labels, in the store and then in the project file.

    Args:
        workspace: The project.
        change: What to do.
        by: Who does it.
        version: Of the labels that the preview was made with; None for any.

    Raises:
        WrongUse: It cannot be made, or somebody changed the labels since the preview.
        ProjectFileError: All is stored, but the file could not be written; the next command tries.
    """
    with workspace.store.transaction("change the labels") as tx:
        done = make(tx, workspace, change, by=by, version=version)
    finish(workspace, done)
    return done


def make(
    tx: Transaction, workspace: Workspace, change: Change, *, by: str, version: int | None = None
) -> Preview:
    """The store's part of ``apply``; ``finish`` it once the transaction is through."""
    label_schema.hold(tx)
    plan = _plan(tx, workspace, change)
    found = plan.preview
    if version is not None and version != found.version:
        raise WrongUse(
            f"somebody changed the labels meanwhile (version {found.version}, you saw {version})",
            remedy="Look at the preview again",
        )
    made = label_schema.append(tx, found.after, change, changed_by=by, now=now())
    label_migration.overlay(tx, made.version, plan.meaning)
    label_migration.wait_for_answers(tx, made.version, [one[0] for one in plan.wanted])
    label_migration.rename_suggestions(tx, moved(change), several=plan.several)
    label_migration.carry_doubts(tx, moved(change))
    _carry_predictions(tx, change, plan.several)
    label_migration.reopen(tx, plan.wanted, now=now())
    return found


def finish(workspace: Workspace, done: Preview) -> None:
    """Bring project file and memory up to a change that is stored."""
    project_labels.remember(workspace, done.after)
    if done.pending is not None:
        done.pending.put()


def _plan(tx: Transaction, workspace: Workspace, change: Change) -> _Plan:
    present = _present(tx, workspace, change)
    after = changed(present.labels, change)
    project_labels.refuse_impossible(workspace, after)
    several = labelling.is_multi_label(tx)
    given = label_migration.given(tx, change.old)
    about = label_migration.answered_texts(tx, change.old) if change.rules else {}
    meaning = {
        one.verdict_id: relabelled(one.labels, change, about.get(one.verdict_id), several=several)
        for one in given
    }
    wanted = _wanted(given, meaning)
    knowing = [m for m in models.versions(tx) if _knows(tx, m, change)]
    found = Preview(
        version=present.version,
        change=change,
        labels=dict(present.labels),
        after=after,
        answers=_by_label(given, change),
        become=_become(meaning),
        again=sum(meant is None for meant in meaning.values()),
        documents=len(wanted),
        suggestions=_suggestions(tx, change, several),
        champion=next((m.model_id for m in knowing if m.status == "champion"), None),
        models=len(knowing),
        pending=project_labels.prepared(workspace, after, _renamed(change)),
    )
    return _Plan(found, meaning, wanted, several)


def _present(tx: Transaction, workspace: Workspace, change: Change) -> LabelSchema:
    """The labels to begin from; a project file that was edited to the end of the change is fine."""
    stored = label_schema.current(tx)
    if stored is None:
        return project_labels.settle(tx, workspace)
    # First of all: a file that was edited so would be answered with this very command.
    check_new_names(change, stored.labels)
    in_file = project_labels.in_file(workspace)
    if set(in_file) != set(stored.labels) and set(in_file) == set(_after(stored, change)):
        return stored
    project_labels.remember(workspace, in_file)
    return project_labels.settle(tx, workspace)


def _after(stored: LabelSchema, change: Change) -> Mapping[str, str]:
    try:
        return changed(stored.labels, change)
    except WrongUse:
        return {}


def _wanted(
    given: list[label_migration.Given], meaning: Mapping[str, tuple[str, ...] | None]
) -> tuple[tuple[int, Lane, float, int], ...]:
    """Documents to ask again: their lane, the odds with which they were drawn, and of how many people.

    What was drawn for the audit stays in the audit: without those documents it would no longer be
    a fair sample.
    """
    open_: dict[int, list[label_migration.Given]] = {}
    for one in given:
        if one.counts and meaning[one.verdict_id] is None:
            open_.setdefault(one.document_id, []).append(one)
    found: list[tuple[int, Lane, float, int]] = []
    for document_id, answers in open_.items():
        audit = next((one for one in answers if one.lane == "audit"), None)
        lane: Lane = "audit" if audit else "relabel"
        odds = audit.propensity if audit and audit.propensity else 1.0
        found.append((document_id, lane, odds, len(answers)))
    return tuple(found)


def _by_label(given: list[label_migration.Given], change: Change) -> dict[str, int]:
    counted = Counter(label for one in given for label in one.labels)
    return {label: counted[label] for label in change.old}


def _become(meaning: Mapping[str, tuple[str, ...] | None]) -> dict[str, int]:
    return dict(sorted(Counter(written(m) for m in meaning.values() if m is not None).items()))


def _suggestions(tx: Transaction, change: Change, several: bool) -> int:
    return sum(
        count
        for suggestion, count in label_migration.open_suggestions(tx).items()
        if set(read(suggestion) if several else (suggestion,)).intersection(change.old)
    )


def _knows(tx: Transaction, model: ModelVersion, change: Change) -> bool:
    return bool(set(names_since(tx, model).values()).intersection(change.old))


def _renamed(change: Change) -> dict[str, str]:
    return {change.old[0]: change.new[0]} if change.kind == "rename" else {}


def _carry_predictions(tx: Transaction, change: Change, several: bool) -> None:
    """What the champion says of every document, under the new names; and the questions after it."""
    stored = predictions.load(tx)
    onto = moved(change)
    if stored is None or not set(stored.labels).intersection(onto):
        return
    predictions.replace(tx, carried_predictions(stored, onto, several), now=now())
    if change.kind == "merge":
        label_migration.follow_predictions(tx)
