"""Labels that come with the documents of a file: verdicts of the annotator ``import``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from labelloop.errors import BadInput
from labelloop.label_sets import read_cell
from labelloop.records import Rejected
from labelloop.store import annotators, labelling
from labelloop.store.columns import booleans, integers, relation, texts, times
from labelloop.store.intake import Incoming
from labelloop.store.transaction import Transaction


def save(
    tx: Transaction,
    incoming: Sequence[Incoming],
    document_id: Mapping[str, int],
    known_labels: Collection[str],
    now: datetime,
) -> tuple[int, list[Rejected]]:
    """Store those labels that are known and differ from what the file said before.

    Returns:
        How many were stored, and those that cannot be taken.
    """
    several = labelling.is_multi_label(tx)
    usable: list[tuple[Incoming, str]] = []
    unusable: list[Rejected] = []
    for one in incoming:
        if one.label:
            found = _labels(one, known_labels, several)
            if isinstance(found, Rejected):
                unusable.append(found)
            else:
                usable.append((one, json.dumps(sorted(found))))
    said = _said_before(tx, [document_id[one.external_id] for one, _ in usable])
    fresh = [
        (one, labels)
        for one, labels in usable
        if said.get(document_id[one.external_id]) != (one.content_hash, labels)
    ]
    if fresh:
        annotators.ensure(tx, annotators.IMPORT, now=now, role="import")
        _insert(tx, fresh, [document_id[one.external_id] for one, _ in fresh], now)
    return len(fresh), unusable


def _labels(one: Incoming, known: Collection[str], several: bool) -> tuple[str, ...] | Rejected:
    """The labels that a document came with, or why they cannot be taken."""
    cell = one.label or ""
    if not several and cell in known:
        return (cell,)
    try:
        labels = read_cell(cell, known) if several or cell.startswith("[") else (cell,)
    except BadInput as error:
        return Rejected(one.external_id, "labels that cannot be read", f"{cell[:200]}: {error}"[:500])
    if not several and len(labels) != 1:
        return Rejected(one.external_id, "not exactly one label", cell)
    if all(label in known for label in labels):
        return labels
    return Rejected(one.external_id, "unknown label", cell)


def _said_before(tx: Transaction, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The text and labels of each document's newest imported answer."""
    if not numbers:
        return {}
    with tx.staged("labelled", relation(document_id=integers(numbers))):
        rows = tx.rows(
            "SELECT v.document_id, v.content_hash, v.labels FROM standing_verdicts AS v"
            " JOIN labelled AS l ON l.document_id = v.document_id"
            " WHERE v.annotator = $annotator ORDER BY v.sequence",
            {"annotator": annotators.IMPORT},
        )
    return {number: (content_hash, labels) for number, content_hash, labels in rows}


def _insert(
    tx: Transaction, fresh: Sequence[tuple[Incoming, str]], numbers: Sequence[int], now: datetime
) -> None:
    sequence = tx.next_ids("verdict_sequence", len(fresh))
    tx.insert(
        "verdicts",
        relation(
            verdict_id=texts([f"import-{number}" for number in sequence]),
            sequence=integers(sequence),
            document_id=integers(numbers),
            content_hash=texts([one.content_hash for one, _ in fresh]),
            annotator=texts([annotators.IMPORT] * len(fresh)),
            action=texts(["label"] * len(fresh)),
            labels=texts([labels for _, labels in fresh]),
            suggestion_shown=booleans([False] * len(fresh)),
            given_at=times([now] * len(fresh)),
        ),
    )
