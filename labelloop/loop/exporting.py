"""Files out: open questions for people; documents, labels and verdicts for everything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from labelloop.errors import BadInput
from labelloop.loop.clock import now
from labelloop.loop.exported_sets import with_sets
from labelloop.loop.spreadsheets import harmless, write_csv
from labelloop.loop.whole_files import replaced
from labelloop.loop.workspace import Workspace
from labelloop.records import Item
from labelloop.store import export as exports
from labelloop.store import labelling, queue

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
