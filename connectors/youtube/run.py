"""One pass over a source: look at each video, gather batches, keep the cursor true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.youtube.cues import UnreadableCaptionsError
from connectors.youtube.documents import documents, languages_line
from connectors.youtube.faults import NotListedError
from connectors.youtube.library import Library
from connectors.youtube.listing import (
    KNOWN_IN_A_ROW,
    Entry,
    Listing,
    entries,
    listings,
    named_videos,
    until_known,
    video_url,
)
from connectors.youtube.progress import Progress
from connectors.youtube.reasons import Reason, reason_without_captions, unreached
from connectors.youtube.settings import YouTubeSettings
from connectors.youtube.tracks import choose_track, languages_offered
from labelloop.errors import SourceRefused, SourceUnavailable
from labelloop.records import Batch, FetchedDocument, Rejected

UNREADABLE_IN_A_ROW = 5
"""So many videos in a row that yt-dlp stumbles over are its fault or YouTube's, not theirs."""

VIDEOS_PER_BATCH = 10
"""With the usual pauses a batch is then saved about every minute."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look at one video gave: documents, or the reason why there are none."""

    documents: tuple[FetchedDocument, ...] = ()
    reason: Reason | None = None
    detail: str = ""


class Run:
    """One pass over a source, with the batch that is being gathered."""

    def __init__(
        self, settings: YouTubeSettings, library: Library, progress: Progress, batch_size: int
    ) -> None:
        self._batch_size = batch_size
        self._settings = settings
        self._library = library
        self._progress = progress
        self._due = [Entry(key, video_url(key), "looked at again") for key in progress.due()]
        self._not_listed: list[Rejected] = []
        self._listed = 0
        self._unreadable = 0
        self._clear()

    def _clear(self) -> None:
        self._documents: list[FetchedDocument] = []
        self._rejected: list[Rejected] = []
        self._skipped: Counter[str] = Counter()
        self._videos = 0

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """All batches; what was gathered before a fault is yielded before it is raised."""
        saved: Mapping[str, Any] | None = cursor
        try:
            for entry in self._to_read():
                for batch in self._taken(entry, self.read(entry)):
                    saved = batch.cursor
                    yield batch
        except SourceUnavailable:
            if self._videos:
                yield self._batch()
            raise
        if self._videos or self._rejected or self._progress.cursor() != saved:
            yield self._batch()
        self.raise_if_nothing_listed()

    def raise_if_nothing_listed(self) -> None:
        """Raise SourceRefused where lists were asked for, and not one could be read."""
        if self._not_listed and not self._listed and not self._settings.videos:
            first = self._not_listed[0]
            raise SourceRefused(
                f"{first.place} cannot be read: {first.excerpt}",
                remedy="Check that it exists and is public, or set cookies_file",
            )

    # --- which videos ------------------------------------------------------------------

    def _to_read(self) -> Iterator[Entry]:
        yield from self.new_videos()
        yield from self._due

    def new_videos(self) -> Iterator[Entry]:
        """Unknown videos, each once: named ones, then list by list."""
        yield from until_known(named_videos(self._settings), self._progress.is_known, None)
        for listing in listings(self._settings):
            yield from self._new_in(listing)

    def _new_in(self, listing: Listing) -> Iterator[Entry]:
        settings = self._settings
        stop = listing.newest_first and self._progress.was_walked(listing.name, settings.limit)
        found = entries(
            self._library.listed(listing.url),
            listing,
            settings.limit,
            signed_in=settings.cookies_file is not None,
        )
        try:
            for entry in until_known(found, self._progress.is_known, KNOWN_IN_A_ROW if stop else None):
                self._progress.begin(listing.name)
                yield entry
        except NotListedError as error:
            refused = Rejected(listing.name, "list cannot be read", str(error)[:500])
            self._not_listed.append(refused)
            self._rejected.append(refused)
        else:
            self._listed += 1
            self._progress.walked(listing.name, settings.limit)

    # --- one video ---------------------------------------------------------------------

    def read(self, entry: Entry) -> Reading:
        """Look at a video and fetch its captions.

        Raises:
            SourceUnavailable: YouTube cannot be reached or asks for a pause.
        """
        if entry.closed:
            return Reading(reason=entry.closed)
        settings = self._settings
        seen = self._library.video(entry.url)
        if seen.info.get("_type") == "playlist":
            return Reading(reason="not readable", detail="a list: name it under playlists or channels")
        track = choose_track(seen.info, settings.languages, automatic=settings.automatic)
        if track is None:
            reason = reason_without_captions(seen.info, seen.messages, automatic=settings.automatic)
            first = " ".join(seen.messages[:1])
            offered = languages_line(languages_offered(seen.info, automatic=settings.automatic))
            return Reading(reason=reason, detail=offered or unreached(seen.messages) or first)
        content = self._library.captions(track)
        if content is None:
            return Reading(reason="captions withheld")
        try:
            found = documents(entry, seen.info, track, content, settings)
        except UnreadableCaptionsError as error:
            return Reading(reason="captions unreadable", detail=str(error))
        return Reading(tuple(found), None if found else "captions empty")

    # --- the batch being gathered ------------------------------------------------------

    def _taken(self, entry: Entry, reading: Reading) -> Iterator[Batch]:
        """Add a reading; yield a batch whenever one is full."""
        self._videos += 1
        if reading.reason:
            self._without_documents(entry, reading.reason, reading.detail)
        else:
            yield from self._with_documents(entry.key, reading.documents)
        self._stop_where_nothing_is_readable(reading)
        if self._videos >= VIDEOS_PER_BATCH:
            yield self._batch()

    def _with_documents(self, key: str, found: tuple[FetchedDocument, ...]) -> Iterator[Batch]:
        """A long video goes into several batches; the cursor counts its pieces until the last."""
        done = self._progress.pieces_done(key)
        for number in range(done, len(found)):
            if len(self._documents) >= self._batch_size:
                self._progress.part(key, number)
                yield self._batch()
                self._videos = 1
            self._documents.append(found[number])
        self._progress.read(key)

    def _without_documents(self, entry: Entry, reason: Reason, detail: str) -> None:
        self._progress.without_documents(entry.key, reason)
        if reason in ("not readable", "captions unreadable"):
            self._rejected.append(Rejected(entry.url, reason, detail[:500]))
        else:
            self._skipped[reason] += 1

    def _stop_where_nothing_is_readable(self, reading: Reading) -> None:
        self._unreadable = self._unreadable + 1 if reading.reason == "not readable" else 0
        if self._unreadable == UNREADABLE_IN_A_ROW:
            raise SourceUnavailable(
                f"{self._unreadable} videos in a row could not be read: {reading.detail}",
                remedy="Update yt-dlp: pip install --upgrade yt-dlp",
            )

    def _batch(self) -> Batch:
        batch = Batch(
            documents=tuple(self._documents),
            cursor=self._progress.cursor(),
            rejected=tuple(self._rejected),
            skipped=dict(self._skipped),
        )
        self._clear()
        return batch
