"""Honest doubles: a local HTTP server, and extractors that stand where YouTube's would.

yt-dlp itself is always the real one. Only what needs the network is replaced, through
yt-dlp's own public ways: ``add_info_extractor`` and ``build_request_director``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from yt_dlp import YoutubeDL
from yt_dlp.extractor.common import InfoExtractor, SearchInfoExtractor
from yt_dlp.networking import Request, RequestHandler, Response
from yt_dlp.networking.exceptions import HTTPError
from yt_dlp.utils import ExtractorError

from connectors.youtube import YouTubeConnector, YouTubeSettings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Site:
    """A local web site: path to (status, headers, body); ``cut`` and ``silent`` paths misbehave."""

    url: str = ""
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def put(
        self, path: str, body: str | bytes, status: int = 200, kind: str = "text/html", **headers: str
    ) -> str:
        """Serve a body; returns its address."""
        content = body.encode() if isinstance(body, str) else body
        fields = {
            "Content-Type": kind,
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        self.pages[path] = (status, fields, content)
        return self.url + path


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            missing = (404, {"Content-Type": "text/plain"}, b"not there")
            if self.path in served.silent:
                released.wait(10)
                return
            status, headers, body = served.pages.get(self.path, missing)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + (1000 if self.path in served.cut else 0)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 -- the standard library calls it so

        def log_message(self, *_: object) -> None:
            pass

    released = Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield served
    released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def json3(*lines: str, seconds: float = 5) -> str:
    """json3 captions with one line every so many seconds."""
    events = [
        {
            "tStartMs": int(n * seconds * 1000),
            "dDurationMs": int(seconds * 1000),
            "segs": [{"utf8": line}],
        }
        for n, line in enumerate(lines)
    ]
    return json.dumps({"wireMagic": "pb3", "events": events})


@dataclass
class Tube:
    """What stands behind the doubles.

    Attributes:
        videos: Id to yt-dlp's description, to YouTube's refusal, or to what yt-dlp stumbles over.
        lists: Address or ``ytsearch:QUERY`` to ids or flat entries, or to a message.
        looked: Ids of videos that were looked at, in order.
        listed: Ids that lists gave out, in order.
        options: What yt-dlp was opened with last.
    """

    videos: dict[str, Mapping[str, Any] | str | Exception] = field(default_factory=dict)
    lists: dict[str, list[Any] | str] = field(default_factory=dict)
    looked: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    site: Site | None = None

    def add(self, video_id: str, *lines: str, language: str = "en", **info: Any) -> str:
        """A video with captions made by people, five seconds a line."""
        assert self.site
        url = self.site.put(f"/captions/{video_id}", json3(*lines), kind="application/json")
        described = {"subtitles": {language: [{"ext": "json3", "url": url}]}, **info}
        self.videos[video_id] = described
        return video_id

    def open(self, options: dict[str, Any]) -> YoutubeDL:
        """The real library with the doubles in place of YouTube's extractors."""
        self.options = options
        library = YoutubeDL({**options, "allowed_extractors": []})
        for double in (_Video, _List, _Search):
            library.add_info_extractor(type(double.__name__ + "IE", (double,), {"tube": self})())
        return library

    def entries(self, name: str) -> Iterator[Any]:
        offered = self.lists.get(name, "This playlist does not exist.")
        if isinstance(offered, str):
            raise ExtractorError(offered, expected=True)
        for entry in offered:
            if isinstance(entry, Exception):
                raise entry
            flat = {"id": entry, "title": f"Title of {entry}"} if isinstance(entry, str) else entry
            self.listed.append(flat["id"])
            yield {
                "_type": "url",
                "ie_key": "Youtube",
                "url": f"https://www.youtube.com/watch?v={flat['id']}",
                **flat,
            }


