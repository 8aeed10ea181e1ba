"""Settings of the files connector."""

from __future__ import annotations

import codecs

from pydantic import Field, field_validator

from connectors.base import ConnectorSettings

ENDINGS = (".csv", ".tsv", ".jsonl", ".parquet", ".txt", ".md")
TABLES = (".csv", ".tsv", ".jsonl", ".parquet")


class FilesSettings(ConnectorSettings):
    """What a ``connector = "files"`` source takes."""

    path: str = Field(
        min_length=1,
        description="A file, a folder (read with its sub-folders) or a glob such as 'data/*.csv';"
        " a relative one starts in the project's folder",
    )
    text: str = Field(default="text", min_length=1, description="Column that holds the text")
    id: str | None = Field(
        default=None,
        min_length=1,
        description="Column that names each row for good; without one, the text itself names it",
    )
    title: str | None = Field(default=None, min_length=1, description="Column of the title")
    label: str | None = Field(
        default=None,
        min_length=1,
        description="Column of a known label, which counts as validated; several as a|b or as a list",
    )
    url: str | None = Field(default=None, min_length=1, description="Column of the address to read it")
    encoding: str = Field(
        default="utf-8", description="How text files are encoded: utf-8, latin-1, cp1252, utf-16"
    )
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        description="What stands between two fields; a comma in .csv and a tab in .tsv when not set",
    )
    quote: str = Field(
        default='"', description="What surrounds fields in .csv and .tsv; '' when nothing does"
    )
    max_characters: int = Field(
        default=1_000_000, ge=1, description="Texts longer than this are set aside"
    )

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
            name = codecs.lookup(encoding).name
        except (LookupError, ValueError):
            raise ValueError(f"{encoding!r} is not a text encoding: try utf-8 or latin-1") from None
        return "utf-8" if name == "utf-8-sig" else name  # a byte order mark is taken off anyway

    @field_validator("delimiter", "quote")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        if value is not None and (len(value) > 1 or value in {"\r", "\n"}):
            raise ValueError(f"{value!r} is not a single character")
        return value

    @property
    def columns(self) -> tuple[str | None, ...]:
        """Column names in the order of a row's values: text, id, title, label, url."""
        return (self.text, self.id, self.title, self.label, self.url)
