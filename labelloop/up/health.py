"""Whether a server answers, and of which version it is."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from importlib.metadata import version

from labelloop.errors import LabelloopError, WrongUse

_SECONDS = 5.0
_PATIENCE = 30.0
"""Seconds for the one look that decides whether we go on: a server on a busy machine takes its time."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, too: the page sends people without a cookie round and round."""

    def redirect_request(self, *_words: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def answers(url: str) -> bool:
    """Whether anything but a server fault comes back."""
    try:
        return _get(url)[0] < 500
    except OSError:
        return False


def check_server(api: str, auth: str | None) -> None:
    """See that a Prefect server is there, lets us in, and speaks our version.

    Raises:
        LabelloopError: It does not answer.
        WrongUse: It wants a password, or is of another version.
    """
    ours = version("prefect")
    try:
        status, body = _get(f"{api.rstrip('/')}/admin/version", auth, _PATIENCE)
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise LabelloopError(
            f"the Prefect server {api} does not answer: {reason}",
            remedy="Start it, or unset PREFECT_API_URL to have one started here",
        ) from None
    if status in {401, 403}:
        raise WrongUse(
            f"the Prefect server {api} wants a password", remedy="Set PREFECT_API_AUTH_STRING"
        )
    theirs = _version(body)
    if status != 200 or theirs is None:
        raise WrongUse(
            f"{api} is no Prefect server: it answered {status}", remedy="Does it end in /api?"
        )
    if theirs.split(".")[:2] != ours.split(".")[:2]:
        raise WrongUse(
            f"the Prefect server {api} is of version {theirs}, this is {ours}",
            remedy="Install the same on both sides",
        )


def _version(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def ask(url: str, auth: str | None = None) -> tuple[int, bytes]:
    """Status and body; a server that does not answer gives 0 and nothing."""
    try:
        return _get(url, auth)
    except OSError:
        return 0, b""


def _get(url: str, auth: str | None = None, seconds: float = _SECONDS) -> tuple[int, bytes]:
    request = urllib.request.Request(url)  # noqa: S310  (addresses of our own servers)
    if auth:
        request.add_header("Authorization", "Basic " + base64.b64encode(auth.encode()).decode())
    try:
        with _OPENER.open(request, timeout=seconds) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
