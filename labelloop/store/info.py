"""Single values of the whole store, by key."""

from __future__ import annotations

from labelloop.store.transaction import Transaction


def get(tx: Transaction, key: str) -> str | None:
    """The value; None where there is none yet."""
    row = tx.row("SELECT value FROM store_info WHERE key = $key", {"key": key})
    return str(row[0]) if row else None


def put(tx: Transaction, key: str, value: str) -> None:
    """Keep it in the place of the last."""
    tx.execute("DELETE FROM store_info WHERE key = $key", {"key": key})
    tx.execute("INSERT INTO store_info (key, value) VALUES ($key, $value)", {"key": key, "value": value})
