"""The store in one DuckDB file: lock, attach, one transaction, detach."""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from labelloop.errors import LabelloopError, StoreError, StoreLocked
from labelloop.store.duckdb_instance import attached
from labelloop.store.file_lock import held, unwritable
from labelloop.store.transaction import Parameters, Row, Session, Transaction

if TYPE_CHECKING:
    import pyarrow as pa

_HOLDER = re.compile(r"held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")
_DISK = re.compile(
    r"No space left on device|Read-only file system|Permission denied|No such file or directory"
    r"|Disk quota exceeded|Is a directory|Not a directory|not enough (?:disk )?space|disk is full"
    r"|read-only mode|File too large",
    re.IGNORECASE,
)
# The last is what a fork is told that goes on with its parent's transaction.
_FAULTS = (
    duckdb.IOException,
    duckdb.FatalException,
    duckdb.TransactionException,
    duckdb.ConnectionException,
)
_ROWS_PER_BATCH = 20_000


class DuckDBTransaction(Transaction):
    """A transaction on an open connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        self._run(sql, parameters)

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        found: list[Row] = self._run(sql, parameters).fetchall()
        return found

    def changed(self, sql: str, parameters: Parameters | None = None) -> int:
        return int(self._run(sql, parameters).fetchone()[0])

    def arrow(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        return self._relation(sql, parameters).to_arrow_table()

    def batches(self, sql: str, parameters: Parameters | None = None) -> Iterator[pa.RecordBatch]:
        yield from self._relation(sql, parameters).to_arrow_reader(_ROWS_PER_BATCH)

    @contextmanager
    def staged(self, name: str, table: pa.Table) -> Iterator[None]:
        self._connection.register(name, table)
        try:
            yield
        finally:
            self._connection.unregister(name)

    def has_table(self, name: str) -> bool:
        # Asking the catalogue costs ten times as much, and this is asked in every transaction.
        try:
            self._run(f'SELECT 1 FROM "{name}" LIMIT 0', None)  # noqa: S608  (a name of ours)
        except duckdb.CatalogException:
            return False
        return True

    def serialise(self, subject: str) -> None:
        """Nothing to do: the file lock already does it."""

    def _run(self, sql: str, parameters: Parameters | None) -> Any:
        return self._connection.execute(sql, dict(parameters) if parameters else None)

    def _relation(self, sql: str, parameters: Parameters | None) -> Any:
        return self._connection.sql(sql, params=dict(parameters) if parameters else None)


class DuckDBSession(Session):
    """An open file, for as long as the lock is held."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self._connection.execute("BEGIN")
        try:
            yield DuckDBTransaction(self._connection)
        except BaseException:
            # After a full disk the connection refuses even this; closing it does the same.
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def checkpoint(self) -> None:
        self._connection.execute("CHECKPOINT")


class DuckDBFile:
    """Where sessions come from."""

    def __init__(self, path: Path, patience: float) -> None:
        self.path = path
        self.patience = patience

    @contextmanager
    def session(self, what: str) -> Iterator[Session]:
        """The file, open and locked against all others."""
        with held(Path(f"{self.path}.lock"), what), self._translated(), self._open() as connection:
            yield DuckDBSession(connection)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        """A connection; retries while an outside program holds the file."""
        deadline = time.monotonic() + self.patience
        pause = 0.02
        with ExitStack() as stack:
            while True:
                try:
                    connection = stack.enter_context(attached(self.path))
                    break
                except (duckdb.IOException, duckdb.OperationalError) as error:
                    if not _is_lock(error):
                        raise
                    if time.monotonic() + pause > deadline:
                        raise _locked(self.path, error, self.patience) from None
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 2, 0.5)
            yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Faults of the file in words of ours; faults of the SQL stay what they are."""
        try:
            yield
        except LabelloopError:
            raise
        except duckdb.InterruptException as error:  # Ctrl-C, pressed while duckdb was at work
            raise KeyboardInterrupt from error
        except _FAULTS as error:
            raise _in_words(self.path, error) from error
        except RuntimeError as error:
            if "interrupted" in str(error).lower():  # how duckdb says that Ctrl-C was pressed
                raise KeyboardInterrupt from error
            raise


def _is_lock(error: Exception) -> bool:
    text = str(error)
    return "Could not set lock" in text or "Unique file handle conflict" in text


def _locked(path: Path, error: Exception, patience: float) -> StoreLocked:
    holder = _HOLDER.search(str(error))
    who = f"process {holder['pid']} ({holder['program']})" if holder else "another program"
    return StoreLocked(
        f"{path} is held open by {who}; waited {patience:g} seconds",
        remedy="Close the store there (a notebook, a database shell), then try again",
    )


def _in_words(path: Path, error: Exception) -> StoreError:
    text = " ".join(str(error).split())
    disk = _DISK.search(text)
    if disk:
        return unwritable(path.parent, disk[0].lower())
    if "not a valid DuckDB database file" in text or "sqlite_scanner" in text:  # a file of SQLite
        return StoreError(
            f"{path} is not a store: it is no DuckDB file, or what is left of a broken one",
            remedy="Name another file under 'store' in labelloop.toml, put a copy of yours back, or move"
            " this one away: the next turn begins an empty store",
        )
    return StoreError(f"{path}: {text[:300]}")
