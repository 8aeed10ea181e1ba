"""The people (and ``import``) who answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from labelloop.errors import BadInput
from labelloop.store.transaction import Transaction

IMPORT = "import"
"""Annotator of labels that came with a file."""

ABSENT_AFTER = timedelta(days=7)
"""Who was not seen for so long is not waited for."""

_NOTE_EVERY = timedelta(hours=1)  # one write an hour, not one per claim


def ensure(tx: Transaction, name: str, *, now: datetime, role: str = "annotator") -> None:
    """Make the annotator known, and note that they were here.

    Raises:
        BadInput: The name is empty or longer than 80 characters.
    """
    if not name.strip() or len(name) > 80 or not name.isprintable():
        raise BadInput(
            f"{name[:80]!r} is no name for an annotator", remedy="Give 1 to 80 printable characters"
        )
    seen = tx.row("SELECT last_seen FROM annotators WHERE name = $name", {"name": name})
    if seen is None:
        tx.execute(
            "INSERT INTO annotators (name, role, last_seen) VALUES ($name, $role, $now)"
            " ON CONFLICT DO NOTHING",
            {"name": name, "role": role, "now": now},
        )
    elif seen[0] < now - _NOTE_EVERY:
        tx.execute(
            "UPDATE annotators SET last_seen = $now WHERE name = $name", {"name": name, "now": now}
        )


def names(tx: Transaction) -> list[str]:
    """All annotators, by name."""
    return [name for (name,) in tx.rows("SELECT name FROM annotators ORDER BY name")]
