"""Passwords and tokens as they are kept: hashed, never themselves.

scrypt of the standard library (RFC 7914): memory-hard, no further dependency. The cost is
what OWASP's password storage cheat sheet names as equal to its first choice:
N = 2^15, r = 8, p = 3: 32 MiB and about a quarter of a second.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode

from labelloop.errors import BadInput

_N, _R, _P = 2**15, 8, 3
_MEMORY = 128 * _R * (_N + _P + 8) * 2
SHORTEST = 8
LONGEST = 1024  # longer ones only cost the server time


def hash_password(password: str) -> str:
    """A password as ``scrypt$N$r$p$salt$hash``.

    Raises:
        BadInput: It is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            f"the password is too {'short' if len(password) < SHORTEST else 'long'}",
            remedy=f"Take {SHORTEST} to {LONGEST} characters",
        )
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_derive(password, salt))))


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept; takes as long where there is none, to tell nobody."""
    if len(password) > LONGEST:
        return False
    if kept is None:
        _derive(password, b"nobody has this name")
        return False
    _, n, r, p, salt, wanted = kept.split("$")
    found = _derive(password, b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, b64decode(wanted))


def new_token() -> str:
    """A token for a program: 256 random bits, shown once."""
    return f"ll_{secrets.token_urlsafe(32)}"


def hash_token(token: str) -> str:
    """A token as it is kept. Its bits are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _derive(password: str, salt: bytes, n: int = _N, r: int = _R, p: int = _P) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
