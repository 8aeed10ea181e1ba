"""The project file ``labelloop.toml`` as a whole: validated, with one-line errors.

Secrets never stand here: connectors read them from the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from labelloop.errors import BadInput, ProjectFileError
from labelloop.label_names import check_in_sets, check_names
from labelloop.plurals import counted_do
from labelloop.setting_faults import described
from labelloop.setting_sections import (
    AnnotatorSettings,
    BudgetSettings,
    EncoderSettings,
    QuerySettings,
    Section,
    SourceSettings,
    StoppingSettings,
    TrainingSettings,
)


@contextmanager
def _as_fault() -> Iterator[None]:
    """Errors about labels as faults of the file: pydantic says where they stand."""
    try:
        yield
    except BadInput as error:
        raise ValueError(str(error)) from None


class Settings(Section):
    """A whole project file."""

    name: str = Field(min_length=1, description="The project's name")
    store: str = Field(
        default="duckdb:///labelloop.duckdb",
        description="Where everything is kept; a relative path starts in the project's folder",
    )
    labels: dict[str, str] = Field(
        description="The labels in the order of their keys, each with a description"
    )
    multi_label: bool = Field(
        default=False,
        description="Whether a document may have several labels, or none of them; else exactly one",
    )
    sources: list[SourceSettings] = Field(default=[], description="Where documents come from")
    encoder: EncoderSettings = EncoderSettings()
    query: QuerySettings = QuerySettings()
    training: TrainingSettings = TrainingSettings()
    annotators: AnnotatorSettings = AnnotatorSettings()
    budget: BudgetSettings = BudgetSettings()
    stopping: StoppingSettings = StoppingSettings()

    @field_validator("labels", mode="before")
    @classmethod
    def _labels_as_table(cls, labels: object) -> object:
        """A plain list of names is taken too: the description is then the name."""
        if not isinstance(labels, list):
            return labels
        twice = sorted({str(name) for name in labels if labels.count(name) > 1})
        if twice:
            raise ValueError(f"the label {twice[0]!r} stands there twice")
        return {str(name): "" for name in labels}

    @field_validator("labels")
    @classmethod
    def _labels_differ(cls, labels: dict[str, str]) -> dict[str, str]:
        if len(labels) < 2:
            raise ValueError(f"{counted_do(len(labels), 'label', 'leave')} no choice: name at least two")
        with _as_fault():
            check_names(labels)
        return labels

    @model_validator(mode="after")
    def _several_labels_can_be(self) -> Settings:
        """What multi_label = true asks of the rest of the file."""
        if not self.multi_label:
            return self
        with _as_fault():
            for label in self.labels:
                check_in_sets(label)
        if self.training.fine_tune == "always":
            raise ValueError(
                "training.fine_tune = 'always' cannot be had with multi_label = true: with several"
                " labels the head alone is trained; write 'never' or 'auto'"
            )
        if self.training.head:
            raise ValueError(
                "training.head cannot be had with multi_label = true: a classifier of one's own gives"
                " one label each; leave it away"
            )
        return self

    @field_validator("sources")
    @classmethod
    def _sources_differ(cls, sources: list[SourceSettings]) -> list[SourceSettings]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are named {name!r}")
        return sources

    @field_validator("store")
    @classmethod
    def _known_store(cls, store: str) -> str:
        if not store.startswith(("duckdb:///", "postgresql://")):
            raise ValueError(f"{store!r} is not a store: write duckdb:///FILE or postgresql://…")
        return store


def parse_settings(written: Mapping[str, Any], where: str) -> Settings:
    """Validate what a project file says.

    Raises:
        ProjectFileError: Naming ``where``, the field, its value and what it should be.
    """
    try:
        return Settings.model_validate(written)
    except ValidationError as error:
        raise ProjectFileError(f"{where}: {described(error, Settings)}") from None
