"""What a transaction can do, whichever database stands behind it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from labelloop.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

Row = tuple[Any, ...]
Parameters = Mapping[str, Any]


class Transaction(ABC):
    """One transaction: all of it is stored, or nothing.

    SQL is what DuckDB and PostgreSQL both know, with ``$name`` parameters.
    """

    @abstractmethod
    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run a statement and forget its result."""

    @abstractmethod
    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """All rows of a query (or of a RETURNING clause)."""

    @abstractmethod
    def arrow(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """The result of a query as an Arrow table: the bulk way out."""

    @abstractmethod
    def batches(self, sql: str, parameters: Parameters | None = None) -> Iterator[pa.RecordBatch]:
        """The result of a query, some thousand rows at a time, without holding all of it."""

    @abstractmethod
    @contextmanager
    def staged(self, name: str, table: pa.Table) -> Iterator[None]:
        """An Arrow table as a relation of that name, for joins, inside the ``with`` block."""
        raise NotImplementedError

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""

    @abstractmethod
    def serialise(self, subject: str) -> None:
        """Keep others from writing ``subject`` in bulk until this transaction ends."""

    def share(self, subject: str) -> None:  # noqa: B027  (a file's one lock already does it)
        """Keep who would ``serialise`` this subject waiting, beside others that share it."""

    def row(self, sql: str, parameters: Parameters | None = None) -> Row | None:
        """The first row of a query, None where there is none."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The only value of a query that has exactly one.

        Raises:
            StoreError: The query gave no row.
        """
        found = self.row(sql, parameters)
        if found is None:
            raise StoreError(f"the store has no answer to: {sql}")
        return found[0]

    def insert(
        self, table: str, data: pa.Table, on_conflict: Literal["error", "ignore"] = "error"
    ) -> int:
        """Insert an Arrow table by column names; the number of rows that went in."""
        columns = ", ".join(data.column_names)
        ignore = " ON CONFLICT DO NOTHING" if on_conflict == "ignore" else ""
        with self.staged("inserted_rows", data):
            # The names are the store's own, never a user's.
            statement = f"INSERT INTO {table} ({columns}) SELECT {columns} FROM inserted_rows{ignore}"  # noqa: S608
            return self.changed(statement)

    def next_ids(self, sequence: str, count: int) -> list[int]:
        """``count`` fresh numbers, ascending."""
        found = self.rows(
            "SELECT nextval($sequence) FROM generate_series(1, $count)",
            {"sequence": sequence, "count": count},
        )
        return sorted(number for (number,) in found)

    @abstractmethod
    def changed(self, sql: str, parameters: Parameters | None = None) -> int:
        """Run an INSERT, UPDATE or DELETE; the number of rows it touched."""


class Session(ABC):
    """An open database, held for a moment."""

    @abstractmethod
    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One transaction: stored at the end of the block, rolled back on any exception."""
        raise NotImplementedError

    @abstractmethod
    def checkpoint(self) -> None:
        """Tidy up after many transactions, where the database wants that."""
