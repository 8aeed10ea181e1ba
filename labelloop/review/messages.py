"""What the API takes and gives, as OpenAPI describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from labelloop.label_sets import read
from labelloop.loop.checking import MOST_AHEAD, Given, Handed, Received
from labelloop.records import Item
from labelloop.review.spoken import Spoken
from labelloop.review.telling import LONG, telling_part

MOST_AT_ONCE = 2000
"""Answers in one batch."""

VerdictId = Annotated[str, Field(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$")]
Number = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""Of an item, a document, a proposal: what a store can look for at all, there or not."""
Holding = Annotated[list[Number], Field(max_length=100)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NextWanted(_Message):
    """A wish for questions; they are leased for five minutes."""

    count: int = Field(default=1, ge=0, le=MOST_AHEAD, description="Further questions wanted")
    holding: Holding = Field(default=[], description="Items in hand: renewed, and not given again")


class VerdictGiven(_Message):
    """One answer. The same ``verdict_id`` sent twice counts once."""

    verdict_id: VerdictId = Field(description="Made by the client, new for every answer")
    item_id: Number
    content_hash: str = Field(max_length=128, description="Of the text that was seen")
    action: Literal["label", "skip", "flag"] = "label"
    labels: list[str] = Field(
        default=[],
        max_length=500,
        description="With 'label': one; any number with multi_label, none of them says 'none of these'",
    )
    seconds: float | None = Field(default=None, ge=0, le=86_400, description="Active time spent")
    note: str | None = Field(default=None, max_length=2000, description="With a flag: what is wrong")
    schema_version: int | None = Field(
        default=None, ge=1, description="Of the labels that were seen: renamed ones are followed"
    )

    def as_given(self) -> Given:
        """As the loop takes it."""
        return Given(
            self.verdict_id,
            self.item_id,
            self.content_hash,
            self.action,
            tuple(self.labels),
            self.seconds,
            self.note,
            self.schema_version,
        )


class VerdictsGiven(NextWanted):
    """Answers, oldest first, and how many questions to hand out with the receipt."""

    verdicts: list[VerdictGiven] = Field(max_length=MOST_AT_ONCE)
    count: int = Field(default=0, ge=0, le=MOST_AHEAD)


class UndoWanted(_Message):
    """Take back the newest answer; again for the one before. The same ``undo_id`` undoes once."""

    undo_id: VerdictId


class ItemsNamed(_Message):
    """Items by their numbers."""

    items: Holding


class Question(BaseModel):
    """One question. Blind ones carry no suggestion, whoever asks."""

    item_id: int
    document_id: int
    content_hash: str
    text: str
    title: str | None
    url: str | None
    source: str
    external_id: str
    suggestion: str | None = Field(description="Where documents may have several labels: a|b, or []")
    suggested: list[str] | None = Field(
        description="The same as a list; null where nothing is suggested"
    )
    confidence: float | None
    explained: bool = Field(description="Whether 'why' has an answer: never for blind and audit items")
    starts_at: float | None = Field(description="Seconds into the video, of captions")
    section: list[str] = Field(description="Headings above the text, of articles")
    fold: tuple[int, int] | None = Field(
        description="Of a long text: begin and end of the part to show first, in UTF-16 units"
    )
    opens_at: float | None = Field(
        default=None, description="Seconds into the video at which the part to show first is said"
    )
    moments: list[tuple[int, float]] = Field(
        default=[],
        description="Of a long text: where (UTF-16 units) which second is said, about every minute",
    )


class HandedOver(BaseModel):
    """Receipt and further questions."""

    items: list[Question]
    lost: list[int] = Field(description="Of the items in hand, those that are not yours any more")
    received: list[Received]
    waiting: int = Field(description="Questions that wait for anybody")
    today: int = Field(description="Your answers of today")
    schema_version: int = Field(description="Of the present labels; where yours is another, ask /api/me")


class TakenBack(BaseModel):
    """The question that comes again, or none."""

    item: Question | None


class Reported(BaseModel):
    """A training: where it stands."""

    state: Literal["none", "running", "done", "failed"]
    by: str
    began_at: datetime | None
    ended_at: datetime | None
    lines: list[str]
    result: list[str]


def question(
    item: Item, *, explained: bool, several: bool = False, words: Mapping[str, float] | None = None
) -> Question:
    """An item as it goes out.

    Args:
        item: The item.
        explained: Whether 'why' has an answer.
        several: Documents may have several labels.
        words: What a long text is opened around, as ``telling_words`` weighs them.
    """
    fold = _fold(item.text, words or {})
    spoken = Spoken.of(item.text, item.metadata) if fold else None
    return Question(
        item_id=item.item_id,
        document_id=item.document_id,
        content_hash=item.content_hash,
        text=item.text,
        title=item.title,
        url=item.url if _is_web(item.url) else None,
        source=item.source,
        external_id=item.external_id,
        suggestion=item.suggestion,
        suggested=_suggested(item.suggestion, several),
        confidence=item.confidence,
        explained=explained,
        starts_at=_number(item.metadata.get("start_seconds")),
        section=_texts(item.metadata.get("heading_path")),
        fold=fold and (_units(item.text[: fold[0]]), _units(item.text[: fold[1]])),
        opens_at=spoken.second_of(fold[0]) if spoken and fold else None,
        moments=[(_units(item.text[:place]), at) for place, at in spoken.minutes()] if spoken else [],
    )


def _fold(text: str, words: Mapping[str, float]) -> tuple[int, int] | None:
    if len(text) <= LONG:
        return None
    return telling_part(text, words)


def _units(text: str) -> int:
    """The length as the browser counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _suggested(suggestion: str | None, several: bool) -> list[str] | None:
    if suggestion is None:
        return None
    return list(read(suggestion)) if several else [suggestion]


def handed_over(
    found: Handed, *, several: bool = False, words: Mapping[str, float] | None = None
) -> HandedOver:
    """What the desk hands over, as it goes out."""
    return HandedOver(
        items=[
            question(item, explained=item.item_id not in found.hidden, several=several, words=words)
            for item in found.items
        ],
        lost=list(found.lost),
        received=list(found.received),
        waiting=found.waiting,
        today=found.today,
        schema_version=found.schema_version,
    )


def _is_web(url: str | None) -> bool:
    """Documents name their own addresses: one that runs script is not made a link."""
    return (url or "").lower().startswith(("http://", "https://"))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
