"""Caption files to cues: json3 and WebVTT, with rolling captions cleaned. Pure functions.

Why an own WebVTT reader: ``yt_dlp.webvtt`` is made to copy subtitle segments. It keeps the
markup, and raises on the 'Style:' head that YouTube writes and on one bad time, so that a
whole file is lost. ``webvtt-py`` 0.6 reads those, but keeps the cue settings, one of the
two marks of a rolling file, in a private field, leaves the rolling itself to the caller,
and would be a dependency more for what are forty lines here.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of caption text and when it is shown.

    Attributes:
        start: Seconds from the beginning of the video.
        end: Seconds; never before ``start``.
        text: Plain text in one line, never empty.
    """

    start: float
    end: float
    text: str


class UnreadableCaptionsError(ValueError):
    """A caption file that is not what its extension says."""


_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_SOUND_MARK = re.compile(r"\[[^\[\]]{1,40}\]|[♪♫♬]+")
_SPEAKER_CHANGE = re.compile(r"(^|\s)>>+(?=\s|$)")
_NOT_SPOKEN = re.compile(r"[\u200b-\u200f\u2060\ufeff\[♪♫♬>]")


def clean(text: str) -> str:
    """Spoken words in one line: without sound marks ([Music], ♪), speaker arrows and invisible signs."""
    if _NOT_SPOKEN.search(text):  # most lines have none, and four replacements cost most of a reading
        text = _INVISIBLE.sub("", text)
        text = _SPEAKER_CHANGE.sub(" ", _SOUND_MARK.sub(" ", text))
    return " ".join(text.split())


# --- json3 -----------------------------------------------------------------------------


def json3_cues(content: str) -> list[Cue]:
    """Cues of YouTube's json3 captions, in order of time.

    Events with ``aAppend`` only repeat a line break of the rolling display and are left
    out. An event's own duration says how long its line stays on the screen, past the next
    one's start, so each cue ends where the next begins.

    Raises:
        UnreadableCaptionsError: It is not json3.
    """
    try:
        events = json.loads(content)["events"]
        spoken = [_json3_event(event) for event in events if "aAppend" not in event]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnreadableCaptionsError("not json3 captions") from None
    return _ends_at_next([cue for cue in spoken if cue.text])


def _json3_event(event: dict[str, Any]) -> Cue:
    text = "".join(str(segment.get("utf8", "")) for segment in event.get("segs", ()))
    start = event.get("tStartMs", 0) / 1000
    return Cue(start, start + max(0, event.get("dDurationMs", 0)) / 1000, clean(text))


def _ends_at_next(cues: Iterable[Cue]) -> list[Cue]:
    """Sort by start and end each cue where the next one begins, at the latest."""
    ordered = sorted(cues, key=lambda cue: cue.start)
    following = [*(cue.start for cue in ordered[1:]), float("inf")]
    return [
        Cue(cue.start, min(cue.end, after), cue.text)
        for cue, after in zip(ordered, following, strict=True)
    ]


# --- WebVTT ----------------------------------------------------------------------------

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{3})"
_TIMING = re.compile(rf"^\s*{_TIME}\s+-->\s+{_TIME}(?:\s.*)?$")
_ARROW = "-->"
_TAG = re.compile(r"<[^>]*>")
_INNER_TIME = re.compile(r"<\d+:\d{2}:\d{2}\.\d{3}><c")
_ROLLING_SETTING = "align:start position:0%"


class _RawCue(NamedTuple):
    start: float
    end: float
    lines: tuple[str, ...]


def vtt_cues(content: str) -> list[Cue]:
    """Cues of a WebVTT file, in order of time, rolling captions cleaned.

    Lenient as a browser: a cue with a bad time is left out, the rest is read.

    Raises:
        UnreadableCaptionsError: It does not begin with WEBVTT.
    """
    content = content.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not re.match(r"WEBVTT(?=[ \t\n]|$)", content):
        raise UnreadableCaptionsError("not WebVTT captions")
    raw = list(_raw_cues(content.split("\n")))
    lines = [tuple(plain(line) for line in cue.lines) for cue in raw]
    if rolls(content):
        lines = unrolled(lines)
    cues = (
        Cue(cue.start, max(cue.start, cue.end), clean(" ".join(kept)))
        for cue, kept in zip(raw, lines, strict=True)
    )
    return sorted((cue for cue in cues if cue.text), key=lambda cue: cue.start)


def _raw_cues(lines: Sequence[str]) -> Iterator[_RawCue]:
    """Every block under a valid timing line, up to an empty line or the next timing line."""
    at = 0
    while at < len(lines):
        timing = _TIMING.match(lines[at])
        at += 1
        if not timing:
            continue
        begun = at
        while at < len(lines) and lines[at] and _ARROW not in lines[at]:
            at += 1
        parts = timing.groups()
        yield _RawCue(_seconds(parts[:4]), _seconds(parts[4:]), tuple(lines[begun:at]))


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, millis = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + millis / 1000


def rolls(content: str) -> bool:
    """Whether this is a rolling file, whose cues repeat the lines before: YouTube's marks say so."""
    return _ROLLING_SETTING in content or _INNER_TIME.search(content) is not None


def plain(line: str) -> str:
    """A caption line without its markup: ``<00:00:01.000><c> word</c>`` is ``word``."""
    if "<" in line or "&" in line:
        line = html.unescape(_TAG.sub("", line))
    return " ".join(line.split())


def unrolled(cues: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Each cue's plain lines without those that the cue before already ended with.

    The longest run of leading lines that equals the trailing lines of the cue before is
    dropped; a cue that only repeats becomes empty. What is compared is what stood there,
    not what was kept, or a line would come back with every second cue.
    """
    kept: list[tuple[str, ...]] = []
    before: tuple[str, ...] = ()
    for lines in cues:
        now = tuple(line for line in lines if line)
        kept.append(now[_repeated(before, now) :])
        before = now or before
    return kept


def _repeated(before: Sequence[str], now: Sequence[str]) -> int:
    """How many leading lines of ``now`` are the last lines of ``before``, at most."""
    for count in range(min(len(before), len(now)), 0, -1):
        if tuple(before[-count:]) == tuple(now[:count]):
            return count
    return 0


READERS = {"json3": json3_cues, "vtt": vtt_cues}
"""Reader by extension, in order of preference."""
