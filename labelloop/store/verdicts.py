"""Which answers count."""

from __future__ import annotations

from labelloop.records import Answer
from labelloop.store.transaction import Transaction


def answers(tx: Transaction) -> list[Answer]:
    """The answers that count: per person and document the newest, not undone, on the present text.

    Skips leave a person's earlier answer standing; a flag takes it away.
    By ascending document, then annotator.
    """
    raise NotImplementedError


def stale(tx: Transaction) -> list[Answer]:
    """Answers that would count, had their document's text not changed since."""
    raise NotImplementedError


def count(tx: Transaction) -> int:
    """How many verdicts stand (skips and flags too; undone ones and undos not)."""
    raise NotImplementedError
