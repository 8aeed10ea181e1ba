"""The project file ``labelloop.toml``: every field described, validated, with one-line errors.

Secrets never stand here: connectors read them from the environment.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from labelloop.errors import ProjectFileError, WrongUse
from labelloop.label_sets import NONE_READABLE, SEPARATOR
from labelloop.setting_names import meant

PROJECT_FILE = "labelloop.toml"

Share = Annotated[float, Field(ge=0, le=1)]
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}$")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(BaseModel):
    """One ``[[sources]]`` table; what a connector adds of its own is kept in ``options``."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(description="The source's name in this project, unique, kept for good")
    connector: str = Field(description="Which connector reads it: files, or any that is installed")
    language_filter: list[str] = Field(
        default=[], description="Keep only documents in these languages (ISO 639-1); empty keeps all"
    )
    min_characters: int = Field(
        default=1, ge=1, description="Leave out documents with fewer characters than this"
    )

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not _NAME.match(name):
            raise ValueError("a source name is 1 to 80 letters, digits, spaces, '.', '_' or '-'")
        return name

    @property
    def options(self) -> dict[str, Any]:
        """The connector's own settings, as written."""
        return dict(self.__pydantic_extra__ or {})


class EncoderSettings(_Section):
    """``[encoder]``: what turns texts into vectors."""

    model: str = Field(
        default="sentence-transformers/all-MiniLM-L6-v2",
        description="A sentence-transformers model by hub name, or the path of a folder",
    )
    batch_size: int = Field(default=32, ge=1, le=4096, description="Texts encoded at a time")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Of the encoder's products: 'auto' is bfloat16 where the processor is quick at it;"
        " vectors of one precision are not mixed with those of the other",
    )


class QuerySettings(_Section):
    """``[query]``: which documents people are asked about."""

    strategy: str = Field(
        default="cluster_margin", description="How the uncertain lane chooses; see labelloop simulate"
    )
    batch_size: int = Field(default=50, ge=1, le=100_000, description="Documents asked in one turn")
    audit_share: Share = Field(
        default=0.1,
        description="Share drawn at random, asked blind, never trained on: the honest yardstick",
    )
    random_share: Share = Field(default=0.05, description="Share drawn at random: the control arm")
    explore_share: Share = Field(
        default=0.1,
        description="Share taken from regions where no label is yet, half of it for labels met least",
    )
    adapt_exploring: bool = Field(
        default=True,
        description="Whether the explore share moves between its half and its double with how often its"
        " answers surprised the model in the last ten turns, beside those it was unsure of",
    )
    relabel_share: Share = Field(
        default=0.1, description="Largest share spent on asking again where answers disagree"
    )
    when_not_paying: Literal["say", "fall_back"] = Field(
        default="say",
        description="Where the strategy saves no labels against random choice: say so, or ask at random",
    )
    blind_share: Share = Field(
        default=0.1, description="Share asked with the suggestion hidden, to measure its sway"
    )
    verdicts_wanted: int = Field(
        default=1, ge=1, le=20, description="How many people answer each document"
    )
    seed: int = Field(default=0, ge=0, description="Seed of every random choice")

    @model_validator(mode="after")
    def _shares_fit(self) -> QuerySettings:
        total = self.audit_share + self.random_share + self.explore_share + self.relabel_share
        if total > 1:
            raise ValueError(
                "audit_share, random_share, explore_share and relabel_share add up to"
                f" {total:g}, more than 1"
            )
        return self


class TrainingSettings(_Section):
    """``[training]``: when and how the model is trained."""

    after_verdicts: int = Field(
        default=50, ge=1, description="Train when this many new answers came in, as well as on schedule"
    )
    fine_tune: Literal["auto", "never", "always"] = Field(
        default="auto",
        description="Whether the encoder is tuned as well as the head: 'auto' from fine_tune_from labels"
        " on, again when they have grown by half, if the time allows",
    )
    fine_tune_from: int = Field(
        default=200, ge=10, description="Labels to train on from which 'auto' tunes the encoder"
    )
    head: str = Field(
        default="",
        pattern=r"^$|^[\w.]+:\w+$",
        description="A scikit-learn classifier in the head's place: 'package.module:factory'; empty for"
        " the built-in one",
    )
    fine_tune_minutes: float = Field(
        default=30.0, gt=0, le=10_080, description="The most minutes that one fine-tuning may take"
    )
    promotion: Literal["gate", "ask"] = Field(
        default="gate",
        description="Who makes a model the champion: the gate alone, or a person once the gate agrees",
    )
    label_floors: Literal["veto", "warn"] = Field(
        default="veto",
        description="What a new model meets that finds a label less often than the champion, beyond"
        " chance, on at least 10 audit answers with it: it is kept out, or the loss is only told",
    )
    recall_floors: dict[str, Share] = Field(
        default={},
        description="label = share: a new model that finds less of the label beyond chance, and less"
        " than the champion, is kept out, from 10 audit answers of the label on",
    )
    class_weight: Literal["none", "balanced"] = Field(
        default="none", description="'balanced' weighs rare labels up"
    )
    pool_help: Literal["auto", "never"] = Field(
        default="auto",
        description="Whether unlabelled documents help to train the head: 'auto' as long as the audit"
        " answers do not show that it does worse with them",
    )


class BudgetSettings(_Section):
    """``[budget]``: what people's time may cost."""

    max_labels: int | None = Field(
        default=None, ge=1, description="Ask for no more answers than this; empty for no limit"
    )
    seconds_per_label_cost: float = Field(
        default=0.0, ge=0, description="Price of one second of an annotator's time"
    )


