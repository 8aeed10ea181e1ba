"""What a site's robots.txt permits, asked once per site and run.

As RFC 9309 says: an answer of 4xx permits everything, a site whose file cannot be read (5xx,
no connection) permits nothing for now. 429 is taken as the latter.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from labelloop.errors import SourceError, SourceRefused, SourceUnavailable

ROBOTS_BYTES = 512 * 1024  # RFC 9309 asks readers to take 500 KiB at least
_SITES_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Rules:
    """One site's rules.

    Attributes:
        parsed: What Protego made of the file, None where everything is permitted.
        fault: Why the file could not be read, None where it could.
    """

    parsed: Any = None
    fault: SourceError | None = None


class Robots:
    """Asks sites for their rules and keeps them.

    Args:
        read: Fetches the text of a robots.txt; raises ``SourceRefused`` for 4xx and
            ``SourceUnavailable`` where the file cannot be read.
        user_agent: Whose rules apply.
    """

    def __init__(self, read: Callable[[str], bytes], user_agent: str) -> None:
        self._read = read
        self._user_agent = user_agent
        self._sites: OrderedDict[str, Rules] = OrderedDict()

    def permit(self, url: str, shown: str) -> float | None:
        """Raise unless the page may be fetched; the delay in seconds that the site asks for.

        Raises:
            SourceRefused: The rules forbid it.
            SourceUnavailable: The rules could not be read.
        """
        rules = self._rules(url)
        if rules.fault is not None:
            raise _forbidden_for_now(rules.fault, shown)
        if rules.parsed is None:
            return None
        if not rules.parsed.can_fetch(url, self._user_agent):
            raise SourceRefused(
                f"{shown} is forbidden by its site's robots.txt", reason="robots.txt forbids"
            )
        return _delay(rules.parsed, self._user_agent)

    def _rules(self, url: str) -> Rules:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._sites:
            self._sites[site] = self._asked(f"{site}/robots.txt")
            while len(self._sites) > _SITES_KEPT:
                self._sites.popitem(last=False)
        self._sites.move_to_end(site)
        return self._sites[site]

    def _asked(self, address: str) -> Rules:
        from protego import Protego

        try:
            text = self._read(address)
        except SourceError as error:
            lacking = isinstance(error, SourceRefused) and (error.reason or "").startswith("HTTP 4")
            return Rules(fault=None if lacking else error)
        return Rules(Protego.parse(text.decode("utf-8-sig", errors="replace")))


def _forbidden_for_now(fault: SourceError, shown: str) -> SourceError:
    """What an unreadable robots.txt means for a page."""
    if fault.reason == "private address":  # it is the site that is refused, not its rules
        return SourceRefused(fault.message, remedy=fault.remedy, reason=fault.reason)
    return SourceUnavailable(
        f"{shown} is left alone, as its site's robots.txt cannot be read: {fault.message}",
        reason="robots.txt unreadable",
        retry_after=getattr(fault, "retry_after", None),
    )


def _delay(parsed: Any, user_agent: str) -> float | None:
    """Crawl-delay, or the seconds per request of Request-rate, whichever is longer."""
    rate = parsed.request_rate(user_agent)
    per_request = rate.seconds / rate.requests if rate and rate.requests else 0.0
    longest: float = max(parsed.crawl_delay(user_agent) or 0.0, per_request)
    return longest or None
