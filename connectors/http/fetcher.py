"""The guarded fetcher: every address that comes from outside is read through it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from urllib.parse import urlsplit

import requests

from connectors.http.addresses import AddressGuard, shown, web_address
from connectors.http.answers import Fetched
from connectors.http.exchange import Exchange, Limits
from connectors.http.pace import Pace
from connectors.http.robots import ROBOTS_BYTES, Robots
from connectors.http.transport import guarded_session
from labelloop.errors import SourceRefused, SourceUnavailable

PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain")
"""Content types that are read unless a caller names others. ``""`` would be: none named."""

ANY_TYPE = ("*",)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def user_agent(contact: str | None = None) -> str:
    """Who we are, honestly: ``labelloop/0.1.0 (+ops@example.org)``."""
    try:
        number = version("labelloop")
    except PackageNotFoundError:
        number = "0"
    known = " ".join((contact or "").split())
    return f"labelloop/{number} (+{known})" if known else f"labelloop/{number}"


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """How the fetcher behaves.

    Attributes:
        user_agent: Sent with every request, and looked for in robots.txt.
        allow_addresses: Names, addresses or networks permitted although not public.
        max_bytes: Of a body, after decompression.
        connect_timeout: Seconds until a connection stands.
        read_timeout: Seconds without a byte.
        deadline: Seconds for one fetch with its redirects, waiting for politeness left out.
            Looking a name up is not interrupted; the resolver's own time-outs bound it.
        max_redirects: Followed one by one, each checked as the first address was.
        delay: Seconds between two requests to one host, more where its robots.txt says so.
        max_delay: Sites that ask for more seconds than this are left alone.
        respect_robots: False only for sites of one's own.
    """

    user_agent: str
    allow_addresses: tuple[str, ...] = ()
    max_bytes: int = 5_000_000
    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    deadline: float = 30.0
    max_redirects: int = 5
    delay: float = 1.0
    max_delay: float = 60.0
    respect_robots: bool = True


class Fetcher:
    """Reads web addresses that came from outside, one at a time, safely and politely.

    Redirects from https to http are followed, as nothing secret is ever sent. Cookies are
    neither kept nor sent. One fetcher serves one thread.

    Args:
        policy: How it behaves.
        session: A ``requests`` session; by default a guarded one. Tests give their own.
        clock: Seconds that only go forward.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        session: requests.Session | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.policy = policy
        self._session = session or guarded_session(AddressGuard(policy.allow_addresses))
        self._clock = clock
        self._pace = Pace(policy.delay, clock=clock, sleep=sleep)
        self._robots = Robots(self._robots_text, policy.user_agent)

    def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: tuple[str, ...] = PAGE_TYPES,
    ) -> Fetched:
        """Fetch one address.

        Args:
            url: http or https.
            etag: As known from an earlier fetch: an unchanged page then comes back empty,
                with ``not_modified``.
            last_modified: Likewise.
            accept: Content types that are wanted, ``ANY_TYPE`` for all. An answer that names
                no type is taken.

        Raises:
            SourceRefused: A lasting no: a private address, robots.txt, 4xx, a wrong type, too
                large, too many redirects. ``reason`` counts it.
            SourceUnavailable: A passing fault: no connection, too slow, cut off, 429, 5xx, an
                unreadable robots.txt. ``retry_after`` where the server named it.
        """
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in known.items() if value}
        return self._followed(url, headers, accept, self.policy.max_bytes, self._polite)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _followed(
        self,
        url: str,
        headers: Mapping[str, str],
        accept: tuple[str, ...],
        max_bytes: int,
        polite: Callable[[str], None],
    ) -> Fetched:
        left = self.policy.deadline
        for _ in range(self.policy.max_redirects + 1):
            web_address(url)
            polite(url)
            started = self._clock()
            answer = self._once(url, headers, accept, max_bytes, left)
            left -= self._clock() - started
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise SourceRefused(
            f"{shown(url)} redirects more than {self.policy.max_redirects} times",
            reason="too many redirects",
        )

    def _once(
        self, url: str, headers: Mapping[str, str], accept: tuple[str, ...], max_bytes: int, left: float
    ) -> Fetched | str:
        """One request: the answer, or where it redirects to."""
        limits = Limits(max_bytes, self.policy.connect_timeout, self.policy.read_timeout, left)
        sent = {"User-Agent": self.policy.user_agent, **headers}
        with Exchange(self._session, limits, shown(url)) as exchange:
            response = exchange.send(requests.Request("GET", url, headers=sent))
            if response.status_code in _REDIRECTS and (target := exchange.redirect(response)):
                return target
            self._note_pause(url, error := exchange.status_error(response, conditional=len(headers) > 0))
            if error:
                raise error
            return exchange.fetched(response, accept, datetime.now(UTC).replace(tzinfo=None))

    def _note_pause(self, url: str, error: Exception | None) -> None:
        if isinstance(error, SourceUnavailable) and error.retry_after:
            self._pace.postpone(urlsplit(url).netloc, error.retry_after)

    def _polite(self, url: str) -> None:
        """Raise where the site forbids the page; wait until it may be asked."""
        host = urlsplit(url).netloc
        if pause := self._pace.pause(host):
            raise SourceUnavailable(
                f"{shown(url)} is not asked: its host wants {pause:.0f} s of rest",
                reason="host asked for a pause",
                retry_after=pause,
            )
        asked = self._robots.permit(url, shown(url)) if self.policy.respect_robots else None
        if asked and asked > self.policy.max_delay:
            raise SourceRefused(
                f"{shown(url)}: its site wants {asked:g} s between requests,"
                f" more than {self.policy.max_delay:g} s",
                reason="crawl delay too long",
            )
        self._pace.wait(host, asked)

    def _robots_text(self, address: str) -> bytes:
        fetched = self._followed(address, {}, ANY_TYPE, ROBOTS_BYTES, lambda url: None)
        return fetched.content
