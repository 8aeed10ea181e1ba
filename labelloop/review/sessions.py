"""Who is at the page: signed cookies, and tokens against forged requests. Pure functions."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

LASTS = 12 * 3600.0
"""Seconds after which one logs in anew: a working day."""


@dataclass(frozen=True, slots=True)
class Session:
    """What the cookie says.

    Attributes:
        number: Random; the token against forged requests depends on it.
        name: Who it is.
        proof: Changes with the password, so that a new password ends old sessions.
        since: When it began, seconds of Unix time.
    """

    number: str
    name: str
    proof: str
    since: float


def begin(name: str, credential: str | None, *, at: float) -> Session:
    """A new session."""
    return Session(secrets.token_urlsafe(16), name, proof_of(credential), at)


def proof_of(credential: str | None) -> str:
    """A few characters that depend on the kept password."""
    return hashlib.sha256((credential or "").encode()).hexdigest()[:16]


def write(session: Session, key: str) -> str:
    """The cookie's value."""
    said = json.dumps([session.number, session.name, session.proof, session.since])
    body = urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"{body}.{_sign('cookie', body, key)}"


def read(cookie: str | None, key: str, *, at: float) -> Session | None:
    """The session of a cookie; None where it is missing, forged, broken or too old."""
    body, _, signature = (cookie or "").partition(".")
    if not body or not hmac.compare_digest(signature.encode(), _sign("cookie", body, key).encode()):
        return None
    session = Session(*json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    return session if 0 <= at - session.since <= LASTS else None


def form_token(session: Session | None, key: str) -> str:
    """What a page of ours sends back with every change, and no other page can know."""
    return _sign("form", session.number if session else "nobody", key)


def is_form_token(token: str | None, session: Session | None, key: str) -> bool:
    """Whether a change comes from a page of ours."""
    return hmac.compare_digest((token or "").encode(), form_token(session, key).encode())


def _sign(purpose: str, text: str, key: str) -> str:
    return hmac.new(key.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
