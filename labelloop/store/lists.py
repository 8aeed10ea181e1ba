"""Some thousand rows, given as one list a column: into a query without Arrow.

Arrow, and pandas that it loads, are 75 MB more in the checking page. Rows without end go by ``columns``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from labelloop.store.transaction import Transaction

Kinds = Mapping[str, Literal["BIGINT", "FLOAT8", "TEXT", "BOOLEAN", "TIMESTAMP"]]
"""Names and types of columns; the names are the store's own, never a user's."""


def as_rows(kinds: Kinds) -> str:
    """SQL of the rows: a SELECT with a parameter for each column, a list named as the column."""
    return "SELECT " + ", ".join(
        f"unnest(CAST(${name} AS {kind}[])) AS {name}" for name, kind in kinds.items()
    )


def insert(tx: Transaction, table: str, kinds: Kinds, columns: Mapping[str, Sequence[Any]]) -> int:
    """Insert rows by column names; how many. Numbers are Python's own, not numpy's."""
    names = ", ".join(kinds)
    statement = f"INSERT INTO {table} ({names}) {as_rows(kinds)}"
    return tx.changed(statement, {name: list(columns[name]) for name in kinds})
