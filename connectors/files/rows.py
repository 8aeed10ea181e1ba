"""Makes a document of a raw row, or says why it cannot be one."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isnan
from typing import Any

from connectors.files.finding import Found, FoundFile
from connectors.files.head import other_encoding
from connectors.files.records import Fault, Record, excerpt
from connectors.files.settings import FilesSettings
from connectors.identity import ContentIds
from labelloop.records import FetchedDocument, Rejected

Outcome = FetchedDocument | Rejected | None
"""What becomes of a row; None is a blank line."""


class UnusableRowError(Exception):
    """A row cannot be a document; ``str()`` is the reason."""


class RowReader:
    """Turns the rows of one file into documents, remembering the ids it gave.

    Every row of a file must pass through the same reader, from the first on: what a row is
    called depends on the equal rows before it.
    """

    def __init__(self, file: FoundFile, found: Found, settings: FilesSettings) -> None:
        self._place = f"{file.shown} {'row' if file.ending == '.parquet' else 'line'}"
        self._whole_file = file.ending in {".txt", ".md"}
        self._shown = file.shown
        self._metadata = {"file": file.name}
        self._most = settings.max_characters
        self._not_text = (
            "characters that are not Unicode text"
            if file.ending == ".jsonl"
            else f"bytes that are not {settings.encoding}: {other_encoding(settings.encoding)}"
        )
        prefix = f"{file.name}#" if found.several else ""
        self._name = self._naming(file, settings, prefix)

    def _naming(
        self, file: FoundFile, settings: FilesSettings, prefix: str
    ) -> Callable[[str, Any], str]:
        if self._whole_file:
            return lambda _text, _id: file.name
        if settings.id is None:
            ids = ContentIds()
            return lambda text, _id: prefix + ids.name(text)
        seen: set[int] = set()  # hashes: 60 bytes a row whatever the ids' length

        def by_column(text: str, value: Any) -> str:
            name = _optional(value, "id")
            if name is None:
                raise UnusableRowError("empty id")
            if hash(name) in seen:
                raise UnusableRowError("id stands there twice")
            seen.add(hash(name))
            return prefix + name

        return by_column

    def take(self, record: Record) -> Outcome:
        """The document of a row, its reject, or None for a blank line."""
        line, values = record
        if values is None:
            return None
        if isinstance(values, Fault):
            return self._reject(line, values.reason, values.excerpt)
        text, identity, title, label, url = values
        try:
            self._require_text(text)
            name = self._name(text, identity)
            return FetchedDocument(
                external_id=name,
                text=text,
                title=None if title is None else _optional(title, "title"),
                url=None if url is None else _optional(url, "url"),
                metadata=self._metadata,
                label=None if label is None else _label(label),
            )
        except UnusableRowError as error:
            return self._reject(line, str(error), _shown(values))
        except UnicodeEncodeError:
            return self._reject(line, self._not_text, _shown(values))

    def _require_text(self, text: Any) -> None:
        if text is None:
            raise UnusableRowError("empty text")
        if not isinstance(text, str):
            raise UnusableRowError("text is not a string")
        if not text or text.isspace():
            raise UnusableRowError("empty text")
        if len(text) > self._most:
            raise UnusableRowError(f"text over {self._most:,} characters")
        if "\0" in text:
            raise UnusableRowError("NUL byte in the text")
        if not text.isascii():
            text.encode("utf-8")

    def _reject(self, line: int, reason: str, beginning: str) -> Rejected:
        place = self._shown if self._whole_file else f"{self._place} {line}"
        return Rejected(place, reason, beginning)


def _optional(value: Any, what: str) -> str | None:
    """A stripped string, None when nothing is left; numbers are written out, NaN is pandas' nothing."""
    if value is None or (type(value) is float and isnan(value)):
        return None
    if type(value) is not str and (isinstance(value, bool) or not isinstance(value, str | int | float)):
        raise UnusableRowError(f"{what} is not a string")
    written = str(value).strip()
    if "\0" in written:
        raise UnusableRowError(f"NUL byte in the {what}")
    if not written.isascii():
        written.encode("utf-8")
    return written or None


def _label(value: Any) -> str | None:
    """A label as it stands there; a list of several as JSON, which the store knows to read."""
    if not isinstance(value, list):
        return _optional(value, "label")
    labels = [_optional(one, "label") for one in value]
    if not all(labels):
        raise UnusableRowError("empty label in a list")
    return json.dumps(labels, ensure_ascii=False)


def _shown(values: tuple[Any, ...]) -> str:
    """A row for a person: its values that are there, the beginning of each."""
    return excerpt(" | ".join(str(value)[:500] for value in values if value is not None))
