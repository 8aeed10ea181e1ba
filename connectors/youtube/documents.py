"""One video's captions to documents. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.youtube.cues import READERS
from connectors.youtube.listing import Entry
from connectors.youtube.settings import YouTubeSettings
from connectors.youtube.tracks import Track, iso_639_1
from connectors.youtube.units import Piece, cut
from labelloop.records import FetchedDocument


def documents(
    entry: Entry, info: Mapping[str, Any], track: Track, content: str, settings: YouTubeSettings
) -> list[FetchedDocument]:
    """The documents of a video, in order of time.

    Raises:
        UnreadableCaptionsError: The content is not what the track's extension says.
    """
    cues = READERS[track.extension](content)
    pieces = cut(cues, settings.unit, settings.window_seconds)
    of_video = _metadata(entry, info, track, settings)
    return [_document(entry, info, track, piece, of_video) for piece in pieces]


def _document(
    entry: Entry, info: Mapping[str, Any], track: Track, piece: Piece, of_video: Mapping[str, Any]
) -> FetchedDocument:
    return FetchedDocument(
        external_id=f"{entry.key}:{piece.key}" if piece.key else entry.key,
        text=piece.text,
        title=info.get("title") or None,
        url=link(entry.url, piece.start) if piece.key else entry.url,
        language=iso_639_1(track.language),
        published_at=published(info),
        metadata={
            **of_video,
            "start_seconds": piece.start,
            "end_seconds": piece.end,
            # A document with one moment is said at its beginning.
            **({"moments": piece.moments} if len(piece.moments) > 1 else {}),
        },
    )


def _metadata(
    entry: Entry, info: Mapping[str, Any], track: Track, settings: YouTubeSettings
) -> dict[str, Any]:
    """What every document of a video says of it; what YouTube does not say is left out."""
    said = {
        "video_id": entry.key,
        "channel": info.get("channel") or info.get("uploader"),
        "channel_id": info.get("channel_id"),
        "channel_url": info.get("channel_url"),
        "duration_seconds": info.get("duration"),
        "licence": info.get("license"),
        "caption_kind": track.kind,
        "caption_language": track.language,
        "unit": settings.unit,
        "found_by": entry.found_by,
    }
    return {name: value for name, value in said.items() if value is not None}


def link(url: str, seconds: float) -> str:
    """The address of a video with ``t=``, whole seconds, rounded down so that no word is missed."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "t"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("t", str(int(seconds)))])))


def published(info: Mapping[str, Any]) -> datetime | None:
    """When a video was published, UTC without a zone; midnight where only the day is known."""
    for name in ("timestamp", "release_timestamp"):
        if isinstance(info.get(name), int | float):
            return datetime.fromtimestamp(info[name], UTC).replace(tzinfo=None)
    day = str(info.get("upload_date") or info.get("release_date") or "")
    try:
        return datetime.strptime(day, "%Y%m%d")
    except ValueError:
        return None


def languages_line(languages: Sequence[str]) -> str:
    """A few language codes for a person: ``de, fr and 3 more``."""
    shown = ", ".join(languages[:5])
    return f"{shown} and {len(languages) - 5} more" if len(languages) > 5 else shown
