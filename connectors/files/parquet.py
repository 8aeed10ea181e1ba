"""Reads .parquet in slices of some hundred rows, only the columns that are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.base import BATCH_SIZE
from connectors.files.finding import FoundFile
from connectors.files.records import Record, require_columns
from connectors.files.settings import FilesSettings
from labelloop.errors import SourceMisconfigured


def parquet_rows(file: FoundFile, settings: FilesSettings) -> Iterator[Record]:
    """The rows of a Parquet file, lazily.

    Raises:
        SourceMisconfigured: It is not Parquet, or lacks a column, or the text is no string.
    """
    import pyarrow as pa

    try:
        with _open(file) as parquet:
            schema = parquet.schema_arrow
            require_columns(file.shown, settings, list(schema.names))
            _require_text(file.shown, schema.field(settings.text))
            yield from _records(parquet, settings)
    except pa.ArrowException as error:
        raise SourceMisconfigured(
            f"{file.shown} cannot be read as Parquet: {str(error).splitlines()[0]}",
            remedy="It is cut short or not Parquet: write it again",
        ) from None


def parquet_row_count(file: FoundFile) -> int:
    """How many rows the file says it has; 0 when it says nothing that can be read."""
    import pyarrow as pa

    try:
        with _open(file) as parquet:
            return int(parquet.metadata.num_rows)
    except pa.ArrowException:
        return 0


def _open(file: FoundFile) -> Any:
    from pyarrow.parquet import ParquetFile

    if file.path.stat().st_size == 0:
        raise SourceMisconfigured(f"{file.shown} is empty", remedy="Fill it, or take it out of 'path'")
    # A buffer instead of whole column chunks keeps a large row group out of memory.
    return ParquetFile(file.path, buffer_size=1 << 20, pre_buffer=False)


def _require_text(shown: str, field: Any) -> None:
    from pyarrow import types

    kind = field.type.value_type if types.is_dictionary(field.type) else field.type
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)):
        if types.is_null(kind):
            return  # a column without any value: each row is set aside as empty
        raise SourceMisconfigured(
            f"{shown}: the column {field.name!r} holds {field.type}, not text",
            remedy="Name another column with 'text'",
        )


def _records(parquet: Any, settings: FilesSettings) -> Iterator[Record]:
    wanted = [name for name in settings.columns if name]
    number = 0
    for part in parquet.iter_batches(batch_size=BATCH_SIZE, columns=list(dict.fromkeys(wanted))):
        nothing = [None] * part.num_rows
        columns = [_values(part.column(name)) if name else nothing for name in settings.columns]
        for number, values in enumerate(zip(*columns, strict=True), start=number + 1):  # noqa: B020
            yield number, values


def _values(column: Any) -> list[Any]:
    """Python values; bytes that are not UTF-8, which Arrow does not look for, as lone surrogates."""
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        import pyarrow as pa

        raw = column.cast(pa.large_string()).view(pa.large_binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", "surrogateescape") for value in raw]
    return values
