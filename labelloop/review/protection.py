"""What guards every request and answer: size, host, headers. Plain ASGI, no copies of bodies."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 4_000_000
"""Bytes: some thousands of answers in one batch."""

HEADERS = {
    # Nothing inline, nothing from elsewhere: what a document brings along stays text.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: browsers would then name no origin with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""What every answer carries."""


class Protection:
    """Wraps the whole application.

    Args:
        app: What is wrapped.
        hosts: Names this page answers to, None for any. On a machine of one's own only its own
            names: another site's name that leads here (DNS rebinding) is refused.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None = None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refuse(headers)
        answer = _with_headers(scope, send)
        if refused:
            await refused(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)

    def _refuse(self, headers: dict[bytes, str]) -> PlainTextResponse | None:
        host = urlsplit(f"//{headers.get(b'host', '')}").hostname
        if self._hosts is not None and host not in self._hosts:
            return PlainTextResponse("This page is not known under that name.\n", 421)
        if b"transfer-encoding" in headers:
            return PlainTextResponse("Say how long the body is.\n", 411)
        length = headers.get(b"content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return PlainTextResponse(f"At most {LARGEST_BODY} bytes at once.\n", 413)
        return None


def _with_headers(scope: Scope, send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            headers = dict(HEADERS)
            if not scope["path"].startswith("/static/"):
                headers["cache-control"] = "no-store"
            message["headers"] = [
                *message["headers"],
                *(
                    (name.encode(), value.encode())
                    for name, value in headers.items()
                    if name.encode() not in present
                ),
            ]
        await send(message)

    return answer
