"""Labels of a whole file given at once: validated row by row, then stored in bulk."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from labelloop.errors import BadInput, LabelloopError, StaleText, UnknownName
from labelloop.store import annotators, item_states, label_schema, labelling
from labelloop.store.actions import action_of
from labelloop.store.columns import booleans, integers, relation, texts, times
from labelloop.store.transaction import Transaction

_FOUND = """
    SELECT g.place, d.document_id, d.content_hash, q.item_id, q.content_hash, q.suggestion,
           q.suggestion_shown, d.external_id, CASE WHEN g.compared THEN r.text END
    FROM given AS g
    LEFT JOIN checking_queue AS q ON q.item_id = g.item_id
    JOIN documents AS d ON d.document_id = coalesce(q.document_id, g.document_id)
    JOIN revisions AS r ON r.document_id = d.document_id AND r.content_hash = d.content_hash
    WHERE g.item_id IS NULL OR q.item_id IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class GivenLabel:
    """One row of an imported file.

    Attributes:
        place: Where it stands, for the message: ``verdicts.csv line 17``.
        labels: One; any number where documents have several, none of them is an answer, too.
        item_id: The item answered; or None, and ``document_id`` says what is labelled.
        content_hash: Of the text labelled, where the file says it: checked against the present one.
        external_id: What the source calls it, where the file says so: checked, too.
        text: The text labelled, where the file holds it: checked, too, but for white space. A
            row that slipped in a spreadsheet is found so.
    """

    place: str
    labels: tuple[str, ...]
    item_id: int | None = None
    document_id: int | None = None
    content_hash: str | None = None
    external_id: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be taken, and why; the message of ``error`` begins with ``place``."""

    place: str
    error: LabelloopError


@dataclass(frozen=True, slots=True)
class _Ready:
    document_id: int
    content_hash: str
    item_id: int | None
    action: str
    labels: str
    shown: bool


def import_labels(
    tx: Transaction,
    annotator: str,
    given: Sequence[GivenLabel],
    *,
    now: datetime,
    refused: list[RefusedRow] | None = None,
) -> int:
    """Store the labels of a file, thousands in a second.

    What this person already said about the same text is left out, so that a file can be
    imported twice. Leases do not matter here.

    Args:
        tx: The transaction.
        annotator: Who gave the labels.
        given: The rows.
        now: The time of the import.
        refused: Takes the rows that cannot be taken, all others go in; without it all rows or none.

    Returns:
        How many verdicts went in.

    Raises:
        UnknownName: An item, document or label nobody knows; names the place.
        StaleText: A label for a text that has since changed; names the place.
        BadInput: A row with more labels or fewer than a document has, or without item and document.
    """
    annotators.ensure(tx, annotator, now=now)
    said = _said(tx, annotator)
    fresh: list[_Ready] = []
    for ready in _sorted_out(tx, given, refused):
        if said.get(ready.document_id) != (ready.content_hash, ready.labels):
            fresh.append(ready)
            said[ready.document_id] = (ready.content_hash, ready.labels)
    if fresh:
        _insert(tx, annotator, fresh, now)
        item_states.finish_answered(tx)
    return len(fresh)


def _sorted_out(
    tx: Transaction, given: Sequence[GivenLabel], refused: list[RefusedRow] | None
) -> Iterator[_Ready]:
    """Each row that can be taken with its document and item, in the order of the file."""
    schema = label_schema.current(tx)
    known: Collection[str] = schema.labels if schema else ()
    several = labelling.is_multi_label(tx)
    found = _found(tx, given)
    for number, row in enumerate(given):
        try:
            _check(tx, row, known, several)
            yield _ready(row, found.get(number))
        except (BadInput, UnknownName) as error:
            if refused is None:
                raise
            refused.append(RefusedRow(row.place, error))


def _check(tx: Transaction, row: GivenLabel, known: Collection[str], multi_label: bool) -> None:
    if not row.labels and not multi_label:
        raise BadInput(f"{row.place}: no label", remedy="Leave the row out, or give it a label")
    if row.item_id is None and row.document_id is None:
        raise BadInput(f"{row.place}: neither item_id nor document_id")
    if any(label not in known for label in row.labels):
        label_schema.check(tx, row.labels, row.place)
    labelling.check(row.labels, multi_label=multi_label, where=row.place)


def _found(tx: Transaction, given: Sequence[GivenLabel]) -> dict[int, tuple[object, ...]]:
    """What the store has for each row that is about something, by its place among ``given``."""
    staged = relation(
        place=integers(range(len(given))),
        item_id=integers([row.item_id for row in given]),
        document_id=integers([row.document_id for row in given]),
        compared=booleans([row.text is not None for row in given]),
    )
    with tx.staged("given", staged):
        return {row[0]: row[1:] for row in tx.rows(_FOUND)}


def _ready(row: GivenLabel, found: tuple[object, ...] | None) -> _Ready:
    what = f"item {row.item_id}" if row.item_id is not None else f"document {row.document_id}"
    if found is None:
        raise UnknownName(
            f"{row.place}: there is no {what}", remedy="Export the queue again: labelloop queue export"
        )
    document_id, present, _, asked, suggestion, shown, external_id, text = found
    _compare_ids(row, what, document_id, external_id)
    if asked not in (None, present) or row.content_hash not in (None, present):
        raise StaleText(
            f"{row.place}: the text of {what} has changed since it was labelled",
            remedy="Leave the row out; the new text will be asked again",
        )
    if row.text is not None and not same_text(row.text, str(text)):
        raise BadInput(
            f"{row.place}: its text is not that of {what}:"
            f" {row.text[:40]!r} instead of {str(text)[:40]!r}",
            remedy="Rows or cells have slipped: export the queue again",
        )
    return _Ready(
        document_id=int(str(document_id)),
        content_hash=str(present),
        item_id=row.item_id,
        action=action_of(row.labels, None if suggestion is None else str(suggestion), bool(shown)),
        labels=json.dumps(sorted(row.labels)),
        shown=bool(shown),
    )


def _compare_ids(row: GivenLabel, what: str, document_id: object, external_id: object) -> None:
    if row.document_id is not None and row.document_id != document_id:
        raise BadInput(
            f"{row.place}: {what} asks about document {document_id}, not {row.document_id}",
            remedy="Rows or cells have slipped: export the queue again",
        )
    if row.external_id is not None and not same_text(row.external_id, str(external_id)):
        raise BadInput(
            f"{row.place}: {what} asks about {str(external_id)[:80]!r}, not {row.external_id[:80]!r}",
            remedy="Rows or cells have slipped: export the queue again",
        )


def same_text(written: str, present: str) -> bool:
    """Whether a cell holds this text, as far as spreadsheets keep texts.

    White space may differ, an apostrophe before a formula may be there or not, and long cells are
    cut at 32,767 characters.
    """
    cell, text = _words(written), _words(present)
    if len(written) >= _CUT_AT:
        return text.startswith(cell.rstrip("…"))
    return cell == text


_CUT_AT = 32_700  # what is left of 32,767 characters once the cell was stripped


def _words(text: str) -> str:
    return " ".join(text.split()).removeprefix("'").lstrip()


def _said(tx: Transaction, annotator: str) -> dict[int, tuple[str, str]]:
    """This person's last word on each document: content hash and labels."""
    return {
        document_id: (content_hash, labels)
        for document_id, content_hash, labels in tx.rows(
            "SELECT w.document_id, w.content_hash, w.labels FROM last_words AS w"
            " WHERE w.annotator = $who",
            {"who": annotator},
        )
    }


def _insert(tx: Transaction, annotator: str, fresh: Sequence[_Ready], now: datetime) -> None:
    count = len(fresh)
    tx.insert(
        "verdicts",
        relation(
            verdict_id=texts([uuid.uuid4().hex for _ in fresh]),
            sequence=integers(tx.next_ids("verdict_sequence", count)),
            item_id=integers([one.item_id for one in fresh]),
            document_id=integers([one.document_id for one in fresh]),
            content_hash=texts([one.content_hash for one in fresh]),
            annotator=texts([annotator] * count),
            action=texts([one.action for one in fresh]),
            labels=texts([one.labels for one in fresh]),
            suggestion_shown=booleans([one.shown for one in fresh]),
            given_at=times([now] * count),
        ),
    )
