"""Tokens with which programs act as a person. Only their hashes are kept: a token is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labelloop.errors import UnknownName
from labelloop.store import accounts
from labelloop.store.accounts import Account
from labelloop.store.transaction import Transaction

_SHORT = 10  # characters of the hash that name a token


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret; ``short`` is the beginning of its hash."""

    short: str
    name: str
    note: str
    created_at: datetime


def add(tx: Transaction, token_hash: str, name: str, note: str, *, now: datetime) -> None:
    """Let a program act as this person.

    Raises:
        UnknownName: The person has no account.
    """
    account = accounts.get(tx, name)
    if account is None or account.credential is None:
        raise UnknownName(
            f"there is no account {name!r}", remedy=f"Make it: labelloop annotators add {name}"
        )
    tx.execute(
        "INSERT INTO api_tokens (token_hash, annotator, note, created_at)"
        " VALUES ($hash, $name, $note, $now)",
        {"hash": token_hash, "name": name, "note": note, "now": now},
    )


def listed(tx: Transaction) -> list[ApiToken]:
    """All tokens, oldest first."""
    rows = tx.rows(
        "SELECT substr(token_hash, 1, $short), annotator, note, created_at FROM api_tokens"
        " ORDER BY created_at, token_hash",
        {"short": _SHORT},
    )
    return [ApiToken(*row) for row in rows]


def revoke(tx: Transaction, short: str) -> ApiToken:
    """Take one token away; which it was.

    Raises:
        UnknownName: None has this short name.
    """
    found = next((one for one in listed(tx) if one.short == short), None)
    if found is None:
        raise UnknownName(
            f"there is no token {short!r}", remedy="They are listed by: labelloop annotators tokens"
        )
    tx.execute(
        "DELETE FROM api_tokens WHERE substr(token_hash, 1, $length) = $short",
        {"length": _SHORT, "short": short},
    )
    return found


def owner(tx: Transaction, token_hash: str) -> Account | None:
    """Whose token it is, None where it is nobody's or they have no account any more."""
    row = tx.row("SELECT annotator FROM api_tokens WHERE token_hash = $hash", {"hash": token_hash})
    account = accounts.get(tx, row[0]) if row else None
    return account if account and account.credential is not None else None
