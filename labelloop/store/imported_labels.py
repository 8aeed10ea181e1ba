"""Labels that come with the documents of a file: verdicts of the annotator ``import``."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from labelloop.errors import BadInput, LabelGone
from labelloop.label_sets import read_cell, written
from labelloop.records import Rejected
from labelloop.store import annotators, label_arrival, label_schema, labelling
from labelloop.store.columns import booleans, integers, relation, texts, times
from labelloop.store.intake import Incoming
from labelloop.store.transaction import Transaction

_UNKNOWN = "unknown label"


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
    several, schema = labelling.is_multi_label(tx), label_schema.current(tx)
    known = schema.labels if schema else known_labels  # a program that began earlier knows older ones
    follow = label_arrival.follower(tx)
    usable: list[tuple[Incoming, str]] = []
    unusable: list[Rejected] = []
    for one in incoming:
        if one.label:
            found = _in_present_labels(follow, one, known, several)
            if isinstance(found, Rejected):
                unusable.append(found)
            else:
                usable.append((one, json.dumps(sorted(found))))
    said = _said_before(tx, [document_id[one.external_id] for one in incoming if one.label])
    # What was taken once, under a label that is no more, is no fault of the file.
    text = {one.external_id: one.content_hash for one in incoming}
    unusable = [
        bad for bad in unusable if not _taken(bad, said.get(document_id[bad.place]), text[bad.place])
    ]
    fresh = [
        (one, labels)
        for one, labels in usable
        if said.get(document_id[one.external_id], ("", "", ""))[:2] != (one.content_hash, labels)
    ]
    if fresh:
        annotators.ensure(tx, annotators.IMPORT, now=now, role="import")
        _insert(tx, fresh, [document_id[one.external_id] for one, _ in fresh], now)
    return len(fresh), unusable


def _in_present_labels(
    follow: Callable[[Sequence[str]], tuple[str, ...]],
    one: Incoming,
    known: Collection[str],
    several: bool,
) -> tuple[str, ...] | Rejected:
    """The same, where the file still has the names of before a change of the labels."""
    found = _labels(one, known, several)
    if not isinstance(found, Rejected) or found.reason != _UNKNOWN:
        return found
    try:
        cell = one.label or ""
        old = read_cell(cell, known) if several else (cell,)
        labels = follow(old)
    except LabelGone:
        return Rejected(one.external_id, "a label that was split or removed", cell)
    except BadInput:
        return found
    return labels if labels != old else found


def _taken(bad: Rejected, said: tuple[str, str, str] | None, content_hash: str) -> bool:
    """Whether the newest imported answer on this text is the very one that cannot be taken now."""
    return said is not None and (said[0], written(json.loads(said[2]))) == (content_hash, bad.excerpt)


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
    return Rejected(one.external_id, _UNKNOWN, cell)


def _said_before(tx: Transaction, numbers: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """The text and labels of each document's newest imported answer."""
    if not numbers:
        return {}
    with tx.staged("labelled", relation(document_id=integers(numbers))):
        rows = tx.rows(
            "SELECT v.document_id, v.content_hash, v.labels, v.said FROM standing_verdicts AS v"
            " JOIN labelled AS l ON l.document_id = v.document_id"
            " WHERE v.annotator = $annotator ORDER BY v.sequence",
            {"annotator": annotators.IMPORT},
        )
    return {number: (content_hash, labels, said) for number, content_hash, labels, said in rows}


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