class _Video(InfoExtractor):
    _VALID_URL = r"https://www\.youtube\.com/watch\?v=(?P<id>[^&]+)"
    IE_NAME = "youtube"
    tube: Tube

    def _real_extract(self, url: str) -> Any:
        video_id = self._match_id(url)
        self.tube.looked.append(video_id)
        described = self.tube.videos.get(
            video_id, "Video unavailable. This video has been removed by the uploader"
        )
        if isinstance(described, Exception):
            raise described
        if isinstance(described, str):
            self.raise_no_formats(described, expected=True)  # as the real extractor tells it
            described = {}
        return {"id": video_id, "title": f"Title of {video_id}", "formats": [], **described}


class _List(InfoExtractor):
    _VALID_URL = r"https://www\.youtube\.com/(?P<id>(?:@|channel/|playlist\?).+)"
    IE_NAME = "youtube:tab"
    tube: Tube

    def _real_extract(self, url: str) -> Any:
        offered = self.tube.lists.get(url)
        if isinstance(offered, str):
            raise ExtractorError(offered, expected=True)
        return self.playlist_result(self.tube.entries(url), self._match_id(url), "A list")


class _Search(SearchInfoExtractor):
    _SEARCH_KEY = "ytsearch"
    IE_NAME = "youtube:search"
    tube: Tube

    def _search_results(self, query: str) -> Any:
        yield from self.tube.entries(f"ytsearch:{query}")


@pytest.fixture
def noon() -> datetime:
    """What the connector's clock says."""
    return NOON


@pytest.fixture
def tube(site: Site) -> Tube:
    return Tube(site=site)


@dataclass
class Wire:
    """Answers in place of YouTube's servers; yt-dlp's own YouTube extractors run on it.

    Attributes:
        answers: By the beginning of the path, first match; a function gets the request.
        asked: Addresses that were asked for.
    """

    answers: dict[str, bytes | Callable[[Request], bytes | None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def page(self, initial_data: Any = None) -> bytes:
        """The least of a page that the extractors go on with: a client's context, and data."""
        context = {"client": {"clientName": "WEB", "clientVersion": "2.20261101", "hl": "en"}}
        said = f"ytcfg.set({json.dumps({'INNERTUBE_CONTEXT': context, 'STS': 20000})});"
        if initial_data:
            said += f"</script><script>var ytInitialData = {json.dumps(initial_data)};"
        return f"<html><script>{said}</script></html>".encode()

    def answer(self, request: Request) -> bytes | None:
        path = urlsplit(request.url).path
        self.asked.append(request.url)
        found = next((body for start, body in self.answers.items() if path.startswith(start)), None)
        return found(request) if callable(found) else found

    def open(self, options: dict[str, Any]) -> YoutubeDL:
        """The real library with one request handler, which answers from memory."""
        handler = type("MemoryRH", (_MemoryRH,), {"wire": self})

        class OnWire(YoutubeDL):  # type: ignore[misc]
            def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
                return super().build_request_director([handler])

        return OnWire(options)


class _MemoryRH(RequestHandler):
    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = None
    _SUPPORTED_FEATURES = None
    wire: Wire

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        extensions.clear()

    def _send(self, request: Request) -> Response:
        body = self.wire.answer(request)
        answer = Response(io.BytesIO(body or b""), request.url, {}, status=200 if body else 404)
        if not body:
            raise HTTPError(answer)
        return answer


@pytest.fixture
def wire() -> Wire:
    return Wire()


Build = Callable[..., YouTubeConnector]


@pytest.fixture
def build(tmp_path: Path, tube: Tube) -> Build:
    """Makes a connector on the doubles; ``open_library`` and ``now`` can be given."""

    def made(*, open_library: Any = None, now: Any = lambda: NOON, **settings: Any) -> YouTubeConnector:
        return YouTubeConnector(
            YouTubeSettings(**{"pace_seconds": 0, **settings}),
            source="talks",
            folder=tmp_path,
            open_library=open_library or tube.open,
            now=now,
        )

    return made


@pytest.fixture
def recorded() -> Path:
    """Recorded answers, beside the repository; they are not part of it."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "recorded"
    if not folder.is_dir():
        pytest.skip("recorded answers are not at ../shared/recorded")
    return folder
