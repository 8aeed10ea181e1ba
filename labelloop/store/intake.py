"""A connector's batch made ready for the store. Pure: no SQL, no clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labelloop.records import FetchedDocument, Rejected
from labelloop.store.text_identity import content_hash, normalised, storable

EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document as it will be stored."""

    external_id: str
    text: str
    content_hash: str
    title: str | None
    url: str | None
    language: str | None
    published_at: datetime | None
    source_revision: str | None
    metadata: str
    label: str | None


Prepared = tuple[list[Incoming], list[Rejected]]
"""Documents to store, and what cannot be stored."""


def prepare(documents: Sequence[FetchedDocument], languages: Sequence[str | None] | None) -> Prepared:
    """Documents to store, one per external id, and what cannot be stored.

    Where an id comes twice the later one wins, as it would in two batches; the earlier
    text is set aside if it differs.
    """
    ready: dict[str, Incoming] = {}
    rejected: list[Rejected] = []
    for place, document in enumerate(documents):
        one = _incoming(document, languages[place] if languages else None)
        if not normalised(one.text):
            rejected.append(Rejected(one.external_id, "no text"))
            continue
        earlier = ready.pop(one.external_id, None)
        if earlier and earlier.content_hash != one.content_hash:
            rejected.append(
                Rejected(one.external_id, "the same id twice in one batch", earlier.text[:EXCERPT])
            )
        ready[one.external_id] = one
    return list(ready.values()), rejected


def _incoming(document: FetchedDocument, detected: str | None) -> Incoming:
    return Incoming(
        external_id=storable(document.external_id),
        text=storable(document.text),
        content_hash=content_hash(document.text),
        title=_maybe(document.title),
        url=_maybe(document.url),
        language=_maybe(document.language) or detected,
        published_at=naive_utc(document.published_at),
        source_revision=_maybe(document.revision),
        metadata=as_json(document.metadata),
        label=_maybe(document.label),
    )


def as_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Canonical JSON; what JSON does not know is written as text."""
    return json.dumps(value, sort_keys=True, default=str)


def naive_utc(time: datetime | None) -> datetime | None:
    """The time in UTC without its zone; a time without a zone is taken as UTC."""
    if time is None or time.tzinfo is None:
        return time
    return time.astimezone(UTC).replace(tzinfo=None)


def _maybe(text: str | None) -> str | None:
    return None if text is None else storable(text)
