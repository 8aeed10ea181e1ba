"""Turns 'everything the source offers now' into batches of what is new or changed.

For sources that are listed whole each time (a feed, a loader, an export): the cursor keeps
one short digest per document. Sources with a better change key of their own do without.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from connectors.base import BATCH_SIZE
from labelloop.errors import SourceError
from labelloop.records import Batch, FetchedDocument, Rejected

CURSOR_VERSION = 1


def digest(document: FetchedDocument) -> str:
    """16 hexadecimal digits that change when anything about the document does."""
    fields = json.dumps(asdict(document), sort_keys=True, default=str)
    return blake2b(fields.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def known_digests(cursor: Mapping[str, Any] | None) -> dict[str, str]:
    """What an earlier run has seen; nothing when the cursor is another connector's or too old."""
    seen = (cursor or {}).get("seen")
    if (cursor or {}).get("version") != CURSOR_VERSION or not isinstance(seen, dict):
        return {}
    return {str(name): str(value) for name, value in seen.items()}


def new_or_changed(
    offered: Iterable[FetchedDocument | Rejected],
    cursor: Mapping[str, Any] | None,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Batch]:
    """Batches of the documents that ``cursor`` does not know as they are.

    ``offered`` is consumed lazily and always from its beginning. A second document with an
    id of the same run is rejected. What the source no longer offers leaves the cursor with
    the last batch, so that it does not grow for ever.

    Args:
        offered: All that the source offers now, rejects among it.
        cursor: Of an earlier run of this function; anything else counts as None.
        batch_size: Documents and rejects gathered at most before they are yielded.

    Raises:
        SourceError: As ``offered`` raises it, after a batch of what came before.
    """
    before = known_digests(cursor)
    gathering = _Gathering(before)
    try:
        for item in offered:
            gathering.add(item)
            if gathering.size >= batch_size:
                yield gathering.batch({**before, **gathering.met})
    except SourceError:
        if gathering.size:  # what came before the fault is good
            yield gathering.batch({**before, **gathering.met})
        raise
    yield gathering.batch(gathering.met)


class _Gathering:
    """The batch that is being filled, and the digests of all documents met in this run."""

    def __init__(self, before: Mapping[str, str]) -> None:
        self.before = before
        self.met: dict[str, str] = {}
        self._empty()

    def _empty(self) -> None:
        self.documents: list[FetchedDocument] = []
        self.rejected: list[Rejected] = []
        self.unchanged = 0

    @property
    def size(self) -> int:
        return len(self.documents) + len(self.rejected)

    def add(self, item: FetchedDocument | Rejected) -> None:
        if isinstance(item, Rejected):
            self.rejected.append(item)
        elif item.external_id in self.met:
            self.rejected.append(Rejected(item.external_id, "id stands there twice", item.text[:500]))
        else:
            self.met[item.external_id] = digest(item)
            if self.before.get(item.external_id) == self.met[item.external_id]:
                self.unchanged += 1
            else:
                self.documents.append(item)

    def batch(self, seen: Mapping[str, str]) -> Batch:
        batch = Batch(
            documents=tuple(self.documents),
            cursor={"version": CURSOR_VERSION, "seen": dict(seen)},
            rejected=tuple(self.rejected),
            unchanged=self.unchanged,
        )
        self._empty()
        return batch
