"""What came back: the result of a fetch, and what a status code means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from labelloop.errors import SourceError, SourceRefused, SourceUnavailable

_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer, complete and decompressed.

    Attributes:
        url: The address that answered, after redirects.
        status: 200 to 299, or 304.
        headers: By lower-case name.
        content: The body, decompressed; empty where ``not_modified``.
        content_type: Lower case, without parameters; empty where the server named none.
        charset: The charset parameter of the content type, if any: a hint, often wrong.
        fetched_at: UTC without a zone.
        not_modified: The server says that the text known by ``etag`` or ``last_modified`` stands.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    content_type: str
    charset: str | None
    fetched_at: datetime
    not_modified: bool = False

    @property
    def etag(self) -> str | None:
        """The server's name for this version of the text."""
        return self.headers.get("etag")

    @property
    def last_modified(self) -> str | None:
        """When the text last changed, as the server wrote it."""
        return self.headers.get("last-modified")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as the answer's Retry-After says (a number or a date), None without one.

    Args:
        headers: By lower-case name.
        now: UTC without a zone.
    """
    written = headers.get("retry-after", "").strip()
    if written.isdecimal():
        return float(written)
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return None
    if until.tzinfo is not None:
        until = until.astimezone(UTC).replace(tzinfo=None)
    return max(0.0, (until - now).total_seconds())


def status_error(
    status: int, headers: Mapping[str, str], where: str, now: datetime
) -> SourceError | None:
    """The error that a status code stands for, None for an answer that can be used.

    5xx, 408, 425 and 429 pass; every other status from 300 on is a lasting no.
    """
    if 200 <= status < 300:
        return None
    reason = f"HTTP {status}"
    if status >= 500 or status in _PASSING:
        return SourceUnavailable(
            f"{where} answered {reason}", reason=reason, retry_after=retry_after(headers, now)
        )
    return SourceRefused(f"{where} answered {reason}", reason=reason)
