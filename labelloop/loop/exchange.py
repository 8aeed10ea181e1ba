"""Files in and out: open questions, answers given elsewhere, documents, labels, verdicts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from labelloop.errors import BadInput, LabelGone, UnknownName
from labelloop.label_sets import read_cell
from labelloop.loop.clock import now
from labelloop.loop.exported_sets import with_sets
from labelloop.loop.project_labels import settle, settle_kind
from labelloop.loop.spreadsheets import harmless, read_csv, write_csv
from labelloop.loop.whole_files import replaced
from labelloop.loop.workspace import Workspace
from labelloop.records import Item
from labelloop.store import annotators, answering, label_arrival, labelling, queue
from labelloop.store import export as exports
from labelloop.store.answering import GivenLabel
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    import pyarrow as pa

What = Literal["documents", "labels", "verdicts"]
FORMATS = ("csv", "jsonl", "parquet")

_QUEUE_COLUMNS = (
    "item_id",
    "document_id",
    "external_id",
    "source",
    "title",
    "url",
    "text",
    "lane",
    "suggestion",
    "confidence",
    "content_hash",
    "label",
)


@dataclass(frozen=True)
class Imported:
    """What an import of answers did.

    Attributes:
        taken: New verdicts.
        known: Rows that say what this person had said already.
        empty: Rows without a label.
        rejected: Place and reason of rows that were set aside.
        rejects: File they were written to.
    """

    taken: int
    known: int
    empty: int
    rejected: tuple[tuple[str, str], ...] = ()
    rejects: Path | None = None

    def for_people(self) -> str:
        """One line."""
        if not (self.taken or self.known or self.empty or self.rejected):
            return (
                "No answers: the file has a header and no rows. Write the open questions with"
                " 'labelloop queue export', fill in the column 'label', and import that."
            )
        parts = [f"{self.taken:,} answers taken"]
        if self.known:
            parts.append(f"{self.known:,} were known already")
        if self.empty:
            parts.append(f"{self.empty:,} rows have no label yet")
        if self.rejected:
            place, reason = self.rejected[0]
            parts.append(
                f"{len(self.rejected):,} set aside in {self.rejects} (first: {place}: {reason})"
            )
        return "; ".join(parts) + "."


def export_queue(workspace: Workspace, out: Path) -> int:
    """Write all questions that wait for an answer as CSV, by rank; how many."""
    with workspace.store.transaction("export the queue") as tx:
        items = list(queue.open_items(tx, now=now()))
    return write_csv(out, _QUEUE_COLUMNS, (_question(item) for item in items))


def _question(item: Item) -> tuple[object, ...]:
    return (
        item.item_id,
        item.document_id,
        item.external_id,
        item.source,
        item.title,
        item.url,
        item.text,
        item.lane,
        item.suggestion,
        None if item.confidence is None else f"{item.confidence:.4f}",
        item.content_hash,
        "",
    )


def import_verdicts(
    workspace: Workspace, path: Path, annotator: str, *, set_aside: bool = False
) -> Imported:
    """Take in a CSV of answers with at least ``item_id`` and ``label``.

    Args:
        workspace: The project.
        path: The file. A column ``content_hash``, as exported, names the exact text seen; what
            stands in the columns ``document_id``, ``external_id`` and ``text`` must be the item's.
        annotator: Who gave the answers.
        set_aside: Take the good rows and write the others to ``PATH.rejected.csv``;
            otherwise one bad row stops the import and nothing is taken.

    Raises:
        BadInput: The file cannot be read, or a row cannot be taken; names file and line.
        UnknownName: An item or label nobody knows.
    """
    given: list[GivenLabel] = []
    rejected: list[tuple[str, str]] = []
    empty = 0
    settings = workspace.project.settings
    choices = workspace.project.label_names if settings.multi_label else None
    for row in _rows(path, set_aside, rejected, choices):
        if row is None:
            empty += 1
        else:
            given.append(row)
    with workspace.store.transaction("import answers") as tx:
        settle(tx, workspace)
        settle_kind(tx, workspace)
        annotators.ensure(tx, annotator, now=now())
        given = list(_in_present_labels(tx, given, rejected if set_aside else None))
        before = len(rejected)  # none of them is among the rows that are left
        if set_aside:
            taken = _take_what_is_good(tx, annotator, given, rejected)
        else:
            taken = answering.import_labels(tx, annotator, given, now=now())
    known = len(given) - taken - (len(rejected) - before)
    return Imported(taken, known, empty, *_write_rejected(path, rejected))


def _in_present_labels(
    tx: Transaction, given: Sequence[GivenLabel], rejected: list[tuple[str, str]] | None
) -> Iterator[GivenLabel]:
    """A file may have been filled in before labels were renamed: they are followed."""
    follow = label_arrival.follower(tx)
    for row in given:
        try:
            labels = follow(row.labels)
        except LabelGone as error:
            if rejected is None:
                raise LabelGone(f"{row.place}: {error.message}", remedy=error.remedy) from None
            rejected.append((row.place, error.message))
        else:
            yield row if labels == row.labels else replace(row, labels=labels)


def _rows(
    path: Path, set_aside: bool, rejected: list[tuple[str, str]], known: Sequence[str] | None
) -> Iterator[GivenLabel | None]:
    """Each row's label, None for a row without one; what cannot be read is set aside, if allowed."""
    places: dict[int, str] = {}
    for place, row in read_csv(path, ("item_id", "label")):
        if not row["label"]:
            yield None
            continue
        try:
            yield _given(place, row, places, known)
        except BadInput as error:
            if not set_aside:
                raise
            rejected.append((place, error.message.removeprefix(f"{place}: ")))


