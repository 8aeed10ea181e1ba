"""Logging in and out; attempts are limited."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from labelloop.loop.clock import now
from labelloop.review import passwords, sessions
from labelloop.review.access import COOKIE, refuse_forged, site_of, who
from labelloop.review.site import Site
from labelloop.review.templating import page
from labelloop.store import accounts
from labelloop.store.accounts import Account

routes = APIRouter(include_in_schema=False)

_TRIED = "labelloop-tried"
"""A cookie that says nothing: it comes with the form, and where it does not come back, none is kept."""

_WITHIN = timedelta(minutes=15)
_MOST_OF_NAME = 10
_MOST_OF_ADDRESS = 30  # a team behind one address mistypes too


@routes.get("/login")
def log_in_page(request: Request) -> Response:
    """The form; who needs none goes on to the page asked for."""
    site, target = site_of(request), ours(request.query_params.get("next"))
    if who(request):
        return RedirectResponse(target, 303)
    if not site.accounts():  # "/" begins a session by itself
        return RedirectResponse(f"/?{urlencode({'next': target})}" if target != "/" else "/", 303)
    return _form(request)


@routes.post("/login")
async def log_in(request: Request) -> Response:
    """Check name and password; a cookie and the page asked for, or the form again."""
    given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    refuse_forged(request, given.get("token"))
    name, password = given.get("name", "").strip(), given.get("password", "")
    if not request.cookies.keys() & {_TRIED, COOKIE}:
        told = "This page needs cookies: allow them for this address, then log in again."
        return _form(request, name=name, told=told, status=400)
    address = request.client.host if request.client else "unknown"
    site = site_of(request)
    account = await run_in_threadpool(_checked, site, name, password, address)
    if account is None:
        told = "That name and password do not go together."
        return _form(request, name=name, told=told, status=401)
    site.forget_accounts()
    answer = RedirectResponse(ours(given.get("next")), 303)
    set_cookie(request, answer, account.name, account.credential)
    return answer


@routes.post("/logout")
async def log_out(request: Request) -> Response:
    """Forget the cookie."""
    given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    refuse_forged(request, given.get("token"))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(COOKIE)
    return answer


def set_cookie(request: Request, answer: Response, name: str, credential: str | None) -> None:
    """Begin a session: signed, out of reach of scripts and of other sites."""
    site = site_of(request)
    session = sessions.begin(name, credential, at=time.time())
    answer.set_cookie(
        COOKIE,
        sessions.write(session, site.key),
        max_age=int(sessions.LASTS),
        httponly=True,
        samesite="strict" if credential else "lax",
        secure=request.url.scheme == "https",
    )


def _checked(site: Site, name: str, password: str, address: str) -> Account | None:
    """The account, None for a wrong name or password.

    Raises:
        HTTPException: 429 after too many failures.
    """
    at = now()
    with site.workspace.store.transaction("log in") as tx:
        of_name, of_address = accounts.failures(tx, name, address, since=at - _WITHIN)
        account = accounts.get(tx, name)
    if of_name >= _MOST_OF_NAME or of_address >= _MOST_OF_ADDRESS:
        raise HTTPException(429, "Too many failed log-ins; wait a quarter of an hour")
    right = passwords.matches(password, account.credential if account else None)
    with site.workspace.store.transaction("log in") as tx:
        if right:
            accounts.forget_failures(tx, name, address)
        else:
            accounts.note_failure(tx, name, address, now=at)
    return account if right else None


def _form(request: Request, *, name: str = "", told: str = "", status: int = 200) -> Response:
    site = site_of(request)
    session = sessions.read(request.cookies.get(COOKIE), site.key, at=time.time())
    values = {
        "token": sessions.form_token(session, site.key),
        "next": ours(request.query_params.get("next")),
        "name": name,
        "told": told,
    }
    answer = page(request, "login.html", None, values, status=status)
    answer.set_cookie(
        _TRIED, "1", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return answer


def ours(target: str | None) -> str:
    """A path on this host, "/" for anything else; '//' and '/\\' would lead to another."""
    return target if target and target.startswith("/") and target[1:2] not in {"/", "\\"} else "/"
