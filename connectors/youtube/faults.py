"""yt-dlp's exceptions as ours: what passes is SourceUnavailable, with the pause asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.youtube.reasons import rate_limit, tidy, unreached
from labelloop.errors import SourceMisconfigured, SourceUnavailable

_NOT_YOUTUBE = re.compile(r"no suitable extractor|unsupported url|looks truncated", re.IGNORECASE)
_SLOW_DOWN = "Raise pace_seconds, wait an hour, or set cookies_file to a signed-in session"
_PAUSE_SECONDS = 3600.0  # yt-dlp: such a session "has been rate-limited … for up to an hour"


class NotListedError(Exception):
    """A list that lastingly cannot be read; the message is YouTube's reason."""


def messages_of(error: BaseException, heard: list[str]) -> list[str]:
    """The error first, then what was said before it."""
    return [tidy(str(error)), *heard]


def raise_fault(messages: list[str], url: str, error: BaseException | None) -> None:
    """Raise where the messages tell of a rate limit, a network fault or a foreign address."""
    if messages and _NOT_YOUTUBE.search(messages[0]):
        raise SourceMisconfigured(
            f"{url!r} is not an address of YouTube, nor an id of its kind",
            remedy="Videos have eleven characters, channels begin with @, playlists with PL",
        ) from None
    limited = rate_limit(messages)
    if limited:
        raise unavailable(f"YouTube asks for a pause: {limited}", error) from None
    fault = unreached(messages)
    if fault:
        raise unavailable(f"{url} could not be read: {fault}", error) from None


def unavailable(message: str, error: BaseException | None) -> SourceUnavailable:
    asked = retry_after(error)
    if asked is None and rate_limit([message]):
        asked = _PAUSE_SECONDS
    return SourceUnavailable(
        message, remedy=_SLOW_DOWN if rate_limit([message]) else None, retry_after=asked
    )


def retry_after(error: BaseException | None) -> float | None:
    """Seconds that an answer's Retry-After asks for, looked for along the chain of causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        response = getattr(error, "response", None)
        if response is not None:
            return retry_after_seconds(response.headers.get("Retry-After"))
        inner = (getattr(error, "exc_info", None) or (None, None))[1]
        cause = getattr(error, "cause", None)  # of some exceptions a mere string
        cause = cause if isinstance(cause, BaseException) else None
        error = cause or inner or error.__cause__ or error.__context__
    return None


def retry_after_seconds(value: str | None, now: datetime | None = None) -> float | None:
    """A Retry-After header in seconds: a number, or a date less ``now``; None where it is neither."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
