"""Turns what a MediaWiki or the way to it answers into this project's errors.

Pure: status, headers and parsed answer in, an error out; nobody waits or tries again here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from labelloop.errors import SourceError, SourceMisconfigured, SourceRefused, SourceUnavailable

_PASSING = frozenset({"ratelimited", "maxlag", "readonly", "timeout", "search-backend-error"})
_PASSING_PREFIXES = ("cirrussearch-", "srsearch-", "badtoken")
_GONE = frozenset({"nosuchpageid", "missingtitle", "nosuchrevid"})
_REMEDY_REFUSED = "The wiki may be private, or may not accept the setting contact"
_REMEDY_API_URL = "Check the settings language and api_url; an api_url ends in api.php"


class PageGone(SourceRefused):
    """One page went away between being listed and being read."""


class BrokenAnswer(SourceUnavailable):
    """The wiki's program failed over this request; another may go well."""


def status_fault(status: int, headers: Mapping[str, str], url: str) -> SourceError | None:
    """The error that an HTTP status stands for; None for 200."""
    if status == 200:
        return None
    if status == 500:
        return BrokenAnswer(f"{url} fails over this request (500)")
    if status == 429 or status > 500:
        state = "asks for fewer requests" if status == 429 else "is out of order"
        return SourceUnavailable(f"{url} {state} ({status})", retry_after=retry_after(headers))
    if 300 <= status < 400:
        return SourceMisconfigured(
            f"{url} sends on to {headers.get('location', 'another address')} ({status}):"
            " there is no wiki of that language, or it has moved",
            remedy=_REMEDY_API_URL,
        )
    if status in (404, 410):
        return SourceMisconfigured(
            f"{url} does not exist ({status}): no MediaWiki answers there", remedy=_REMEDY_API_URL
        )
    return SourceRefused(f"{url} refuses to be read ({status})", remedy=_REMEDY_REFUSED)


def api_fault(error: Mapping[str, Any], headers: Mapping[str, str], url: str) -> SourceError:
    """The error inside an answer of status 200."""
    code, info = str(error.get("code", "unknown")), str(error.get("info", ""))
    line = f"{url} answers {code}: {info}" if info else f"{url} answers {code}"
    if code.startswith("internal_api_error"):
        return BrokenAnswer(line)
    if code in _PASSING or code.startswith(_PASSING_PREFIXES):
        return SourceUnavailable(line, retry_after=retry_after(headers))
    if code in _GONE:
        return PageGone(line)
    if code == "readapidenied":
        return SourceRefused(
            line, remedy="The wiki is private: its pages cannot be read without a log-in"
        )
    return SourceRefused(line)


def not_json_fault(head: bytes, content_type: str, url: str, *, answered: bool) -> SourceError:
    """The error for an answer of status 200 that is not JSON.

    Args:
        head: The beginning of the answer.
        answered: Whether the same address has given JSON before; then a web page in its
            place passes (a proxy, maintenance), and is not the wrong address.
    """
    is_page = "html" in content_type or head.lstrip().startswith(b"<")
    if is_page and not answered:
        return SourceMisconfigured(
            f"{url} answers with a web page instead of JSON: that is not a MediaWiki's api.php",
            remedy=_REMEDY_API_URL,
        )
    what = "a web page instead of JSON" if is_page else "JSON that is cut off or broken"
    return SourceUnavailable(f"{url} answers with {what}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a ``Retry-After`` header, given as seconds or as a date; None without one."""
    written = headers.get("retry-after", "").strip()
    if written.isdigit():
        return float(written)
    try:
        moment = parsedate_to_datetime(written)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
