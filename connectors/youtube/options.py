"""Options of yt-dlp, and the check of a cookies file before yt-dlp sees it."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

from connectors.youtube.settings import YouTubeSettings
from labelloop.errors import SourceMisconfigured

_ALLOWED = [r"youtube(:.*)?"]
"""Extractors that may run. Loading all takes 4 s instead of 0.4, and would read other sites."""


def library_options(settings: YouTubeSettings, cookies: str | None) -> dict[str, Any]:
    """Options of yt-dlp: captions only, one attempt, a pause between requests, no printing.

    ``writesubtitles`` writes nothing without a download; yt-dlp tells of captions withheld
    for a missing PO token only to those who say that they want captions.
    """
    options: dict[str, Any] = {
        "skip_download": True,
        "writesubtitles": True,
        "ignore_no_formats_error": True,
        "extractor_args": {"youtube": {"skip": ["translated_subs", "hls", "dash"]}},
        "allowed_extractors": _ALLOWED,
        "noplaylist": True,  # a video's other cameras are no list
        "extract_flat": "in_playlist",
        "lazy_playlist": True,
        "extractor_retries": 0,  # the task that runs the source tries again; twice would multiply
        "sleep_interval_requests": settings.pace_seconds,
        "socket_timeout": settings.timeout_seconds,
        "cachedir": False,
        "quiet": True,
        "noprogress": True,
        "color": "never",
    }
    if settings.js_runtime:
        options["js_runtimes"] = js_runtimes(settings.js_runtime)
    if cookies is not None:
        options["cookiefile"] = io.StringIO(cookies)  # a path would be written back to on closing
    return options


def js_runtimes(wanted: str) -> dict[str, dict[str, str]]:
    """``node`` or ``node:/opt/node/bin/node`` as yt-dlp takes it.

    Raises:
        SourceMisconfigured: There is no such program; yt-dlp would go on without a word.
    """
    name, _, path = wanted.partition(":")
    program = path or {"quickjs": "qjs"}.get(name, name)
    if not (Path(program).exists() if path else shutil.which(program)):
        raise SourceMisconfigured(
            f"js_runtime {wanted!r} is not there", remedy=f"Install {name}, or write {name}:PATH"
        )
    return {name: {"path": path} if path else {}}


def read_cookies(path: Path) -> str:
    """The text of a cookies file, its form checked.

    yt-dlp prints lines it cannot use, and a cookie is a key to an account: such files are
    refused here, by line number.

    Raises:
        SourceMisconfigured: It is missing, unreadable, or not in Netscape format.
    """
    remedy = "Export cookies.txt in Netscape format from a browser that is signed in to YouTube"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceMisconfigured(f"cookies_file {path} does not exist", remedy=remedy) from None
    except OSError as error:
        raise SourceMisconfigured(f"cookies_file {path}: {error.strerror}", remedy=remedy) from None
    except UnicodeDecodeError:
        raise SourceMisconfigured(f"cookies_file {path} is not text", remedy=remedy) from None
    for number, line in enumerate(text.splitlines(), start=1):
        if not _cookie_line(line):
            where = f"cookies_file {path} line {number}"
            raise SourceMisconfigured(f"{where} is not a cookie in Netscape format", remedy=remedy)
    if not text.startswith(("# Netscape HTTP Cookie File", "# HTTP Cookie File")):
        text = f"# Netscape HTTP Cookie File\n{text}"
    return text


def _cookie_line(line: str) -> bool:
    """Whether yt-dlp can use a line: a comment, nothing, or seven fields with a time as the fifth."""
    line = line.removeprefix("#HttpOnly_")
    if not line.strip() or line.startswith("#"):
        return True
    fields = line.split("\t")
    return len(fields) == 7 and fields[4].replace(".", "", 1).isdecimal() | (not fields[4])
