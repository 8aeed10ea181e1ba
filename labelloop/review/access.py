"""Who asks, and whether they may: sessions, tokens, roles, forged requests.

Enforced here for pages and API alike; what a page hides is only courtesy.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request

from labelloop.review import passwords, sessions
from labelloop.review.site import LOCAL_NAME, Site
from labelloop.store import api_tokens
from labelloop.store.accounts import ROLES, Role

COOKIE = "labelloop"
FORM_TOKEN = "x-labelloop-token"  # noqa: S105  (a header's name)
_READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        form_token: What pages of theirs send with every change; empty for programs.
        local: Nobody has an account; one person works on a machine of their own.
    """

    name: str
    role: Role
    form_token: str = ""
    local: bool = False

    def may(self, role: Role) -> bool:
        """Whether their role is this one or more."""
        return ROLES.index(self.role) >= ROLES.index(role)


def site_of(request: Request) -> Site:
    """The site that a request came to."""
    site: Site = request.app.state.site
    return site


def who(request: Request) -> Person | None:
    """Who asks, None where nobody known does. Looks at the token first, then at the cookie."""
    site = site_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(site, token.strip())
    session = sessions.read(request.cookies.get(COOKIE), site.key, at=time.time())
    if session is None:
        return None
    account = site.accounts().get(session.name)
    if account and sessions.proof_of(account.credential) == session.proof:
        return Person(account.name, account.role, sessions.form_token(session, site.key))
    if site.open_locally and session.name == LOCAL_NAME and not site.accounts():
        return Person(LOCAL_NAME, "admin", sessions.form_token(session, site.key), local=True)
    return None


def _by_token(site: Site, token: str) -> Person | None:
    with site.workspace.store.transaction("whose token") as tx:
        account = api_tokens.owner(tx, passwords.hash_token(token))
    return Person(account.name, account.role) if account else None


def needs(role: Role) -> Callable[[Request], Person]:
    """A dependency: the person, or 401 without one, 403 for one of lesser role or a forged change."""

    def person(request: Request) -> Person:
        found = who(request)
        if found and found.form_token and request.method not in _READING:
            refuse_forged(request, request.headers.get(FORM_TOKEN))
        return allowed(found, role)

    return person


def allowed(found: Person | None, role: Role) -> Person:
    """The person, or 401 without one, 403 for one of lesser role."""
    if found is None:
        raise HTTPException(401, "Log in first")
    if not found.may(role):
        raise HTTPException(403, f"This is for the role {role!r}; yours is {found.role!r}")
    return found


def refuse_forged(request: Request, token: str | None) -> None:
    """Refuse a change that does not come from a page of ours."""
    site = site_of(request)
    session = sessions.read(request.cookies.get(COOKIE), site.key, at=time.time())
    if not _same_origin(request) or not sessions.is_form_token(token, session, site.key):
        raise HTTPException(403, "This did not come from the checking page; load it again")


def _same_origin(request: Request) -> bool:
    """What the browser itself says about where a request comes from."""
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    here = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return fetched in ("same-origin", "none") and here


Annotator = Annotated[Person, Depends(needs("annotator"))]
Adjudicator = Annotated[Person, Depends(needs("adjudicator"))]
Admin = Annotated[Person, Depends(needs("admin"))]
TheSite = Annotated[Site, Depends(site_of)]
