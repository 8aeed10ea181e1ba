"""What the readers of this folder hand over: one raw row at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from connectors.files.settings import FilesSettings
from labelloop.errors import SourceMisconfigured

EXCERPT = 500
"""Characters of a rejected row that are kept for a person to recognise it."""

Values = tuple[Any, Any, Any, Any, Any]
"""Text, id, title, label, url as they stood there; None where there is no such column."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be used.

    Attributes:
        reason: A few words, the same for the same fault.
        excerpt: Its beginning, at most 500 characters.
    """

    reason: str
    excerpt: str = ""


Record = tuple[int, Values | Fault | None]
"""Line (or row) from 1 where it begins; its values, its fault, or None for a blank line."""


def excerpt(text: str) -> str:
    """The beginning of a text as it can be stored anywhere: no NUL, no lone surrogates."""
    beginning = text[:EXCERPT].replace("\0", "\N{SYMBOL FOR NULL}")
    return beginning.encode("utf-8", "replace").decode("utf-8")


def no_column(shown: str, wanted: str, there: list[str]) -> SourceMisconfigured:
    """The error for a column that a file does not have."""
    listed = ", ".join(excerpt(name)[:60] for name in there[:30])
    more = f" and {len(there) - 30} more" if len(there) > 30 else ""
    remedy = f"Columns there: {listed}{more}"
    marks = [mark for mark in (";", "\t", "|", ",") if len(there) == 1 and mark in there[0]]
    if marks:
        remedy += f"; perhaps set delimiter = {json.dumps(marks[0])}"
    return SourceMisconfigured(f"{shown}: there is no column {wanted!r}", remedy=remedy)


def require_columns(shown: str, settings: FilesSettings, there: list[str]) -> None:
    """Check that every column the settings name is there, once.

    Raises:
        SourceMisconfigured: Naming the column and what is there instead.
    """
    for wanted in settings.columns:
        if wanted is None:
            continue
        if wanted not in there:
            raise no_column(shown, wanted, there)
        if there.count(wanted) > 1:
            raise SourceMisconfigured(
                f"{shown}: the column {wanted!r} stands there twice", remedy="Rename one of them"
            )
