"""The labels with their descriptions, a version for each change."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from labelloop.errors import UnknownName, WrongUse
from labelloop.label_changes import Change, from_json, moved
from labelloop.plurals import counted_do
from labelloop.store.transaction import Transaction

_SUBJECT = "label_schema"


@dataclass(frozen=True, slots=True)
class LabelSchema:
    """Labels in key order, with their descriptions."""

    version: int
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One version and how it came about.

    Attributes:
        change: What was done; None where the project file was edited.
        changed_by: Who did it; None where nobody said.
    """

    version: int
    labels: Mapping[str, str]
    change: Change | None
    changed_by: str | None
    created_at: datetime


def current(tx: Transaction) -> LabelSchema | None:
    """The newest version, None before the first."""
    row = tx.row("SELECT version, labels FROM label_schema ORDER BY version DESC LIMIT 1")
    return LabelSchema(row[0], dict(json.loads(row[1]))) if row else None


def versions(tx: Transaction, since: int = 0) -> list[SchemaVersion]:
    """All versions newer than ``since``, oldest first."""
    rows = tx.rows(
        "SELECT version, labels, change, changed_by, created_at FROM label_schema"
        " WHERE version > $since ORDER BY version",
        {"since": since},
    )
    return [
        SchemaVersion(
            version,
            dict(json.loads(labels)),
            from_json(json.loads(change)) if change else None,
            changed_by,
            created_at,
        )
        for version, labels, change, changed_by, created_at in rows
    ]


def version_at(tx: Transaction, moment: datetime) -> int:
    """The number of the version that held at that time, 0 before the first."""
    return int(
        tx.value(
            "SELECT coalesce(max(version), 0) FROM label_schema WHERE created_at <= $moment",
            {"moment": moment},
        )
    )


def ensure(tx: Transaction, labels: Mapping[str, str], *, now: datetime) -> LabelSchema:
    """Make the project file's labels the current ones; a new version only if they differ.

    Labels as they were before a change that this store has made (a program that has been running
    since, a project file that a killed change could not write any more) change nothing.

    Raises:
        WrongUse: A label is gone that answers still stand on; names it and how many.
    """
    present = current(tx)
    if present and list(present.labels.items()) == list(labels.items()):
        return present
    hold(tx)
    present = current(tx)
    if present and outdated(tx, labels) is not None:
        return present
    if present:
        refuse_loss(tx, present, labels)
    return append(tx, labels, None, changed_by=None, now=now)


def outdated(tx: Transaction, labels: Mapping[str, str]) -> int | None:
    """The newest version that had these labels, where a change was made since; else None."""
    changed_since = False
    for version in reversed(versions(tx)):
        if list(version.labels.items()) == list(labels.items()):
            return version.version if changed_since else None
        changed_since = changed_since or version.change is not None
    return None


def append(
    tx: Transaction,
    labels: Mapping[str, str],
    change: Change | None,
    *,
    changed_by: str | None,
    now: datetime,
) -> LabelSchema:
    """A further version."""
    present = current(tx)
    version = present.version + 1 if present else 1
    tx.execute(
        "INSERT INTO label_schema (version, labels, created_at, change, changed_by)"
        " VALUES ($version, $labels, $now, $change, $by)",
        {
            "version": version,
            "labels": json.dumps(list(labels.items())),
            "now": now,
            "change": json.dumps(change.as_json()) if change else None,
            "by": changed_by,
        },
    )
    return LabelSchema(version, dict(labels))


def hold(tx: Transaction) -> None:
    """Nobody else changes the labels, or answers by them, until this transaction ends."""
    tx.serialise(_SUBJECT)


def answer_by(tx: Transaction) -> None:
    """Nobody changes the labels until this transaction ends; others answer beside it."""
    tx.share(_SUBJECT)


def carried(tx: Transaction, since: int) -> dict[str, str | None]:
    """What the labels of a version are called now; None for one that was split, or removed."""
    found: dict[str, str | None] = {}
    for version in versions(tx, since - 1):
        if version.version == since:
            found = {name: name for name in version.labels}
            continue
        goes = moved(version.change) if version.change else {}
        for name, present in found.items():
            if present in goes:
                found[name] = goes[present]
            elif present not in version.labels:
                found[name] = None
    return found


def check(tx: Transaction, labels: Iterable[str], where: str = "") -> None:
    """Refuse labels that are not in the current version.

    Raises:
        UnknownName: Naming the first such label, and ``where`` it stood.
    """
    present = current(tx)
    known = present.labels if present else {}
    for label in labels:
        if label not in known:
            raise UnknownName(
                f"{where + ': ' if where else ''}there is no label {label!r}",
                remedy=f"{_near(label, known)}The labels are: {', '.join(known) or 'none yet'}",
            )


def _near(label: str, known: Iterable[str]) -> str:
    near = get_close_matches(label, list(known), n=1)
    return f"Did you mean {near[0]!r}? " if near else ""


def lost(tx: Transaction, present: LabelSchema, labels: Mapping[str, str]) -> dict[str, int]:
    """Labels of the present version that ``labels`` lack, with how many standing answers give each."""
    gone = set(present.labels) - set(labels)
    if not gone:
        return {}
    counts: Counter[str] = Counter()
    for written, times in tx.rows(
        "SELECT w.labels, count(*) FROM last_words AS w WHERE w.labels IS NOT NULL GROUP BY w.labels"
    ):
        for label in gone.intersection(json.loads(written)):
            counts[label] += times
    return {label: counts[label] for label in sorted(counts)}


def refuse_loss(tx: Transaction, present: LabelSchema, labels: Mapping[str, str]) -> None:
    """Refuse to lose labels that answers still stand on.

    Raises:
        WrongUse: Naming the first such label and how many answers give it.
    """
    gone = [name for name in present.labels if name not in labels]
    come = [name for name in labels if name not in present.labels]
    for label, answers in lost(tx, present, labels).items():
        onto = repr(come[0]) if len(gone) == len(come) == 1 else "NEW"
        raise WrongUse(
            f"the label {label!r} is not in the project file any more, but"
            f" {counted_do(answers, 'answer', 'give')} it",
            remedy=f"Put {label!r} back, or say what becomes of them: labelloop schema rename"
            f" {label!r} {onto} (also merge, split, remove)",
        )
