"""What a person may set for a YouTube source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from connectors.base import ConnectorSettings

Unit = Literal["window", "sentence", "video"]

JS_RUNTIMES = ("deno", "node", "bun", "quickjs")
"""What yt-dlp can run YouTube's scripts with."""

_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$")


class YouTubeSettings(ConnectorSettings):
    """Settings of one YouTube source; at least one of videos, playlists, channels, search."""

    videos: list[str] = Field(default=[], description="Video ids or addresses; read in this order")
    playlists: list[str] = Field(default=[], description="Playlist ids or addresses")
    channels: list[str] = Field(
        default=[], description="Channels: @handle, channel id or address; newest videos first"
    )
    search: list[str] = Field(default=[], description="Search queries, as typed into YouTube")
    languages: list[str] = Field(
        default=["en"],
        min_length=1,
        description="Caption languages in order of preference; 'en' takes en-GB and en-US too",
    )
    unit: Unit = Field(
        default="window",
        description="What becomes a document: a stretch of time, a sentence, or the whole video",
    )
    window_seconds: int = Field(
        default=60,
        ge=5,
        le=3600,
        description="Length of a window; a sentence longer than this (captions without"
        " punctuation) is cut there, too",
    )
    limit: int = Field(
        default=50,
        ge=1,
        le=100_000,
        description="At most this many videos of each playlist, channel and query",
    )
    automatic: bool = Field(
        default=True, description="Take automatic captions where there are none made by people"
    )
    cookies_file: Path | None = Field(
        default=None,
        description="Cookies of a signed-in browser (Netscape format), for age-restricted and"
        " members-only videos; read, never written",
    )
    js_runtime: str | None = Field(
        default=None,
        description="deno, node, bun or quickjs, with ':PATH' where it is not on the PATH;"
        " empty for yt-dlp's own choice",
    )
    pace_seconds: float = Field(
        default=1.5, ge=0, le=600, description="Pause between two requests to YouTube"
    )
    timeout_seconds: float = Field(
        default=20, gt=0, le=600, description="Longest wait for an answer of YouTube"
    )
    refresh_after_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Look again after this many days at videos that had no usable captions",
    )

    @field_validator("languages")
    @classmethod
    def _codes(cls, languages: list[str]) -> list[str]:
        for code in languages:
            if not _LANGUAGE.match(code):
                raise ValueError(f"{code!r} is not a language code such as en or pt-BR")
        return languages

    @field_validator("js_runtime")
    @classmethod
    def _known_runtime(cls, runtime: str | None) -> str | None:
        if runtime is not None and runtime.partition(":")[0] not in JS_RUNTIMES:
            raise ValueError(
                f"{runtime!r} is not one of {', '.join(JS_RUNTIMES)} (with ':PATH' if need be)"
            )
        return runtime

    @model_validator(mode="after")
    def _something_to_read(self) -> YouTubeSettings:
        if not (self.videos or self.playlists or self.channels or self.search):
            raise ValueError("name at least one of videos, playlists, channels or search")
        for entry in (*self.videos, *self.playlists, *self.channels, *self.search):
            if not entry.strip():
                raise ValueError("an entry of videos, playlists, channels or search is empty")
        return self
