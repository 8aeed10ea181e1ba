"""CSV files for people: read with places, written whole, harmless when opened in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labelloop.errors import BadInput
from labelloop.loop.whole_files import replaced

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by spreadsheets; text from the web may begin so."""

_LARGEST_CELL = 50_000_000


def harmless(value: Any) -> Any:
    """The value, with an apostrophe before text that a spreadsheet would run as a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows as CSV, all or nothing; how many.

    Raises:
        BadInput: The file cannot be written.
    """
    count = 0
    with replaced(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([harmless(cell) for cell in row])
            count += 1
    return count


def read_csv(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Place (``answers.csv line 3``) and cells by column name of each row, cells stripped.

    Raises:
        BadInput: It cannot be read as CSV in UTF-8, or a needed column is not there.
    """
    limit = csv.field_size_limit(_LARGEST_CELL)
    try:
        reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
        columns = reader.fieldnames or []
        for name in needed:
            if name not in columns:
                raise BadInput(f"{path} has no column {name!r}", remedy=_about(columns))
        for row in reader:
            yield f"{path.name} line {reader.line_num}", _cells(path, reader.line_num, row)
    except csv.Error as error:
        raise BadInput(f"{path} line {reader.line_num} is not CSV: {error}") from None
    finally:
        csv.field_size_limit(limit)


def _about(columns: Sequence[str]) -> str:
    if not columns:
        return "The file is empty"
    if len(columns) == 1 and ";" in columns[0]:
        return "Its columns are parted by semicolons: save it with commas"
    return f"It has: {', '.join(columns)}"


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{path} line {line} is not UTF-8 text", remedy="Save it as 'CSV UTF-8'"
        ) from None
    if "\0" in text:
        raise BadInput(f"{path} is a binary file, not CSV", remedy="Save it as 'CSV UTF-8'")
    return text


def _cells(path: Path, line: int, row: Mapping[str | None, Any]) -> Mapping[str, str]:
    if None in row or None in row.values():
        raise BadInput(
            f"{path} line {line} has another number of cells than the first line",
            remedy="A cell with a comma or a line break needs quotes around it",
        )
    return {str(name): cell.strip() for name, cell in row.items()}