def _given(
    place: str, row: Mapping[str, str], places: dict[int, str], known: Sequence[str] | None
) -> GivenLabel:
    """A row's answer; ``known`` are the labels where a cell may hold several of them."""
    if not row["item_id"].isascii() or not row["item_id"].isdigit():
        raise BadInput(
            f"{place}: item_id {row['item_id']!r} is not a whole number",
            remedy="It is the first column of 'labelloop queue export'",
        )
    item_id = int(row["item_id"])
    if item_id >= 2**63:  # more than any store counts to
        raise BadInput(f"{place}: there is no item {row['item_id'][:30]}…")
    if item_id in places:
        raise BadInput(f"{place}: item {item_id} stands already in {places[item_id]}")
    places[item_id] = place
    return GivenLabel(
        place=place,
        labels=(row["label"],) if known is None else _set(place, row["label"], known),
        item_id=item_id,
        content_hash=row.get("content_hash") or None,
        document_id=_document(place, row.get("document_id", "")),
        external_id=row.get("external_id") or None,
        text=row.get("text") or None,
    )


def _document(place: str, cell: str) -> int | None:
    if not cell:
        return None
    if not cell.isascii() or not cell.isdigit() or len(cell) > 18:
        raise BadInput(
            f"{place}: document_id {cell[:30]!r} is not a whole number",
            remedy="Leave the column as 'labelloop queue export' wrote it, or out",
        )
    return int(cell)


def _set(place: str, cell: str, known: Sequence[str]) -> tuple[str, ...]:
    try:
        return read_cell(cell, known)
    except BadInput as error:
        raise BadInput(f"{place}: {error.message}", remedy=error.remedy) from None


def _take_what_is_good(
    tx: Transaction, annotator: str, given: Sequence[GivenLabel], rejected: list[tuple[str, str]]
) -> int:
    """Import by halving until the rows that cannot be taken stand alone."""
    if not given:
        return 0
    try:
        return answering.import_labels(tx, annotator, given, now=now())
    except (BadInput, UnknownName) as error:
        if len(given) == 1:
            rejected.append((given[0].place, error.message.removeprefix(f"{given[0].place}: ")))
            return 0
    middle = len(given) // 2
    first = _take_what_is_good(tx, annotator, given[:middle], rejected)
    return first + _take_what_is_good(tx, annotator, given[middle:], rejected)


def _write_rejected(
    path: Path, rejected: Sequence[tuple[str, str]]
) -> tuple[tuple[tuple[str, str], ...], Path | None]:
    if not rejected:
        return (), None
    out = path.with_name(path.stem + ".rejected.csv")
    write_csv(out, ("place", "reason"), rejected)
    return tuple(rejected), out


def export_table(workspace: Workspace, what: What, out: Path, form: str | None) -> int:
    """Write documents, labels or verdicts; how many rows. The file is whole or not there.

    Where documents may have several labels, JSONL and Parquet hold them as lists, CSV as ``a|b``,
    and ``[]`` for none of these.

    CSV cells that a spreadsheet would run as a formula get an apostrophe; JSONL and
    Parquet hold the texts to the letter.

    Raises:
        BadInput: The format cannot be told, or the file cannot be written.
    """
    chosen = form or out.suffix.lstrip(".").lower()
    if chosen not in FORMATS:
        raise BadInput(
            f"{out} does not say its format", remedy=f"Add --format, one of {', '.join(FORMATS)}"
        )
    with replaced(out) as part, workspace.store.transaction(f"export {what}") as tx:
        batches = exports.batches(tx, what)
        several = labelling.is_multi_label(tx)
        return _WRITERS[chosen](part, with_sets(batches, chosen) if several else batches)


def _write_parquet(part: Path, batches: Iterator[pa.RecordBatch]) -> int:
    import pyarrow.parquet as pq

    first = next(batches)
    count: int = first.num_rows
    with pq.ParquetWriter(part, first.schema) as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _write_csv(part: Path, batches: Iterator[pa.RecordBatch]) -> int:
    import csv

    count = 0
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, batch in enumerate(batches):
            if number == 0:
                writer.writerow(batch.schema.names)
            columns = [column.to_pylist() for column in batch.columns]
            writer.writerows([harmless(cell) for cell in row] for row in zip(*columns, strict=True))
            count += batch.num_rows
    return count


def _write_jsonl(part: Path, batches: Iterator[pa.RecordBatch]) -> int:
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for batch in batches:
            for row in batch.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            count += batch.num_rows
    return count


_WRITERS: dict[str, Callable[[Path, Iterator[pa.RecordBatch]], int]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
