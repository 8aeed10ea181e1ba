"""yt-dlp behind four verbs: open, list, look at a video, fetch its captions. All I/O is here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.leave import ask_leave
from connectors.youtube.faults import NotListedError, messages_of, raise_fault, unavailable
from connectors.youtube.options import library_options, read_cookies
from connectors.youtube.reasons import rate_limit, spoken_reason, tidy
from connectors.youtube.settings import YouTubeSettings
from connectors.youtube.tracks import Track

HOST = "www.youtube.com"

OpenLibrary = Callable[[dict[str, Any]], Any]
"""Makes a ``yt_dlp.YoutubeDL`` from its options."""

CAPTIONS_MAX_BYTES = 30_000_000
"""A ten-hour video's json3 captions have about 10 MB; more is not captions."""


def open_yt_dlp(options: dict[str, Any]) -> Any:
    """The real library."""
    from yt_dlp import YoutubeDL

    return YoutubeDL(options)


class Listener:
    """Takes what yt-dlp would print. Warnings and errors are kept, chatter is dropped."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self.missed_js_runtime = False

    def debug(self, message: str) -> None:
        """Chatter; also what yt-dlp says for information."""

    info = debug

    def warning(self, message: str) -> None:
        """Kept: withheld captions, private and removed videos come as warnings."""
        self._heard.append(tidy(message))
        self.missed_js_runtime |= "No supported JavaScript runtime" in message

    error = warning

    def heard(self) -> list[str]:
        """What was said since the last call."""
        heard, self._heard = self._heard, []
        return heard


@dataclass(frozen=True, slots=True)
class Seen:
    """What looking at a video gave.

    Attributes:
        info: yt-dlp's description; empty where it refused.
        messages: Its warnings and errors, tidied.
    """

    info: Mapping[str, Any]
    messages: tuple[str, ...] = field(default=())


class Library:
    """One yt-dlp for one run; a context manager.

    Args:
        settings: Of the source.
        folder: Where relative paths start.
        open_library: Makes the ``YoutubeDL``; tests give one with other extractors.
        sleep: Waits that many seconds before captions are fetched.
    """

    def __init__(
        self,
        settings: YouTubeSettings,
        folder: Path,
        open_library: OpenLibrary = open_yt_dlp,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        file = settings.cookies_file
        cookies = read_cookies(folder / file.expanduser()) if file else None
        self._listener = Listener()
        options = library_options(settings, cookies) | {"logger": self._listener}
        self._ydl = open_library(options)
        self._pace = settings.pace_seconds
        self._sleep = sleep

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self._ydl.close()

    @property
    def missed_js_runtime(self) -> bool:
        """Whether yt-dlp went on without a JavaScript runtime, by fewer ways."""
        return self._listener.missed_js_runtime

    def listed(self, url: str) -> Iterator[Mapping[str, Any]]:
        """The entries of a list, one by one as its pages come; nothing is asked about each.

        Raises:
            SourceUnavailable: No answer, or YouTube asks for a pause.
            NotListedError: The list cannot be read for good: private, gone, not a list.
        """
        from yt_dlp.utils import YoutubeDLError

        self._listener.heard()
        ask_leave(HOST, self._pace)
        try:
            yield from self._entries(self._resolved(url))
        except YoutubeDLError as error:
            messages = messages_of(error, self._listener.heard())
            raise_fault(messages, url, error)
            raise NotListedError(messages[0]) from None
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # yt-dlp wraps such errors of a page that looks otherwise than it expects, but
            # not those of the pages that follow the first
            raise unavailable(f"{url}: yt-dlp stumbled over {error!r}", error) from None

    def _resolved(self, url: str) -> Mapping[str, Any]:
        """What an address leads to, after at most five hops; never processed entry by entry."""
        found = self._ydl.extract_info(url, download=False, process=False) or {}
        for _ in range(5):
            if found.get("_type") not in ("url", "url_transparent"):
                break
            found = (
                self._ydl.extract_info(
                    found["url"], download=False, process=False, ie_key=found.get("ie_key")
                )
                or {}
            )
        return dict(found)

    def _entries(self, found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if found.get("_type") not in ("playlist", "multi_video"):
            yield found  # an address that turned out to be one video
            return
        for entry in found.get("entries") or ():
            if entry and entry.get("_type") == "playlist":
                yield from self._entries(entry)
            elif entry:
                yield entry

    def video(self, url: str) -> Seen:
        """What YouTube says about a video.

        Raises:
            SourceUnavailable: No answer, or YouTube asks for a pause.
        """
        from yt_dlp.utils import YoutubeDLError

        self._listener.heard()
        ask_leave(HOST, self._pace)
        try:
            info = self._ydl.extract_info(url, download=False) or {}
        except YoutubeDLError as error:
            messages = messages_of(error, self._listener.heard())
            if spoken_reason(messages[:1]) is None or rate_limit(messages):
                raise_fault(messages, url, error)
            return Seen({}, tuple(messages))
        messages = self._listener.heard()
        if not (info.get("subtitles") or info.get("automatic_captions")) and rate_limit(messages):
            raise_fault(messages, url, None)
        return Seen(info, tuple(messages))

    def captions(self, track: Track) -> str | None:
        """The caption file, or None where the answer is empty: so YouTube withholds them.

        Raises:
            SourceUnavailable: No answer, or YouTube asks for a pause.
        """
        from yt_dlp.networking.exceptions import HTTPError, RequestError

        if track.data is not None:
            return track.data
        if self._pace:
            self._sleep(self._pace)
        ask_leave(HOST, self._pace)
        try:
            with self._ydl.urlopen(track.url) as response:
                content = bytes(response.read(CAPTIONS_MAX_BYTES + 1))
        except HTTPError as error:
            if error.status in (401, 403, 404, 410):  # addresses run out, tokens are missing
                return None
            raise unavailable(f"HTTP Error {error.status} for captions", error) from None
        except RequestError as error:
            raise unavailable(f"captions: {tidy(str(error))}", error) from None
        return _caption_text(content)


def _caption_text(content: bytes) -> str | None:
    """Raises SourceUnavailable for a page in place of captions: that is the 'unusual traffic' page."""
    if content.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise unavailable("a web page came in place of captions (too many requests)", None)
    if len(content) > CAPTIONS_MAX_BYTES:
        return ""
    return content.decode("utf-8", errors="replace") or None
