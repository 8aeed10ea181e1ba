"""Why a video gives no documents, told from what yt-dlp says about it. Pure functions.

With ``ignore_no_formats_error`` the library reports a private, removed or age-restricted
video as a mere warning and goes on, so the warnings are read as carefully as the errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from connectors.youtube.tracks import languages_offered

Reason = Literal[
    "captions withheld",
    "no captions",
    "captions in another language",
    "captions empty",
    "captions unreadable",
    "live",
    "upcoming",
    "private",
    "members only",
    "age restricted",
    "payment required",
    "sign-in required",
    "not available in this country",
    "removed",
    "not readable",
]

PASSING: frozenset[Reason] = frozenset({"captions withheld", "live", "upcoming", "not readable"})
"""Looked at again in the next run; every other reason after ``refresh_after_days``."""

_RATE_LIMIT = re.compile(
    r"confirm you\W{1,3}re not a bot|HTTP Error 429|too many requests|rate.?limited by youtube"
    r"|captcha|IP is likely being blocked|content isn\W{1,3}t available, try again later",
    re.IGNORECASE,
)
_UNREACHED = re.compile(
    r"unable to download|failed to extract any player response|timed out|HTTP Error 5\d\d",
    re.IGNORECASE,
)
_WITHHELD = re.compile(r"subtitles.*PO token|PO token.*subtitles", re.IGNORECASE)

# First match wins: the narrower wording stands above the wider one that it may contain.
_SPOKEN: tuple[tuple[Reason, str], ...] = (
    ("upcoming", r"will begin (in|shortly)|premieres? (in|will)|starts? in \d"),
    ("members only", r"members.?only|join this channel|channel.s members|members of this channel"),
    ("private", r"private video|video is private|granted access to this video"),
    ("age restricted", r"confirm your age|age.?restricted|inappropriate for some|age.?verif"),
    ("payment required", r"requires payment|\brent\b|purchase|premium member|\bpaid\b"),
    ("not available in this country", r"(in|from) your (country|location|region)|geo.?restrict"),
    (
        "removed",
        r"removed|deleted|terminated|no longer available|isn\W{1,3}t available any"
        r"|(video is|video) unavailable|not available any|does ?n\W?o?t exist|HTTP Error (404|410)",
    ),
    ("sign-in required", r"sign in|log ?in|registered users|HTTP Error (401|403)"),
)

_BY_AVAILABILITY: Mapping[str, Reason] = {
    "private": "private",
    "subscriber_only": "members only",
    "premium_only": "payment required",
    "needs_auth": "age restricted",
}
_BY_LIVE_STATUS: Mapping[str, Reason] = {
    "is_live": "live",
    "post_live": "live",  # just ended: captions are still being made
    "is_upcoming": "upcoming",
}
_PLACEHOLDER_TITLES: Mapping[str, Reason] = {
    "[private video]": "private",
    "[deleted video]": "removed",
}

_CHATTER = re.compile(
    r";? please report this issue on|\. Use --cookies| \(caused by (?:<|TransportError)"
)
"""Where a line of yt-dlp stops saying what happened."""


def rate_limit(messages: Iterable[str]) -> str | None:
    """The message in which YouTube asks for a pause or takes us for a robot, if any."""
    return next((text for text in messages if _RATE_LIMIT.search(text)), None)


def unreached(messages: Iterable[str]) -> str | None:
    """The message that tells of a network fault, if any."""
    return next((text for text in messages if _UNREACHED.search(text)), None)


def spoken_reason(messages: Iterable[str]) -> Reason | None:
    """The reason that YouTube's own words give, if they are known words."""
    text = "\n".join(messages)
    return next((reason for reason, words in _SPOKEN if re.search(words, text, re.IGNORECASE)), None)


def reason_without_captions(
    info: Mapping[str, Any], messages: Iterable[str], *, automatic: bool = True
) -> Reason:
    """Why no caption track was chosen: what YouTube says first, then what it offers.

    Of the many requests that yt-dlp makes for a video some may fail with a warning. That
    says nothing about the video when another one brought its description, but after a
    network fault 'no captions' would be a guess.
    """
    messages = list(messages)
    live = _BY_LIVE_STATUS.get(str(info.get("live_status")))
    if live:
        return live
    if any(_WITHHELD.search(text) for text in messages):
        return "captions withheld"
    if languages_offered(info, automatic=automatic):
        return "captions in another language"
    told = [text for text in messages if not (info and _UNREACHED.search(text))]
    closed = spoken_reason(told) or _BY_AVAILABILITY.get(str(info.get("availability")))
    if closed:
        return closed
    faults = [text for text in messages if _UNREACHED.search(text) and "HTTP Error 4" not in text]
    return "not readable" if faults or not info else "no captions"


def reason_in_listing(entry: Mapping[str, Any], *, signed_in: bool = False) -> Reason | None:
    """The reason that a list already shows, which saves the request for the video itself."""
    placeholder = _PLACEHOLDER_TITLES.get(str(entry.get("title")).strip().lower())
    live = _BY_LIVE_STATUS.get(str(entry.get("live_status")))
    closed = None if signed_in else _BY_AVAILABILITY.get(str(entry.get("availability")))
    return placeholder or live or closed


def tidy(message: str) -> str:
    """One line of yt-dlp without its marks, advice to report bugs and extractor name."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message)
    text = re.sub(r"^(ERROR|WARNING):\s*", "", text.strip())
    text = _CHATTER.split(text)[0]
    return " ".join(re.sub(r"^\[[\w:+.-]+\]\s*", "", text).split())[:500]
