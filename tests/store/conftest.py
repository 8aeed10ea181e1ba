"""A small store with documents in it, on a real DuckDB file.

With ``LABELLOOP_TEST_POSTGRESQL=postgresql://user@host/postgres`` the same tests run on that
server instead, each in a database of its own that is dropped afterwards.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from labelloop.records import Batch, BatchCounts, FetchedDocument, Item, Pick, Verdict
from labelloop.store import answering, documents, label_schema, leases, queue
from labelloop.store.database import Store
from labelloop.store.transaction import Transaction

from ..conftest import SERVER, database

NOW = datetime(2026, 3, 1, 12, 0, 0)
LABELS = {"sun": "Sunshine", "wind": "Moving air", "rain": ""}


@dataclass
class Small:
    """A store and short ways to fill it."""

    store: Store

    def tx(self, what: str = "test") -> AbstractContextManager[Transaction]:
        return self.store.transaction(what)

    def save(
        self,
        texts: Mapping[str, str] | Sequence[FetchedDocument],
        *,
        source: str = "notes",
        audit_share: float = 0.0,
        now: datetime = NOW,
        **batch: object,
    ) -> BatchCounts:
        """Save documents given as external id and text, or as they are."""
        if isinstance(texts, Mapping):
            texts = [FetchedDocument(name, text) for name, text in texts.items()]
        with self.tx() as tx:
            return documents.save_batch(
                tx,
                source=source,
                connector="files",
                batch=Batch(tuple(texts), **{"cursor": {}, **batch}),
                audit_share=audit_share,
                seed=1,
                known_labels=LABELS,
                now=now,
            )

    def ids(self) -> dict[str, int]:
        """Document ids by external id."""
        with self.tx() as tx:
            return dict(tx.rows("SELECT external_id, document_id FROM documents"))

    def queue(
        self,
        *external_ids: str,
        lane: str = "uncertain",
        turn: int = 1,
        score: float | None = 1.0,
        **options: object,
    ) -> int:
        """Queue documents in this order."""
        ids = self.ids()
        with self.tx() as tx:
            picks = [Pick(ids[name], lane, 0.5, score) for name in external_ids]
            return queue.add(tx, turn=turn, picks=picks, now=NOW, **options)

    def claim(self, who: str, now: datetime = NOW) -> Item | None:
        with self.tx() as tx:
            return leases.claim(tx, who, now=now)

    def answer(
        self,
        item: Item,
        who: str,
        *labels: str,
        action: str | None = None,
        verdict_id: str | None = None,
        now: datetime = NOW,
    ) -> bool:
        """Answer an item as this person."""
        action = action or answering.action_of(labels, item.suggestion, item.suggestion_shown)
        verdict = Verdict(
            verdict_id=verdict_id or f"{who}-{item.item_id}-{action}-{'-'.join(labels)}-{now:%H%M%S}",
            item_id=item.item_id,
            document_id=item.document_id,
            content_hash=item.content_hash,
            annotator=who,
            action=action,
            labels=labels,
            suggestion_shown=item.suggestion_shown,
            given_at=now,
            seconds=2.5,
        )
        with self.tx() as tx:
            return answering.answer(tx, verdict)

    def undo(self, who: str, verdict_id: str, now: datetime = NOW) -> Item | None:
        with self.tx() as tx:
            return answering.undo(tx, who, verdict_id=verdict_id, now=now)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the labels in it; copying it is quicker than migrating."""
    folder = tmp_path_factory.mktemp("template")
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(database("labelloop_template")) if SERVER else "duckdb:///store.duckdb"
        store = Store(url, folder)
        with store.transaction("test") as tx:
            label_schema.ensure(tx, LABELS, now=NOW)
        store.checkpoint()
        yield store


@pytest.fixture
def empty(tmp_path: Path, template: Store) -> Iterator[Small]:
    """A new store with the labels in it."""
    if SERVER:
        with database("labelloop_test", "labelloop_template") as url:
            yield Small(Store(url, tmp_path))
    else:
        shutil.copy(template.path, tmp_path)
        yield Small(Store(template.url, tmp_path))


@pytest.fixture
def small(empty: Small) -> Small:
    """Four different documents a to d, none on the audit side."""
    empty.save({name: f"This is the text of {name}." for name in "abcd"})
    return empty


@pytest.fixture
def item_of(small: Small) -> Iterator[Callable[[str], Item]]:
    """Queue one document and claim it, by external id, for ``ada``."""

    def queued(name: str) -> Item:
        small.queue(name)
        item = small.claim("ada")
        assert item is not None
        return item

    yield queued
