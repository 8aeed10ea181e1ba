"""Recorded answers of YouTube's player through yt-dlp's real YouTube extractor.

Only the wire is replaced: yt-dlp is given one request handler that answers from files. So
the extractor's own way from an answer to warnings, tracks and errors is what is tested.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from yt_dlp import YoutubeDL
from yt_dlp.networking import Request, RequestHandler, Response
from yt_dlp.networking.exceptions import HTTPError

from labelloop.errors import SourceUnavailable

# The least of a page that the extractor goes on with: a client's context.
PAGE = (
    b'<html><script>ytcfg.set({"INNERTUBE_CONTEXT":{"client":{"clientName":"WEB",'
    b'"clientVersion":"2.20261101","hl":"en"}},"STS":20000});</script></html>'
)
CAPTIONS = b'{"events": [{"tStartMs": 1500, "dDurationMs": 900, "segs": [{"utf8": "Spoken."}]}]}'


class AnswersRH(RequestHandler):
    """Answers from memory; anything unknown is 404."""

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = None
    _SUPPORTED_FEATURES = None
    player: ClassVar[bytes]
    asked: ClassVar[list[str]]

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        extensions.clear()

    def _send(self, request: Request) -> Response:
        self.asked.append(request.url)
        body = self._body(urlsplit(request.url).path)
        answer = Response(io.BytesIO(body or b""), request.url, {}, status=200 if body else 404)
        if not body:
            raise HTTPError(answer)
        return answer

    def _body(self, path: str) -> bytes | None:
        if path.startswith("/youtubei/v1/player"):
            return self.player
        if path.startswith("/youtubei/v1/"):
            return b'{"contents": {}}'
        if path.startswith(("/watch", "/embed/")):
            return PAGE
        return CAPTIONS if path == "/api/timedtext" else None


Play = Callable[..., Any]


@pytest.fixture
def play(recorded: Path, build: Any) -> Play:
    """A connector for the video of a recorded answer."""

    def connector(name: str, **settings: Any) -> Any:
        answer = (recorded / "youtube" / f"{name}.innertube.json").read_bytes()
        video_id = json.loads(answer).get("videoDetails", {}).get("videoId", "GJLlxj_dtq8")
        wire = type("WireRH", (AnswersRH,), {"player": answer, "asked": []})

        class Recorded(YoutubeDL):  # type: ignore[misc]
            def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
                return super().build_request_director([wire])

        made = build(open_library=Recorded, videos=[video_id], **settings)
        made.asked = wire.asked  # type: ignore[attr-defined]
        return made

    return connector


def caption_query(connector: Any) -> dict[str, list[str]]:
    (asked,) = [url for url in connector.asked if "timedtext" in url]
    return parse_qs(urlsplit(asked).query, keep_blank_values=True)


def test_captions_made_by_people_as_json3(play: Play) -> None:
    connector = play("youtube")
    (batch,) = connector.batches(None)
    (document,) = batch.documents
    assert (document.text, document.title) == ("Spoken.", "Surface Go Review - It’s Awesome")
    assert document.url == "https://www.youtube.com/watch?v=GJLlxj_dtq8&t=1"
    assert document.metadata["caption_kind"] == "manual"
    query = caption_query(connector)
    assert (query["lang"], query["fmt"], "kind" in query, "tlang" in query) == (
        ["en"],
        ["json3"],
        False,
        False,
    )


def test_a_language_that_only_a_machine_translates_to_is_not_had(play: Play) -> None:
    connector = play("youtube", languages=["nl"])
    (batch,) = connector.batches(None)
    assert batch.skipped == {"captions in another language": 1}
    assert not any("timedtext" in url for url in connector.asked)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("youtube_po_token_required", "captions withheld"),
        ("youtube_transcripts_disabled", "no captions"),
        ("youtube_age_restricted", "age restricted"),
        ("youtube_video_unavailable", "removed"),
    ],
)
def test_told_apart(play: Play, name: str, reason: str) -> None:
    (batch,) = play(name).batches(None)
    assert (batch.documents, batch.skipped) == ((), {reason: 1})


@pytest.mark.parametrize("name", ["youtube_request_blocked", "youtube_unplayable"])
def test_taken_for_a_robot(play: Play, name: str) -> None:
    """The 'unplayable' file is a blocked answer with an invented status and its reason kept."""
    with pytest.raises(SourceUnavailable, match="not a bot") as caught:
        list(play(name).batches(None))
    assert caught.value.retry_after == 3600
    with pytest.raises(SourceUnavailable, match="not a bot"):
        play(name).check()


def test_check_says_that_a_javascript_runtime_is_missing(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "no JavaScript runtime found, set js_runtime" in play("youtube").check().summary


def test_nothing_is_printed(play: Play, capfd: pytest.CaptureFixture[str]) -> None:
    list(play("youtube_age_restricted").batches(None))
    assert capfd.readouterr() == ("", "")
