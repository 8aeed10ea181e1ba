"""Sets of labels in exported files: lists where the format has lists, ``a|b`` and ``[]`` in CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labelloop.label_sets import read, written

if TYPE_CHECKING:
    import pyarrow as pa

_AS_JSON = ("labels",)
_AS_TEXT = ("suggestion", "predicted_label")


def with_sets(batches: Iterator[pa.RecordBatch], form: str) -> Iterator[pa.RecordBatch]:
    """The same rows with their sets as the format writes them; every such file can be read again."""
    for batch in batches:
        found = batch
        for name in (*_AS_JSON, *_AS_TEXT):
            place = found.schema.get_field_index(name)
            if place >= 0 and not (form == "csv" and name in _AS_TEXT):
                column = _column(found.column(place).to_pylist(), form, from_json=name in _AS_JSON)
                found = found.set_column(place, name, column)
        yield found


def _column(values: list[str | None], form: str, *, from_json: bool) -> pa.Array:
    import pyarrow as pa

    sets = [
        None if value is None else tuple(json.loads(value)) if from_json else read(value)
        for value in values
    ]
    if form == "csv":
        return pa.array([None if one is None else written(one) for one in sets], pa.string())
    return pa.array(sets, pa.list_(pa.string()))
