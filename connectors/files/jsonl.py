"""Reads .jsonl: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connectors.files.finding import FoundFile
from connectors.files.head import other_encoding, read_head, refuse_binary, refuse_encoding
from connectors.files.lines import Lines, RecordTooLongError, open_text
from connectors.files.records import Record, no_column
from connectors.files.settings import FilesSettings
from connectors.files.tables import TOO_LONG, record_bytes
from labelloop.errors import SourceMisconfigured


def jsonl_rows(file: FoundFile, settings: FilesSettings) -> Iterator[Record]:
    """The rows of a .jsonl file, lazily.

    Raises:
        SourceMisconfigured: The file as a whole cannot be read with these settings.
    """
    with open_text(file.path, file.shown, settings.encoding) as (handle, encoding):
        head = read_head(handle)
        refuse_binary(file.shown, head)
        refuse_encoding(file.shown, head, encoding, names_columns=False)
        _refuse_other_fields(file.shown, head.decode(encoding, "replace"), settings)
        lines = Lines(handle, encoding, record_bytes(settings), "strict")
        yield from _records(lines, settings, encoding)


def _records(lines: Lines, settings: FilesSettings, encoding: str) -> Iterator[Record]:
    while True:
        lines.begin_record()
        try:
            line = next(lines)
        except StopIteration:
            return
        except RecordTooLongError:
            yield lines.first, lines.fault(TOO_LONG)
            lines.pass_over_record(None)
        except UnicodeDecodeError:
            yield lines.first, lines.fault(f"bytes that are not {encoding}: {other_encoding(encoding)}")
        else:
            yield lines.first, _values(line, settings, lines)


def _values(line: str, settings: FilesSettings, lines: Lines) -> Any:
    if not line.strip():
        return None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return lines.fault("invalid JSON")
    if not isinstance(row, dict):
        return lines.fault("not a JSON object")
    if settings.text not in row:
        return lines.fault(f"no field {settings.text!r}")
    return tuple(None if name is None else row.get(name) for name in settings.columns)


def _refuse_other_fields(shown: str, head: str, settings: FilesSettings) -> None:
    """Refuse a file whose first megabyte has no object, or never a field that is named.

    Fields may be missing from single rows, so all rows of the head count together.
    """
    if head.lstrip().partition("\n")[0].rstrip() in {"[", "[{"}:
        raise _no_objects(shown)
    fields: dict[str, None] = {}
    for line in head.split("\n"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            fields.update(dict.fromkeys(row))
        if fields.keys() >= {name for name in settings.columns if name}:
            return
    if not fields:
        raise _no_objects(shown)
    missing = next(name for name in settings.columns if name and name not in fields)
    raise no_column(shown, missing, list(fields))


def _no_objects(shown: str) -> SourceMisconfigured:
    return SourceMisconfigured(
        f"{shown} line 1: this is not JSONL, with one JSON object a line",
        remedy="Write each object on a line of its own, without an array around them",
    )
