"""Which videos there are: addresses from settings, and lists read only as far as needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from connectors.youtube.reasons import Reason, reason_in_listing
from connectors.youtube.settings import YouTubeSettings

KNOWN_IN_A_ROW = 30
"""A channel is read until so many known videos in a row: one page of YouTube's list, so the
margin for videos that appear late (a premiere, a private video made public) costs no request."""

_SITE = "https://www.youtube.com"
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_TABS = ("videos", "shorts", "streams", "playlists", "live")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of videos.

    Attributes:
        name: For a person and for the cursor: ``channel @nasa``.
        url: What yt-dlp is asked.
        newest_first: Whether what follows a run of known videos is known, too.
    """

    name: str
    url: str
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One video to look at.

    Attributes:
        key: Its eleven-character id, or its address where it has none.
        url: Where it is.
        found_by: Name of the list it came from; ``videos`` for those named one by one.
        closed: The reason not to ask for it that the list already shows.
    """

    key: str
    url: str
    found_by: str
    closed: Reason | None = None


def listings(settings: YouTubeSettings) -> list[Listing]:
    """The lists of a source, in the order of the settings."""
    return [
        *(Listing(f"playlist {text}", playlist_url(text)) for text in settings.playlists),
        *(
            Listing(f"channel {text}", channel_url(text), newest_first=True)
            for text in settings.channels
        ),
        *(Listing(f"search {text}", f"ytsearch{settings.limit}:{text}") for text in settings.search),
    ]


def named_videos(settings: YouTubeSettings) -> list[Entry]:
    """The videos that are named one by one."""
    return [Entry(video_key(text), video_url(text), "videos") for text in settings.videos]


def video_key(text: str) -> str:
    """The id of a video given as id or address; another site's address stands for itself."""
    text = text.strip()
    parts = urlsplit(text)
    if not parts.scheme:
        return text
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("music.")
    last = parts.path.rstrip("/").rpartition("/")[2]
    if host == "youtu.be" and _VIDEO_ID.fullmatch(last):
        return last
    if host in ("youtube.com", "youtube-nocookie.com"):
        asked = parse_qs(parts.query).get("v", [""])[0]
        for candidate in (asked, last):
            if _VIDEO_ID.fullmatch(candidate) and candidate != "watch":
                return candidate
    return text


def video_url(text: str) -> str:
    """The address of a video given as id or address."""
    key = video_key(text)
    return f"{_SITE}/watch?v={key}" if _VIDEO_ID.fullmatch(key) else key


def playlist_url(text: str) -> str:
    """The address of a playlist given as id or address."""
    text = text.strip()
    return text if "://" in text else f"{_SITE}/playlist?list={quote(text)}"


def channel_url(text: str) -> str:
    """The videos of a channel (@handle, id or address), newest first, or the tab it names."""
    text = text.strip().rstrip("/")
    if "://" not in text:
        if re.fullmatch(r"UC[A-Za-z0-9_-]{22}", text):
            text = f"channel/{text}"
        elif not text.startswith("@"):
            text = f"@{text}"
        text = f"{_SITE}/{quote(text, safe='/@')}"
    return text if text.rpartition("/")[2] in _TABS else f"{text}/videos"


def entries(
    offered: Iterable[Mapping[str, Any]], listing: Listing, limit: int, *, signed_in: bool = False
) -> Iterator[Entry]:
    """The first ``limit`` entries of a list, lazily."""
    for raw in islice(offered, limit):
        if raw.get("ie_key") == "YoutubeTab":  # a channel or playlist among the results
            continue
        address = str(raw.get("url") or raw.get("webpage_url") or raw.get("id") or "")
        key = str(raw.get("id") or "")
        key = key if _VIDEO_ID.fullmatch(key) else video_key(address)
        if key:
            closed = reason_in_listing(raw, signed_in=signed_in)
            yield Entry(key, video_url(key), listing.name, closed)


def until_known(
    found: Iterable[Entry], is_known: Callable[[str], bool], in_a_row: int | None
) -> Iterator[Entry]:
    """The unknown entries, up to ``in_a_row`` known ones in a row (None: to the end)."""
    row = 0
    for entry in found:
        if is_known(entry.key):
            row += 1
            if row == in_a_row:
                return
        else:
            row = 0
            yield entry
