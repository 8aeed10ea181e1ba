"""Reads .csv and .tsv row by row, and finds its way again after a broken one."""

from __future__ import annotations

import csv
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from connectors.files.finding import FoundFile
from connectors.files.head import read_head, refuse_binary, refuse_encoding, refuse_old_line_ends
from connectors.files.lines import Lines, RecordTooLongError, open_text
from connectors.files.records import Record, require_columns
from connectors.files.settings import FilesSettings
from labelloop.errors import SourceMisconfigured

TOO_LONG = "record too long"
BROKEN = "broken quoting"


def table_rows(file: FoundFile, settings: FilesSettings) -> Iterator[Record]:
    """The rows of a .csv or .tsv file, lazily; the first line names the columns.

    Raises:
        SourceMisconfigured: The file as a whole cannot be read with these settings.
    """
    with open_text(file.path, file.shown, settings.encoding) as (handle, encoding), _any_field_size():
        head = read_head(handle)
        refuse_binary(file.shown, head)
        refuse_old_line_ends(file.shown, head)
        refuse_encoding(file.shown, head, encoding, names_columns=True)
        lines = Lines(handle, encoding, record_bytes(settings), "surrogateescape")
        reader = csv.reader(lines, **_dialect(file, settings))
        header = _header(reader, lines, file)
        require_columns(file.shown, settings, header)
        yield from _records(reader, lines, header, settings)


def record_bytes(settings: FilesSettings) -> int:
    """Bytes a whole record may have: room for several long columns beside the text."""
    return max(8 * settings.max_characters, 1 << 20)


def _dialect(file: FoundFile, settings: FilesSettings) -> dict[str, Any]:
    delimiter = settings.delimiter or ("\t" if file.ending == ".tsv" else ",")
    if not settings.quote:
        return {"delimiter": delimiter, "quoting": csv.QUOTE_NONE, "strict": True}
    return {"delimiter": delimiter, "quotechar": settings.quote, "strict": True}


def _header(reader: Iterator[list[str]], lines: Lines, file: FoundFile) -> list[str]:
    try:
        header = next(row for row in reader if row)
    except (csv.Error, RecordTooLongError) as error:
        raise SourceMisconfigured(
            f"{file.shown} line {lines.first}: the column names cannot be read: {error or TOO_LONG}",
            remedy="The first line must name the columns",
        ) from None
    return [name.strip() for name in header]


def _records(
    reader: Iterator[list[str]], lines: Lines, header: list[str], settings: FilesSettings
) -> Iterator[Record]:
    width = len(header)
    # A None is put behind each row: the value of columns that are not asked for.
    pick = itemgetter(*(width if name is None else header.index(name) for name in settings.columns))
    quote = settings.quote.encode() or None
    in_doubt = False
    while True:
        lines.begin_record()
        try:
            row: list[Any] = next(reader)
        except StopIteration:
            return
        except RecordTooLongError:
            yield lines.first, lines.fault(TOO_LONG)
            lines.pass_over_record(quote)
            continue
        except csv.Error as error:
            yield lines.first, lines.fault(_reason(error))
            in_doubt = in_doubt or lines.record_lines > 1
            lines.back_to_second_line()
            continue
        if in_doubt and quote and lines.has_odd(quote):
            yield lines.first, lines.fault("part of a broken record")
        elif len(row) == width:
            in_doubt = False
            row.append(None)
            yield lines.first, pick(row)
        else:
            yield lines.first, _wrong_width(row, width, lines)


def _wrong_width(row: list[str], width: int, lines: Lines) -> Any:
    if not row:
        return None
    return lines.fault("too few fields" if len(row) < width else "too many fields")


def _reason(error: csv.Error) -> str:
    return "carriage return outside quotes" if "new-line" in str(error) else BROKEN


_field_size_lock = threading.Lock()
_field_size: dict[str, int] = {"readers": 0, "before": 0}


@contextmanager
def _any_field_size() -> Iterator[None]:
    """Lift csv's limit on a field, which is one for the whole process, while a reader is open.

    Records are limited by their bytes instead. The last reader to close restores the limit.
    """
    with _field_size_lock:
        if _field_size["readers"] == 0:
            _field_size["before"] = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
        _field_size["readers"] += 1
    try:
        yield
    finally:
        with _field_size_lock:
            _field_size["readers"] -= 1
            if _field_size["readers"] == 0:
                csv.field_size_limit(_field_size["before"])
