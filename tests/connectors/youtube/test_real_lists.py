"""yt-dlp's real search, playlist and channel extractors, on answers of our own making.

No recorded lists were at hand: the answers have the shape that yt-dlp's parsers expect, so
this shows that lists come lazily, page by page, through the real extractors, and not that
YouTube still answers so.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from labelloop.records import Batch

CAPTIONS = b'{"events": [{"tStartMs": 0, "dDurationMs": 900, "segs": [{"utf8": "Spoken."}]}]}'


def video(number: int) -> str:
    return f"video{number:06d}"


def player(request: Any) -> bytes:
    """A player's answer with captions for whichever video is asked."""
    video_id = json.loads(request.data)["videoId"]
    url = f"https://www.youtube.com/api/timedtext?v={video_id}&lang=en"
    track = {"baseUrl": url, "languageCode": "en", "vssId": ".en", "name": {"simpleText": "English"}}
    return json.dumps(
        {
            "playabilityStatus": {"status": "OK"},
            "videoDetails": {"videoId": video_id, "title": f"Title of {video_id}", "author": "Wind"},
            "captions": {"playerCaptionsTracklistRenderer": {"captionTracks": [track]}},
        }
    ).encode()


def renderer(kind: str, number: int, **more: Any) -> dict[str, Any]:
    title = {"runs": [{"text": f"Title {number}"}]}
    return {kind: {"videoId": video(number), "title": title, **more}}


def next_page(token: str) -> dict[str, Any]:
    command = {"continuationCommand": {"token": token}}
    return {"continuationItemRenderer": {"continuationEndpoint": command}}


def appended(items: list[Any]) -> bytes:
    action = {"appendContinuationItemsAction": {"continuationItems": items}}
    return json.dumps({"onResponseReceivedActions": [action]}).encode()


def tab(url: str, content: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "selected": True,
        "title": "Videos",
        "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": url}}},
        "content": content,
    }
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": shown}]}}}


def ids(batches: list[Batch]) -> list[str]:
    return [document.external_id for batch in batches for document in batch.documents]


@pytest.fixture
def youtube(wire: Any) -> Any:
    """Ten videos a page, two pages to each list."""
    first, second = range(20, 10, -1), range(10, 0, -1)
    listed = [renderer("playlistVideoRenderer", n) for n in first]
    listed[1]["playlistVideoRenderer"]["title"] = {"runs": [{"text": "[Private video]"}]}
    section = {"playlistVideoListRenderer": {"contents": [*listed, next_page("PLAYLIST")]}}
    playlist = {"sectionListRenderer": {"contents": [{"itemSectionRenderer": {"contents": [section]}}]}}
    grid = [{"richItemRenderer": {"content": renderer("videoRenderer", n)}} for n in first]
    soon = {"upcomingEventData": {"startTime": "1900000000"}}
    grid[2] = {"richItemRenderer": {"content": renderer("videoRenderer", 18, **soon)}}
    channel = {"richGridRenderer": {"contents": [*grid, next_page("CHANNEL")]}}
    results = [{"itemSectionRenderer": {"contents": [renderer("videoRenderer", n) for n in first]}}]
    sections = {"sectionListRenderer": {"contents": results}}
    found = {"contents": {"twoColumnSearchResultsRenderer": {"primaryContents": sections}}}

    def browse(request: Any) -> bytes:
        token = json.loads(request.data).get("continuation")
        if token == "PLAYLIST":
            return appended([renderer("playlistVideoRenderer", n) for n in second])
        items = [renderer("videoRenderer", n) for n in second]
        return appended([{"richItemRenderer": {"content": item}} for item in items])

    wire.answers = {
        "/watch": wire.page(),
        "/playlist": wire.page(tab("/playlist?list=PLwindwindwind", playlist)),
        "/@wind/videos": wire.page(tab("/@wind/videos", channel)),
        "/youtubei/v1/player": player,
        "/youtubei/v1/browse": browse,
        "/youtubei/v1/search": json.dumps(found).encode(),
        "/youtubei/v1/": b'{"contents": {}}',
        "/api/timedtext": CAPTIONS,
        "/": wire.page(),
    }
    return wire


def pages(wire: Any) -> int:
    return sum("/youtubei/v1/browse" in url for url in wire.asked)


def test_a_playlist_page_by_page(build: Any, youtube: Any) -> None:
    batches = build(open_library=youtube.open, playlists=["PLwindwindwind"], unit="video").batches(None)
    first = next(batches)
    assert ids([first]) == [video(20), *(video(n) for n in range(18, 10, -1))]
    assert first.skipped == {"private": 1}
    assert pages(youtube) == 0
    assert ids(list(batches)) == [video(n) for n in range(10, 0, -1)]
    assert pages(youtube) == 1


def test_a_channel_newest_first_and_no_page_too_many(build: Any, youtube: Any) -> None:
    connector = build(open_library=youtube.open, channels=["@wind"], unit="video", limit=10)
    batches = list(connector.batches(None))
    assert ids(batches) == [video(n) for n in range(20, 10, -1) if n != 18]
    assert batches[0].skipped == {"upcoming": 1}
    assert pages(youtube) == 0


def test_a_query(build: Any, youtube: Any) -> None:
    connector = build(open_library=youtube.open, search=["wind power"], unit="video", limit=4)
    (batch,) = connector.batches(None)
    assert ids([batch]) == [video(n) for n in range(20, 16, -1)]
    assert batch.documents[0].metadata["found_by"] == "search wind power"


def test_captions_behind_a_token_are_withheld(build: Any, youtube: Any) -> None:
    """The mark in the caption address by which yt-dlp knows that a PO token is wanted."""

    def behind_token(request: Any) -> bytes:
        return player(request).replace(b"&lang=en", b"&exp=xpe&lang=en")

    youtube.answers["/youtubei/v1/player"] = behind_token
    (batch,) = build(open_library=youtube.open, videos=[video(1)]).batches(None)
    assert (batch.documents, batch.skipped) == ((), {"captions withheld": 1})


def test_check_through_a_list(build: Any, youtube: Any) -> None:
    summary = build(open_library=youtube.open, search=["wind power"]).check().summary
    assert "1 documents from manual captions in en" in summary
