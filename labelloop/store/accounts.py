"""Accounts of the checking page: roles, credentials, failed log-ins. No hashing here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from labelloop.errors import UnknownName, WrongUse
from labelloop.store import annotators
from labelloop.store.transaction import Row, Transaction

Role = Literal["annotator", "adjudicator", "admin"]
"""What a person may do, each more than the one before."""

ROLES: tuple[Role, ...] = get_args(Role)

_FORGET_AFTER = timedelta(hours=1)
_ACCOUNT = "SELECT name, role, credential_hash, last_seen FROM annotators"


@dataclass(frozen=True, slots=True)
class Account:
    """One person who answers.

    Attributes:
        credential: Hash of the password; None for those who cannot log in.
    """

    name: str
    role: Role
    credential: str | None
    last_seen: datetime


def save(tx: Transaction, name: str, role: Role, credential: str, *, now: datetime) -> None:
    """Make an account, or give one that is there another role and password.

    Raises:
        BadInput: The name cannot be one.
        WrongUse: The name is ``import``, or this would leave nobody as admin.
    """
    if name == annotators.IMPORT:
        raise WrongUse(f"{name!r} is the name of labels that came with files")
    _keep_an_admin(tx, name, becomes=role)
    annotators.ensure(tx, name, now=now)
    tx.execute(
        "UPDATE annotators SET role = $role, credential_hash = $credential WHERE name = $name",
        {"name": name, "role": role, "credential": credential},
    )


def close(tx: Transaction, name: str) -> None:
    """Take log-in and tokens away; the person's answers stay.

    Raises:
        UnknownName: There is no such account.
        WrongUse: It is the last admin while others can log in.
    """
    account = get(tx, name)
    if account is None or account.credential is None:
        raise UnknownName(
            f"there is no account {name!r}", remedy="See who there is: labelloop annotators list"
        )
    _keep_an_admin(tx, name, becomes=None)
    tx.execute("UPDATE annotators SET credential_hash = NULL WHERE name = $name", {"name": name})
    tx.execute("DELETE FROM api_tokens WHERE annotator = $name", {"name": name})


def get(tx: Transaction, name: str) -> Account | None:
    """One person, None where nobody has the name."""
    row = tx.row(f"{_ACCOUNT} WHERE name = $name", {"name": name})
    return _account(row) if row else None


def listed(tx: Transaction) -> list[Account]:
    """Everybody who ever answered or can log in, by name; ``import`` is nobody."""
    found = tx.rows(f"{_ACCOUNT} WHERE name <> $import ORDER BY name", {"import": annotators.IMPORT})
    return [_account(row) for row in found]


def some(tx: Transaction) -> bool:
    """Whether anybody can log in: then everybody must."""
    return tx.row("SELECT 1 FROM annotators WHERE credential_hash IS NOT NULL LIMIT 1") is not None


def note_failure(tx: Transaction, name: str, address: str, *, now: datetime) -> None:
    """Remember a failed log-in for an hour."""
    tx.execute("DELETE FROM login_attempts WHERE at_time < $old", {"old": now - _FORGET_AFTER})
    tx.execute(
        "INSERT INTO login_attempts (name, address, at_time) VALUES ($name, $address, $now)",
        {"name": name[:80], "address": address, "now": now},
    )


def failures(tx: Transaction, name: str, address: str, *, since: datetime) -> tuple[int, int]:
    """Failed log-ins since then: for this name from anywhere, and from this address for any name."""
    of_name, of_address = tx.rows(
        "SELECT coalesce(sum(CASE WHEN name = $name THEN 1 ELSE 0 END), 0),"
        " coalesce(sum(CASE WHEN address = $address THEN 1 ELSE 0 END), 0)"
        " FROM login_attempts WHERE at_time >= $since",
        {"name": name[:80], "address": address, "since": since},
    )[0]
    return int(of_name), int(of_address)


def forget_failures(tx: Transaction, name: str, address: str) -> None:
    """After a good log-in: this person's failures from this address count no more."""
    tx.execute(
        "DELETE FROM login_attempts WHERE name = $name AND address = $address",
        {"name": name[:80], "address": address},
    )


def secret(tx: Transaction, fresh: str) -> str:
    """The key that signs cookies: made once (``fresh`` then), kept with the store."""
    tx.execute(
        "INSERT INTO store_info (key, value) VALUES ('cookie_key', $fresh) ON CONFLICT DO NOTHING",
        {"fresh": fresh},
    )
    return str(tx.value("SELECT value FROM store_info WHERE key = 'cookie_key'"))


def _keep_an_admin(tx: Transaction, name: str, *, becomes: Role | None) -> None:
    """The last admin stays one while others can log in; the first account must be one."""
    able = [a for a in listed(tx) if a.credential is not None and a.name != name]
    if becomes == "admin" or any(account.role == "admin" for account in able):
        return
    if becomes is None and not able:
        return
    raise WrongUse(
        f"without {name!r} as admin there would be no admin", remedy="Make an admin first: --role admin"
    )


def _account(row: Row) -> Account:
    name, role, credential, last_seen = row
    known: Role = role if role in ROLES else "annotator"
    return Account(name, known, credential, last_seen)
