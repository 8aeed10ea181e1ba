"""JSON services whose address the operator configured: search engines, not found pages.

Their address may be inside one's own network, so it is not guarded; and because keys travel
with the request, redirects are never followed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.http.addresses import AddressGuard, shown, web_address
from connectors.http.exchange import Exchange, Limits
from connectors.http.pace import Pace
from connectors.http.transport import guarded_session
from labelloop.errors import SourceRefused

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_REDIRECTS = range(300, 400)


class JsonApi:
    """Asks a configured JSON service.

    Args:
        user_agent: Sent with every request.
        headers: Sent with every request; keys go here, and appear in no message or repr.
        session: A ``requests`` session; tests give their own.
        pace: Spaces requests to the same host; without one they follow at once.
        deadline: Seconds for one answer.
        max_bytes: Of an answer, decompressed.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        headers: Mapping[str, str] | None = None,
        session: requests.Session | None = None,
        pace: Pace | None = None,
        deadline: float = 30.0,
        max_bytes: int = 20_000_000,
    ) -> None:
        self._headers = {"User-Agent": user_agent, "Accept": "application/json", **(headers or {})}
        self._session = session or guarded_session(AddressGuard(_EVERYWHERE))
        self._pace = pace or Pace(0.0)
        self._limits = Limits(max_bytes, 10.0, deadline, deadline)

    def get(self, url: str, params: Mapping[str, str | int] | None = None) -> Any:
        """GET and decode.

        Raises:
            SourceRefused: 4xx, a redirect, or an answer that is not JSON; ``reason`` is
                ``HTTP 403`` and the like, ``HTML``, or ``not JSON``.
            SourceUnavailable: No answer in time, 429, 5xx; ``retry_after`` where named.
        """
        return self._asked(requests.Request("GET", url, params=dict(params or {})))

    def post(self, url: str, body: Mapping[str, Any]) -> Any:
        """POST a JSON body and decode the answer. Raises as ``get`` does."""
        return self._asked(requests.Request("POST", url, json=dict(body)))

    def _asked(self, request: requests.Request) -> Any:
        url = web_address(str(request.url))
        where = shown(url)
        request.headers = dict(self._headers)
        self._pace.wait(urlsplit(url).netloc)
        with Exchange(self._session, self._limits, where) as exchange:
            response = exchange.send(request)
            if response.status_code in _REDIRECTS:
                raise SourceRefused(
                    f"{where} redirects to {shown(exchange.redirect(response) or 'nowhere')}",
                    remedy="Set base_url to where the service is",
                    reason="redirect",
                )
            if error := exchange.status_error(response, conditional=False):
                raise error
            return _decoded(exchange.content(response), where)


def _decoded(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        reason = "HTML" if content.lstrip()[:1] == b"<" else "not JSON"
        raise SourceRefused(
            f"{where} answered {reason}, where JSON was asked for", reason=reason
        ) from None
