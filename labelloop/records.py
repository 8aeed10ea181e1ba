"""Frozen data that crosses rooms. No behaviour, no I/O, standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Lane = Literal["uncertain", "explore", "random", "audit", "relabel", "manual"]
"""Why a document was asked. ``audit`` answers are never trained on."""

LANES: tuple[Lane, ...] = ("uncertain", "explore", "random", "audit", "relabel", "manual")

Action = Literal["accept", "correct", "label", "skip", "flag", "undo"]
"""One person's answer: ``accept`` a suggestion, ``correct`` it, ``label`` where none was shown."""

ItemState = Literal["open", "leased", "done", "withdrawn"]
ModelStatus = Literal["candidate", "champion", "retired"]


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """One document as a connector found it.

    Attributes:
        external_id: What the source calls it; unique within the source and stable over time.
        text: The text as fetched, never empty.
        title: Its title, where it has one.
        url: Where a person can read it.
        language: ISO 639-1 code where the source knows it; otherwise it is detected.
        published_at: When it was published, UTC without a zone.
        revision: The source's own name of this version of the text, where it has one.
        metadata: Anything worth keeping (licence, rank, query); JSON values only.
        label: A label that came with it; counts as validated, by the annotator ``import``.
    """

    external_id: str
    text: str
    title: str | None = None
    url: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    revision: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something a source offered that cannot be a document: set aside, counted, named.

    Attributes:
        place: Where it is, for a person: ``reviews.csv line 17``.
        reason: What is wrong with it, a few words, the same words for the same fault.
        excerpt: The beginning of what was there, at most 500 characters.
    """

    place: str
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a connector yields: some documents and where to go on after them.

    Attributes:
        documents: New or changed documents, a few hundred at most.
        cursor: JSON object; given back on the next run. Saved in the same
            transaction as the documents.
        rejected: What was set aside on the way.
        unchanged: How many documents were seen and found as they were.
        skipped: How many were left out on purpose, by reason.
    """

    documents: tuple[FetchedDocument, ...]
    cursor: Mapping[str, Any]
    rejected: tuple[Rejected, ...] = ()
    unchanged: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What became of one batch in the store (numbers of documents)."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    labelled: int = 0
    exact_duplicates: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """One document chosen for the checking queue.

    Attributes:
        document_id: The store's number of the document.
        lane: Why it is asked.
        propensity: Probability (0, 1] with which this turn's draw chose it, given the pool.
        score: The strategy's score (higher is asked earlier), None for random lanes.
        show_suggestion: False asks blind.
    """

    document_id: int
    lane: Lane
    propensity: float
    score: float | None = None
    show_suggestion: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the checking queue, with all a person needs to answer it.

    Attributes:
        suggestion: The model's label, None where there is none or the item is blind.
        confidence: Its calibrated probability (0 to 1), None with the suggestion.
        answered: How many verdicts count for it so far, of ``verdicts_wanted``.
    """

    item_id: int
    document_id: int
    content_hash: str
    turn: int
    lane: Lane
    rank: int
    propensity: float
    source: str
    external_id: str
    text: str
    title: str | None
    url: str | None
    suggestion: str | None
    confidence: float | None
    suggestion_shown: bool
    model_id: str | None
    state: ItemState
    verdicts_wanted: int = 1
    answered: int = 0
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One person's answer, as given. Stored once, never changed.

    Attributes:
        verdict_id: Made by the client; the same id sent twice is stored once.
        item_id: The queue item answered; None for labels that came with a file.
        content_hash: Of exactly the text the person saw.
        labels: Empty for skip, flag and undo.
        seconds: Time spent on the question, None where unknown.
        undoes: For ``undo``: the verdict taken back.
        given_at: UTC without a zone.
    """

    verdict_id: str
    item_id: int | None
    document_id: int
    content_hash: str
    annotator: str
    action: Action
    labels: tuple[str, ...]
    suggestion_shown: bool
    given_at: datetime
    seconds: float | None = None
    note: str | None = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict that counts: the newest of its annotator on the document's present text.

    Attributes:
        lane: Lane of the item it answered, None for labels that came with a file.
        settles: An adjudicator's last word on a dispute: it counts whatever the others say.
    """

    document_id: int
    annotator: str
    labels: tuple[str, ...]
    lane: Lane | None
    suggestion_shown: bool
    given_at: datetime
    settles: bool = False


@dataclass(frozen=True, slots=True)
class ConsensusLabel:
    """What the answers on one document come to.

    Attributes:
        group: Number of the document its near-duplicates point to (itself where alone).
        audit: True if any answer came through the audit lane, or the document is
            reserved for it: never trained on.
        agreement: Share of the answers that give this label, or its posterior probability
            where people are weighed by their reliability (0 to 1); its weight in training.
        answers: How many answers count.
    """

    document_id: int
    content_hash: str
    labels: tuple[str, ...]
    group: int
    audit: bool
    agreement: float
    answers: int


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """A frozen, numbered, hashed list of consensus labels."""

    version: int
    sha256: str
    labels: int
    audit_labels: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One trained model as the store knows it.

    Attributes:
        model_id: ``m0001`` and so on.
        parent: The champion it was compared with.
        kind: ``head`` (classifier on fixed embeddings) or ``fine-tuned``.
        metrics: What was measured, with intervals; JSON.
        decision: The gate's verdict in one line, with its reason.
        artefact: Path relative to the project folder.
        sha256: Of the artefact file.
        recipe: Everything needed to train it again; JSON.
    """

    model_id: str
    parent: str | None
    kind: str
    encoder_id: str
    dataset_version: int
    status: ModelStatus
    metrics: Mapping[str, Any]
    decision: str
    artefact: str
    sha256: str
    recipe: Mapping[str, Any]
    created_at: datetime
    promoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where a source stands.

    Attributes:
        outcome: ``ok``, ``partial`` or ``failed``; None before the first run.
        counts: Of the last run: new, changed, unchanged, rejected, skipped by reason.
    """

    name: str
    connector: str
    documents: int
    outcome: Literal["ok", "partial", "failed"] | None
    cursor: Mapping[str, Any] | None
    last_success: datetime | None
    last_error: str | None
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval, from ``n`` answers. ``value`` is None where ``n`` is 0."""

    value: float | None
    low: float | None
    high: float | None
    n: int
