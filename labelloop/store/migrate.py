"""Numbered migrations: each is applied once, in its own transaction, on first use."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from labelloop.errors import StoreTooNew
from labelloop.store.transaction import Session, Transaction


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; ``version`` is the number its file name begins with."""

    version: int
    name: str
    sql: str


@cache
def shipped() -> tuple[Migration, ...]:
    """The migrations of this labelloop, in order."""
    folder = files("labelloop.store") / "migrations"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return tuple(
        Migration(int(script.name[:4]), script.name[5:-4], script.read_text(encoding="utf-8"))
        for script in scripts
    )


def bring_up(session: Session, migrations: Sequence[Migration]) -> None:
    """Apply what is missing.

    Raises:
        StoreTooNew: The store has a migration this labelloop does not know.
    """
    with session.transaction() as tx:
        tx.serialise("migrations")
        _prepare(tx)
        version = current(tx)
    for migration in migrations:
        if migration.version > version:
            with session.transaction() as tx:
                _apply(tx, migration)


def is_current(tx: Transaction, migrations: Sequence[Migration], where: str = "the store") -> bool:
    """Whether nothing is to be done.

    Raises:
        StoreTooNew: The store has a migration this labelloop does not know.
    """
    version = current(tx)
    newest = migrations[-1].version
    if version > newest:
        raise StoreTooNew(
            f"{where} was written by a newer labelloop: it is of version {version},"
            f" this one knows versions up to {newest}",
            remedy="Upgrade labelloop",
        )
    return version == newest


def current(tx: Transaction) -> int:
    """The store's version, 0 where it is empty."""
    if not tx.has_table("schema_migrations"):
        return 0
    return int(tx.value("SELECT coalesce(max(version), 0) FROM schema_migrations"))


def store_id(tx: Transaction) -> str:
    """A random name given to the store when it was made; tells its caches from others'."""
    return str(tx.value("SELECT value FROM store_info WHERE key = 'store_id'"))


def _prepare(tx: Transaction) -> None:
    tx.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMP NOT NULL)"
    )


def _apply(tx: Transaction, migration: Migration) -> None:
    tx.serialise("migrations")
    if current(tx) >= migration.version:  # somebody else was faster
        return
    tx.execute(migration.sql)
    if migration.version == 1:
        tx.execute("INSERT INTO store_info VALUES ('store_id', $id)", {"id": uuid.uuid4().hex})
    tx.execute(
        "INSERT INTO schema_migrations VALUES ($version, $name, $now)",
        {
            "version": migration.version,
            "name": migration.name,
            "now": datetime.now(UTC).replace(tzinfo=None),
        },
    )
