"""The labels with their descriptions, a version for each change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from labelloop.errors import UnknownName, WrongUse
from labelloop.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LabelSchema:
    """Labels in key order, with their descriptions."""

    version: int
    labels: Mapping[str, str]


def current(tx: Transaction) -> LabelSchema | None:
    """The newest version, None before the first."""
    row = tx.row("SELECT version, labels FROM label_schema ORDER BY version DESC LIMIT 1")
    return LabelSchema(row[0], dict(json.loads(row[1]))) if row else None


def ensure(tx: Transaction, labels: Mapping[str, str], *, now: datetime) -> LabelSchema:
    """Make the project file's labels the current ones; a new version only if they differ.

    Raises:
        WrongUse: A label is gone that answers still stand on; names it and how many.
    """
    present = current(tx)
    if present and list(present.labels.items()) == list(labels.items()):
        return present
    if present:
        _refuse_loss(tx, set(present.labels) - set(labels))
    version = present.version + 1 if present else 1
    tx.execute(
        "INSERT INTO label_schema (version, labels, created_at) VALUES ($version, $labels, $now)",
        {"version": version, "labels": json.dumps(list(labels.items())), "now": now},
    )
    return LabelSchema(version, dict(labels))


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
                remedy=f"The labels are: {', '.join(known) or 'none yet'}",
            )


def _refuse_loss(tx: Transaction, gone: set[str]) -> None:
    if not gone:
        return
    used = tx.rows("SELECT w.labels, count(*) FROM last_words AS w GROUP BY w.labels")
    for labels, times in sorted(used):
        for label in sorted(gone.intersection(json.loads(labels))):
            raise WrongUse(
                f"the label {label!r} is not in the project file any more, but {times} answers give it",
                remedy=f"Put {label!r} back",
            )
