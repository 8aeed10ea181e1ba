"""The people (and ``import``) who answer."""

from __future__ import annotations

from datetime import datetime

from labelloop.store.transaction import Transaction

IMPORT = "import"
"""Annotator of labels that came with a file."""


def ensure(tx: Transaction, name: str, *, now: datetime, role: str = "annotator") -> None:
    """Make the annotator known, and note that they were here.

    Raises:
        BadInput: The name is empty or longer than 80 characters.
    """
    raise NotImplementedError


def names(tx: Transaction) -> list[str]:
    """All annotators, by name."""
    raise NotImplementedError