class AnnotatorSettings(_Section):
    """``[annotators]``: what several people's answers on one document come to."""

    consensus: Literal["auto", "majority", "dawid_skene"] = Field(
        default="auto",
        description="'auto' weighs people by their reliability (Dawid-Skene) once 50 documents have"
        " answers of two people or more and three people have 20 such answers each; the majority"
        " decides before",
    )


class StoppingSettings(_Section):
    """``[stopping]``: when enough was asked; ``labelloop status`` says so, nothing stops by itself."""

    kappa: Share = Field(
        default=0.99,
        description="Mean agreement (kappa) of successive models from which predictions are stable",
    )
    smallest_gain: Share = Field(
        default=0.005, description="Rise of the accuracy that the next labels must be able to bring"
    )
    next_labels: int = Field(default=100, ge=1, description="How many labels to look ahead")


class Settings(_Section):
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
            raise ValueError(f"{len(labels)} label is not enough to choose from: name at least two")
        seen: dict[str, str] = {}
        for label in labels:
            if not label.strip() or label != label.strip():
                raise ValueError(f"the label {label!r} is empty or has spaces around it")
            if not label.isprintable():
                raise ValueError(f"the label {label!r} has characters that cannot be shown")
            if label.casefold() in seen:
                raise ValueError(
                    f"the labels {seen[label.casefold()]!r} and {label!r} differ only in case"
                )
            seen[label.casefold()] = label
        return labels

    @model_validator(mode="after")
    def _labels_can_stand_in_sets(self) -> Settings:
        """Files write sets as a|b, and the empty set as []."""
        for label in self.labels if self.multi_label else ():
            if SEPARATOR in label or label.startswith("["):
                raise ValueError(
                    f"the label {label!r} has {SEPARATOR!r} in it or begins with '[', which files"
                    " need to write several labels"
                )
            if label.casefold() == NONE_READABLE:
                raise ValueError(f"the label {label!r} is an answer of its own where multi_label = true")
        if self.multi_label and self.training.fine_tune == "always":
            raise ValueError(
                "training.fine_tune = 'always' cannot be had with multi_label = true: with several"
                " labels the head alone is trained; write 'never' or 'auto'"
            )
        if self.multi_label and self.training.head:
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


class Project:
    """A project's folder and its settings.

    Attributes:
        folder: Absolute path of the folder that holds ``labelloop.toml``.
        settings: The validated project file.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings

    def __repr__(self) -> str:
        return f"Project({self.settings.name!r} in {str(self.folder)!r})"

    @property
    def store_url(self) -> str:
        """The store's address; ``LABELLOOP_STORE`` wins over the project file."""
        return os.environ.get("LABELLOOP_STORE") or self.settings.store

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels in key order."""
        return tuple(self.settings.labels)

    @property
    def artefacts(self) -> Path:
        """Folder of trained models."""
        return self.folder / "models"

    def source(self, name: str) -> SourceSettings | None:
        """The source of that name, or None."""
        return next((s for s in self.settings.sources if s.name == name), None)


TaskRunnerName = Literal["threads", "dask", "ray"]


def task_runner_name() -> TaskRunnerName:
    """Where the flows run their tasks, as ``LABELLOOP_TASK_RUNNER`` says.

    Raises:
        WrongUse: It says something else.
    """
    said = os.environ.get("LABELLOOP_TASK_RUNNER") or "threads"
    for name in get_args(TaskRunnerName):
        if said == name:
            return cast(TaskRunnerName, name)
    raise WrongUse(
        f"LABELLOOP_TASK_RUNNER={said!r} is no task runner", remedy="Write threads, dask or ray"
    )


def load_project(folder: str | Path) -> Project:
    """Read and validate the project file of a folder.

    Raises:
        ProjectFileError: The file is missing, is not TOML, or says something impossible;
            the message names the file, the field and the value.
    """
    root = Path(folder).expanduser()
    path = root if root.name == PROJECT_FILE else root / PROJECT_FILE
    try:
        written = tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise ProjectFileError(
            f"{path} does not exist",
            remedy="Make a project with 'labelloop init DIR', or name its folder with --project",
        ) from None
    except NotADirectoryError:
        raise ProjectFileError(
            f"{root} is a file, not a project folder",
            remedy="Name the folder that holds labelloop.toml with --project",
        ) from None
    except OSError as error:
        raise ProjectFileError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProjectFileError(f"{path} is not UTF-8 text", remedy="Save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ProjectFileError(
            f"{path} is not TOML: {error}",
            remedy="A label or key that stands there twice is named so, too",
        ) from None
    return Project(path.parent.resolve(), parse_settings(written, str(path)))


def parse_settings(written: Mapping[str, Any], where: str) -> Settings:
    """Validate what a project file says.

    Raises:
        ProjectFileError: Naming ``where``, the field, its value and what it should be.
    """
    try:
        return Settings.model_validate(written)
    except ValidationError as error:
        raise ProjectFileError(f"{where}: {describe(error)}") from None


def describe(error: ValidationError) -> str:
    """One line for the first fault of a pydantic error: field, what is wrong, value."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or "the file"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if fault["type"] == "extra_forbidden":
        hint = meant(Settings, fault["loc"]) if error.title == Settings.__name__ else ""
        return f"{field} is not a setting{more}{': ' if hint else ''}{hint}"
    if fault["type"] == "missing":
        return f"{field} is missing{more}"
    if fault["type"] == "value_error":
        return f"{field}: {fault['ctx']['error']}{more}"
    return f"{field}: {fault['msg'].lower()}, not {fault['input']!r}{more}"
