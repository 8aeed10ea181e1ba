"""The wikipedia-api client, made to read any MediaWiki, one request at a time.

``wikipediaapi.Wikipedia`` knows only *.wikipedia.org, shows an error inside a 200 answer as
``KeyError('query')`` and sets no end to an answer that trickles. The methods overridden here
are those of its version 0.16; it keeps the parameters, the connection and the user agent.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

import httpx
import wikipediaapi

from connectors.leave import ask_leave
from connectors.wikipedia import faults
from labelloop.errors import SourceError, SourceMisconfigured, SourceUnavailable

MAX_ANSWER_BYTES = 64 * 2**20
"""An answer is a few megabytes at most; more is not an API's answer."""

Sleep = Callable[[float], None]


class WikiClient(wikipediaapi.Wikipedia):  # type: ignore[misc]  # the library ships no types
    """Asks one wiki. Every failure is a :class:`~labelloop.errors.SourceError`.

    Args:
        endpoint: Address of its api.php.
        contact: E-mail address or web page of whoever runs this.
        delay: Seconds between the end of a request and the start of the next.
        timeout: Seconds that one request may take, from connecting to its last byte.
        maxlag: Asks the wiki to decline while its replicas lag by more seconds.
        transport: httpx transport; None for the network, with the usual proxy variables.
    """

    def __init__(
        self,
        endpoint: str,
        contact: str,
        *,
        language: str = "en",
        delay: float = 0.0,
        timeout: float = 30.0,
        maxlag: int | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._delay, self._seconds, self._sleep = delay, timeout, sleep
        self._answered, self._last_end = False, -delay
        super().__init__(
            user_agent(contact),
            language,
            extra_api_params={} if maxlag is None else {"maxlag": maxlag},
            max_retries=0,  # the stage that runs the connector retries; both would multiply
            timeout=timeout,
            transport=transport,
            verify=_certificates(),
        )

    def query(self, **params: Any) -> dict[str, Any]:
        """One request; its parsed answer.

        Raises:
            SourceUnavailable: It may work another time.
            SourceRefused: The wiki says no.
            SourceMisconfigured: No MediaWiki answers at this address.
        """
        answer: dict[str, Any] = self._get(self.language, self._construct_params_standalone(params))
        return answer

    def pages(self, **params: Any) -> Iterator[list[dict[str, Any]]]:
        """The pages of an ``action=query``, list by list, until the wiki has no more.

        A wiki may spread the properties of one list of pages over several answers; they are
        joined until it says ``batchcomplete``. Only one list is held at a time. A title of
        another wiki comes as a page with ``title`` and ``interwiki``.
        """
        joined: dict[str, dict[str, Any]] = {}
        going_on: dict[str, Any] = {}
        while True:
            answer = self.query(action="query", **params, **going_on)
            found = answer.get("query") or {}
            for number, page in (found.get("pages") or {}).items():
                joined.setdefault(number, {}).update(page)
            for elsewhere in found.get("interwiki", []):
                joined[elsewhere["title"]] = {"title": elsewhere["title"], "interwiki": elsewhere["iw"]}
            if "batchcomplete" in answer or "continue" not in answer:
                yield list(joined.values())
                joined = {}
            if "continue" not in answer:
                return
            going_on = answer["continue"]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _build_url(self, language: str) -> str:
        return self.endpoint

    def _do_get(self, url: str, params: dict[str, Any]) -> dict[str, Any]:
        self._pause()
        try:
            with self._client.stream("GET", url, params=params) as response:
                fault = faults.status_fault(response.status_code, response.headers, url)
                if fault is not None:
                    raise fault
                body = self._read(response, url)
        except httpx.HTTPError as error:
            raise self._way_fault(error, url) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SourceMisconfigured(f"{url} is not an address: {error}") from None
        finally:
            self._last_end = time.monotonic()
        return self._parse(body, response.headers, url)

    def _pause(self) -> None:
        wait = self._last_end + self._delay - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        ask_leave(urlsplit(self.endpoint).netloc, self._delay)

    def _read(self, response: httpx.Response, url: str) -> bytes:
        """The whole body, unless it takes too long (httpx times single reads only) or too much."""
        body, end = bytearray(), time.monotonic() + self._seconds
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > end:
                raise SourceUnavailable(f"{url} did not finish its answer in {self._seconds:g} s")
            if len(body) > MAX_ANSWER_BYTES:
                raise SourceUnavailable(f"{url} answers with more than {MAX_ANSWER_BYTES >> 20} MiB")
        return bytes(body)

    def _parse(self, body: bytes, headers: httpx.Headers, url: str) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            kind = headers.get("content-type", "")
            raise faults.not_json_fault(body[:200], kind, url, answered=self._answered)
        if "error" in answer:
            raise faults.api_fault(answer["error"], headers, url)
        self._answered = True
        return answer

    def _way_fault(self, error: httpx.HTTPError, url: str) -> SourceError:
        """The error for an answer that never came whole."""
        if isinstance(error, httpx.TimeoutException):
            return SourceUnavailable(f"{url} did not answer within {self._seconds:g} s")
        if isinstance(error, httpx.ConnectError):
            return SourceUnavailable(
                f"{url} cannot be reached: {error}",
                remedy=f"Check the network, and that the language {self.language!r} has a wiki",
            )
        if isinstance(error, httpx.UnsupportedProtocol):
            return SourceMisconfigured(f"{url} is not an address: {error}")
        return SourceUnavailable(f"{url} broke off its answer: {error or type(error).__name__}")


@cache
def _certificates() -> ssl.SSLContext:
    """Trusted certificates: reading them takes 20 ms, more than most requests."""
    return httpx.create_ssl_context()


def user_agent(contact: str) -> str:
    """Name, version and contact, as wikis ask for; the library adds its own name."""
    try:
        number = version("labelloop")
    except PackageNotFoundError:  # run from a checkout that is not installed
        number = "0"
    return f"labelloop/{number} ({contact})"
