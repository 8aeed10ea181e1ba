"""The YouTube connector: which videos, in which order, in which batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.base import Checked, Connector
from connectors.youtube.library import HOST, Library, OpenLibrary, open_yt_dlp
from connectors.youtube.listing import (
    Entry,
)
from connectors.youtube.progress import Progress
from connectors.youtube.run import Reading, Run
from connectors.youtube.settings import YouTubeSettings
from labelloop.errors import SourceRefused
from labelloop.records import Batch


class YouTubeConnector(Connector[YouTubeSettings]):
    """Captions of YouTube videos as documents.

    Named videos come first, then playlists, channels and queries in the order of the
    settings, then videos without documents whose time to be looked at again has come. Per
    video: one look and one caption file. What a video said once is kept: captions that
    change later and videos that are removed later are not noticed.

    Args:
        settings: Of the source.
        source: Its name.
        folder: Where relative paths start.
        open_library: Makes the ``yt_dlp.YoutubeDL`` from its options.
        now: The time in UTC.
    """

    name = "youtube"
    Settings = YouTubeSettings

    def __init__(
        self,
        settings: YouTubeSettings,
        *,
        source: str,
        folder: Path,
        open_library: OpenLibrary = open_yt_dlp,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(settings, source=source, folder=folder)
        self._open_library = open_library
        self._now = now

    def hosts(self) -> Mapping[str, float]:
        """YouTube."""
        return {HOST: self.settings.pace_seconds}

    def check(self) -> Checked:
        """Look at the first video there is, its captions too.

        Raises:
            SourceMisconfigured: The cookies file cannot be used.
            SourceUnavailable: YouTube cannot be reached or asks for a pause.
            SourceRefused: Not one of the lists can be read, or they are empty.
        """
        with self._library() as library:
            run = self._run(library, None)
            first = next(run.new_videos(), None)
            run.raise_if_nothing_listed()
            if first is None:
                raise SourceRefused(
                    f"source {self.source!r}: no video is listed",
                    remedy="Open the list in a browser and check its name",
                )
            summary = _summary(first, run.read(first))
            hint = "; no JavaScript runtime found, set js_runtime" if library.missed_js_runtime else ""
            return Checked(summary + hint)

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield documents of new videos; see the base class.

        Raises:
            SourceMisconfigured: The cookies file cannot be used.
            SourceUnavailable: YouTube cannot be reached or asks for a pause.
            SourceRefused: Not one of the lists can be read.
        """
        with self._library() as library:
            yield from self._run(library, cursor).batches(cursor)

    def _library(self) -> Library:
        return Library(self.settings, self.folder, self._open_library)

    def _run(self, library: Library, cursor: Mapping[str, Any] | None) -> Run:
        progress = Progress(
            cursor,
            languages=self.settings.languages,
            today=self._now().date(),
            refresh_days=self.settings.refresh_after_days,
        )
        return Run(self.settings, library, progress, self.batch_size)


def _summary(entry: Entry, reading: Reading) -> str:
    if reading.reason:
        detail = f" ({reading.detail})" if reading.detail else ""
        return f"first video {entry.url} is reached, but gives nothing: {reading.reason}{detail}"
    first = reading.documents[0]
    kind, language = first.metadata["caption_kind"], first.metadata["caption_language"]
    count = len(reading.documents)
    return f"first video {first.title!r}: {count} documents from {kind} captions in {language}"
