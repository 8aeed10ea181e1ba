"""Which caption track of a video is read. Pure functions.

What yt-dlp says of a video lists ``subtitles`` (made by people) and ``automatic_captions``
(recognised, and machine translations of those), each as language code to a list of formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from connectors.youtube.cues import READERS

Kind = Literal["manual", "automatic"]
Tracks = Mapping[str, Sequence[Mapping[str, Any]]]

_ORIGINAL = "-orig"
_NOT_SPEECH = ("live_chat", "rechat", "comments", "danmaku")


@dataclass(frozen=True, slots=True)
class Track:
    """One caption file.

    Attributes:
        language: Its code as the source names it, without ``-orig``.
        kind: Made by people, or recognised.
        extension: ``json3`` or ``vtt``.
        url: Where it is; empty where ``data`` holds it.
        data: Its content, where it came along.
    """

    language: str
    kind: Kind
    extension: str
    url: str
    data: str | None = None


def choose_track(
    info: Mapping[str, Any], languages: Sequence[str], *, automatic: bool = True
) -> Track | None:
    """The track to read: the first language that has one, made by people before recognised.

    Of recognised ones the original (``xx-orig``) comes first. Machine translations are never
    taken. json3 is preferred to WebVTT.
    """
    manual = _tracks(info.get("subtitles"), "manual")
    recognised = _tracks(info.get("automatic_captions"), "automatic") if automatic else []
    for language in languages:
        found = _in_language(manual, language) or _in_language(recognised, language)
        if found:
            return found
    return None


def languages_offered(info: Mapping[str, Any], *, automatic: bool = True) -> list[str]:
    """Codes of all languages that have readable captions, sorted, without machine translations."""
    tracks = _tracks(info.get("subtitles"), "manual")
    if automatic:
        tracks += _tracks(info.get("automatic_captions"), "automatic")
    return sorted({track.language for track in tracks})


def is_translation(url: str) -> bool:
    """Whether an address asks for a machine translation (``tlang=``)."""
    return "tlang" in parse_qs(urlsplit(url).query, keep_blank_values=True)


def _tracks(offered: Tracks | None, kind: Kind) -> list[Track]:
    """Readable tracks, ``xx-orig`` before ``xx``, the source's order otherwise."""
    return [
        track
        for code, formats in sorted(
            (offered or {}).items(), key=lambda item: not item[0].endswith(_ORIGINAL)
        )
        if code not in _NOT_SPEECH
        for track in [_best(code, formats, kind)]
        if track
    ]


def _best(code: str, formats: Iterable[Mapping[str, Any]], kind: Kind) -> Track | None:
    """The format of a language that is easiest to read, if any can be read."""
    usable: dict[str, Mapping[str, Any]] = {}
    for offered in formats or ():
        extension, url = offered.get("ext"), offered.get("url") or ""
        if extension in READERS and (url or offered.get("data")) and not is_translation(url):
            usable.setdefault(extension, offered)
    for extension in READERS:
        if extension in usable:
            chosen = usable[extension]
            language = code.removesuffix(_ORIGINAL)
            return Track(language, kind, extension, chosen.get("url") or "", chosen.get("data"))
    return None


def _in_language(tracks: Sequence[Track], wanted: str) -> Track | None:
    """The track of exactly that code, or else of the same language in another variety."""
    wanted = _folded(wanted)
    for track in tracks:
        if _folded(track.language) == wanted:
            return track
    return next((t for t in tracks if _folded(t.language).startswith(f"{wanted}-")), None)


def _folded(code: str) -> str:
    return code.replace("_", "-").lower()


def iso_639_1(code: str) -> str | None:
    """The two-letter code of a language code (``pt-BR`` is ``pt``), None where there is none."""
    short = _folded(code).partition("-")[0]
    return short if len(short) == 2 else None
