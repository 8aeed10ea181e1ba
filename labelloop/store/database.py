"""The store as the rest of the house sees it: a place that gives short transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labelloop.errors import WrongUse
from labelloop.store import migrate
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.store.duckdb_file import DuckDBFile
    from labelloop.store.postgresql_server import PostgreSQLServer

_DUCKDB = "duckdb:///"
_inside = threading.local()


class Store:
    """A project's store; safe to share between threads.

    Attributes:
        url: ``duckdb:///FILE`` (relative to the project's folder) or ``postgresql://…``.
        folder: The project's folder.
        on_server: Whether it is on a PostgreSQL server.
        path: The database file; means nothing on a server.
        patience: Seconds to wait for an outside program to let go of the file, or for the server.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        patience: float = 20.0,
        migrations: Sequence[migrate.Migration] | None = None,
    ) -> None:
        self.on_server = url.startswith("postgresql://")
        if not self.on_server and (not url.startswith(_DUCKDB) or url == _DUCKDB):
            raise WrongUse(f"{url!r} is not a store", remedy="Write duckdb:///FILE or postgresql://…")
        self.url = url
        self.folder = folder
        self.path = folder / url.removeprefix(_DUCKDB)
        self.patience = patience
        self._migrations = migrate.shipped() if migrations is None else tuple(migrations)

    def __repr__(self) -> str:
        return "Store(on PostgreSQL)" if self.on_server else f"Store({str(self.path)!r})"

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
        with _not_nested(), self._backend().session(what) as session:
            with session.transaction() as tx:
                current = migrate.is_current(tx, self._migrations, str(self.path or "the store"))
                if current:
                    yield tx
            if not current:
                migrate.bring_up(session, self._migrations)
                with session.transaction() as tx:
                    yield tx

    def stay_small(self) -> None:
        """For a process that lives for weeks: give back the memory that transactions leave."""
        if not self.on_server:
            from labelloop.store.duckdb_instance import stay_small

            stay_small()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file; for the end of a flow."""
        with _not_nested(), self._backend().session("checkpoint") as session:
            session.checkpoint()

    def _backend(self) -> DuckDBFile | PostgreSQLServer:
        if self.on_server:
            from labelloop.store.postgresql_server import PostgreSQLServer

            return PostgreSQLServer(self.url, self.patience)
        from labelloop.store.duckdb_file import DuckDBFile

        return DuckDBFile(self.path, self.patience)


@contextmanager
def _not_nested() -> Iterator[None]:
    """A transaction inside a transaction of the same thread would wait for itself for ever."""
    if getattr(_inside, "busy", False):
        raise RuntimeError("a store transaction inside another one in the same thread")
    _inside.busy = True
    try:
        yield
    finally:
        _inside.busy = False
