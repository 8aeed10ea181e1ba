"""The sections of the project file: every setting described, with its default and its bounds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}$")


class Section(BaseModel):
    """A table of the file: unknown settings are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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


class EncoderSettings(Section):
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


class QuerySettings(Section):
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


class TrainingSettings(Section):
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


class BudgetSettings(Section):
    """``[budget]``: what people's time may cost."""

    max_labels: int | None = Field(
        default=None, ge=1, description="Ask for no more answers than this; empty for no limit"
    )
    seconds_per_label_cost: float = Field(
        default=0.0, ge=0, description="Price of one second of an annotator's time"
    )


class AnnotatorSettings(Section):
    """``[annotators]``: what several people's answers on one document come to."""

    consensus: Literal["auto", "majority", "dawid_skene"] = Field(
        default="auto",
        description="'auto' weighs people by their reliability (Dawid-Skene) once 50 documents have"
        " answers of two people or more and three people have 20 such answers each; the majority"
        " decides before",
    )


class StoppingSettings(Section):
    """``[stopping]``: when enough was asked; ``labelloop status`` says so, nothing stops by itself."""

    kappa: Share = Field(
        default=0.99,
        description="Mean agreement (kappa) of successive models from which predictions are stable",
    )
    smallest_gain: Share = Field(
        default=0.005, description="Rise of the accuracy that the next labels must be able to bring"
    )
    next_labels: int = Field(default=100, ge=1, description="How many labels to look ahead")
