"""Recorded answers of YouTube's player through yt-dlp's real YouTube extractor.

Only the wire is replaced: yt-dlp is given one request handler that answers from files. So
the extractor's own way from an answer to warnings, tracks and errors is what is tested.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from labelloop.errors import SourceUnavailable

CAPTIONS = b'{"events": [{"tStartMs": 1500, "dDurationMs": 900, "segs": [{"utf8": "Spoken."}]}]}'
Play = Callable[..., Any]


@pytest.fixture
def play(recorded: Path, build: Any, wire: Any) -> Play:
    """A connector for the video of a recorded answer."""

    def connector(name: str, **settings: Any) -> Any:
        answer = (recorded / "youtube" / f"{name}.innertube.json").read_bytes()
        video_id = json.loads(answer).get("videoDetails", {}).get("videoId", "GJLlxj_dtq8")
        wire.answers = {
            "/watch": wire.page(),
            "/embed/": wire.page(),
            "/youtubei/v1/player": answer,
            "/youtubei/v1/": b'{"contents": {}}',
            "/api/timedtext": CAPTIONS,
        }
        return build(open_library=wire.open, videos=[video_id], **settings)

    return connector


def caption_query(wire: Any) -> dict[str, list[str]]:
    (asked,) = [url for url in wire.asked if "timedtext" in url]
    return parse_qs(urlsplit(asked).query, keep_blank_values=True)


def test_captions_made_by_people_as_json3(play: Play, wire: Any) -> None:
    connector = play("youtube")
    (batch,) = connector.batches(None)
    (document,) = batch.documents
    assert (document.text, document.title) == ("Spoken.", "Surface Go Review - It’s Awesome")
    assert document.url == "https://www.youtube.com/watch?v=GJLlxj_dtq8&t=1"
    assert document.metadata["caption_kind"] == "manual"
    query = caption_query(wire)
    assert (query["lang"], query["fmt"], "kind" in query, "tlang" in query) == (
        ["en"],
        ["json3"],
        False,
        False,
    )


def test_a_language_that_only_a_machine_translates_to_is_not_had(play: Play, wire: Any) -> None:
    connector = play("youtube", languages=["nl"])
    (batch,) = connector.batches(None)
    assert batch.skipped == {"captions in another language": 1}
    assert not any("timedtext" in url for url in wire.asked)


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
