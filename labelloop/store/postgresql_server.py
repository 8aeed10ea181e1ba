"""The store on a PostgreSQL server: the same SQL, many writers at once."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from labelloop.errors import LabelloopError, MissingExtra, StoreError, StoreUnwritable
from labelloop.store.transaction import Parameters, Row, Session, Transaction

if TYPE_CHECKING:
    import pyarrow as pa

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_ROWS_PER_BATCH = 20_000


class PostgreSQLTransaction(Transaction):
    """A transaction on an open connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        self._run(sql, parameters)

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        found: list[Row] = self._run(sql, parameters).fetchall()
        return found

    def changed(self, sql: str, parameters: Parameters | None = None) -> int:
        return int(self._run(sql, parameters).rowcount)

    def arrow(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        import pyarrow as pa

        cursor = self._run(sql, parameters)
        schema = _schema(cursor)
        return pa.Table.from_batches([_batch(cursor.fetchall(), schema)], schema)

    def batches(self, sql: str, parameters: Parameters | None = None) -> Iterator[pa.RecordBatch]:
        with self._connection.cursor("batches") as cursor:  # a named cursor stays on the server
            cursor.execute(_percent(sql), _storable(parameters or {}))
            while found := cursor.fetchmany(_ROWS_PER_BATCH):
                yield _batch(found, _schema(cursor))

    @contextmanager
    def staged(self, name: str, table: pa.Table) -> Iterator[None]:
        columns = ", ".join(f"{field.name} {_type_name(field.type)}" for field in table.schema)
        self.execute(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for batch in table.to_batches(max_chunksize=_ROWS_PER_BATCH):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    copy.write_row(_without_nul(row))
        yield
        # Not after an exception: the transaction is over then, and the table with it.
        self.execute(f"DROP TABLE {name}")

    def has_table(self, name: str) -> bool:
        return bool(self.value("SELECT to_regclass($name) IS NOT NULL", {"name": name}))

    def serialise(self, subject: str) -> None:
        self.execute("SELECT pg_advisory_xact_lock($key)", {"key": zlib.crc32(subject.encode())})

    def share(self, subject: str) -> None:
        self.execute("SELECT pg_advisory_xact_lock_shared($key)", {"key": zlib.crc32(subject.encode())})

    def _run(self, sql: str, parameters: Parameters | None) -> Any:
        # Without parameters several statements may stand in one script, and '%' is left alone.
        if not parameters:
            return self._connection.execute(sql)
        return self._connection.execute(_percent(sql), _storable(parameters))


class PostgreSQLSession(Session):
    """An open connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._connection.transaction():
            yield PostgreSQLTransaction(self._connection)

    def checkpoint(self) -> None:
        """Nothing to do: the server looks after itself."""


class PostgreSQLServer:
    """Where sessions come from."""

    def __init__(self, url: str, patience: float) -> None:
        self.url = url
        self.patience = patience

    @contextmanager
    def session(self, what: str) -> Iterator[Session]:
        """A connection; ``what`` is its application name, for people who look."""
        try:
            import psycopg
        except ImportError:
            raise MissingExtra(
                "a store on PostgreSQL needs psycopg", remedy="pip install 'psycopg[binary]'"
            ) from None
        try:
            connection = psycopg.connect(
                self.url,
                autocommit=True,  # transactions begin and end where the session says
                connect_timeout=max(2, int(self.patience)),
                application_name=f"labelloop {what}"[:60],
            )
        except psycopg.Error as error:
            raise StoreError(
                f"the PostgreSQL server of the store cannot be reached: {_one_line(error)}",
                remedy="Start it, or correct 'store' in the project file",
            ) from None
        with connection:
            try:
                yield PostgreSQLSession(connection)
            except LabelloopError:
                raise
            except (psycopg.errors.DiskFull, psycopg.errors.ReadOnlySqlTransaction) as error:
                raise StoreUnwritable(f"the store's server cannot write: {_one_line(error)}") from error
            except psycopg.OperationalError as error:
                raise StoreError(f"the PostgreSQL server broke off: {_one_line(error)}") from error


def _storable(parameters: Parameters) -> dict[str, Any]:
    return dict(zip(parameters, _without_nul(parameters.values()), strict=True))


def _without_nul(values: Iterable[Any]) -> list[Any]:
    """Values with a symbol in the place of each NUL: no text of PostgreSQL can hold one."""
    return [
        value.replace("\0", "\N{SYMBOL FOR NULL}")
        if isinstance(value, str)
        else _without_nul(value)
        if isinstance(value, list)
        else value
        for value in values
    ]


def _percent(sql: str) -> str:
    """``$name`` as psycopg writes it: ``%(name)s``."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _type_name(kind: pa.DataType) -> str:
    import pyarrow as pa

    known = pa.types
    if known.is_integer(kind):
        return "BIGINT"
    if known.is_floating(kind):
        return "FLOAT8"
    if known.is_boolean(kind):
        return "BOOLEAN"
    if known.is_timestamp(kind):
        return "TIMESTAMP"
    if known.is_binary(kind) or known.is_large_binary(kind):
        return "BYTEA"
    return "TEXT"


def _schema(cursor: Any) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        "int8": pa.int64(),
        "int4": pa.int64(),
        "float8": pa.float64(),
        "bool": pa.bool_(),
        "timestamp": pa.timestamp("us"),
        "bytea": pa.large_binary(),
    }
    types = cursor.connection.adapters.types
    named = [(column.name, types[column.type_code].name) for column in cursor.description]
    return pa.schema([(name, kinds.get(kind, pa.string())) for name, kind in named])


def _batch(rows: list[Row], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
