"""The YouTube connector keeps the contract, through the real yt-dlp on local pages."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from yt_dlp import YoutubeDL

from connectors.testing import ConnectorContract
from connectors.youtube import YouTubeConnector, YouTubeSettings

SECRET = "s3cr3t-session-value"
COOKIES = f"# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t0\tSID\t{SECRET}\n"
CUES = "".join(
    f"\n00:0{n}:00.000 --> 00:0{n}:20.000\nWords of minute {n}. And more.\n" for n in range(5)
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def local_pages(options: dict[str, Any]) -> YoutubeDL:
    return YoutubeDL({**options, "allowed_extractors": ["generic", "html5"]})


class TestYouTube(ConnectorContract):
    connector = YouTubeConnector
    secrets = (SECRET,)

    @pytest.fixture(autouse=True)
    def _served(self, tmp_path: Path) -> Iterator[None]:
        handler = functools.partial(_Quiet, directory=str(tmp_path))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield
        server.shutdown()
        server.server_close()
        thread.join()

    def make(self, options: Mapping[str, Any], folder: Path) -> YouTubeConnector:
        settings = YouTubeSettings.model_validate(dict(options))
        made = YouTubeConnector(settings, source="contract", folder=folder, open_library=local_pages)
        made.batch_size = self.batch_size
        return made

    def working(self, folder: Path) -> Mapping[str, Any]:
        (folder / "en.vtt").write_text("WEBVTT\n" + CUES)
        (folder / "talk.mp4").write_bytes(b"\0" * 100)
        (folder / "cookies.txt").write_text(COOKIES)
        track = "<track kind='subtitles' srclang='en' src='en.vtt'>"
        for name, tracks in (("one", track), ("two", track), ("none", ""), ("three", track)):
            video = f"<video src='talk.mp4'>{tracks}</video>"
            (folder / f"{name}.html").write_text(f"<html><title>{name}</title>{video}</html>")
        names = ("one", "none", "two", "gone", "three")
        return {
            "videos": [f"{self.url}/{name}.html" for name in names],
            "cookies_file": "cookies.txt",
            "pace_seconds": 0,
        }

    def broken(self, folder: Path) -> Mapping[str, Any]:
        return {"videos": ["http://127.0.0.1:9/nothing.html"], "pace_seconds": 0}
