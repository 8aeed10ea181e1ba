"""The store as the rest of the house sees it: a place that gives short transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labelloop.store.transaction import Transaction


class Store:
    """A project's store.

    Attributes:
        url: ``duckdb:///FILE`` (relative to the project's folder).
        folder: The project's folder.
        path: The database file, None on a server.
        patience: Seconds to wait for an outside program to let go of the file.
    """

    def __init__(self, url: str, folder: Path, *, patience: float = 20.0) -> None:
        raise NotImplementedError

    @contextmanager
    def transaction(self, what: str = "work") -> Iterator[Transaction]:
        """Everything done inside is stored at the end, or, on any exception, nothing.

        Keep it short and never nest it: all others wait meanwhile.

        Args:
            what: A word for people who look who holds the store.

        Raises:
            StoreLocked: Another program holds the file open.
            StoreTooNew: It was written by a newer labelloop.
            StoreUnwritable: Disk full, read-only, no such folder.
        """
        raise NotImplementedError

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file; for the end of a flow."""
        raise NotImplementedError
