"""The batch that is being filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from connectors.files.rows import Outcome
from labelloop.records import Batch, FetchedDocument, Rejected

MOST_CHARACTERS = 8_000_000
"""A batch of long texts is handed on before it is full: 500 texts may have 500 MB."""


class Gathering:
    """Documents, rejects and counts until there are enough for a batch."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._empty()

    def _empty(self) -> None:
        self.documents: list[FetchedDocument] = []
        self.rejected: list[Rejected] = []
        self.unchanged = 0
        self.skipped: Counter[str] = Counter()
        self._size = 0
        self._characters = 0

    @property
    def full(self) -> bool:
        """Whether it is time to hand the batch on."""
        return self._size >= self._batch_size or self._characters >= MOST_CHARACTERS

    def add(self, outcome: Outcome) -> None:
        """Take in what became of a row."""
        if outcome is None:
            self.skipped["blank line"] += 1
            return
        self._size += 1
        if isinstance(outcome, FetchedDocument):
            self.documents.append(outcome)
            self._characters += len(outcome.text)
        else:
            self.rejected.append(outcome)

    def batch(self, cursor: Mapping[str, Any]) -> Batch:
        """Everything so far, with its cursor; the gathering is empty afterwards."""
        batch = Batch(
            documents=tuple(self.documents),
            cursor=cursor,
            rejected=tuple(self.rejected),
            unchanged=self.unchanged,
            skipped=dict(self.skipped),
        )
        self._empty()
        return batch
