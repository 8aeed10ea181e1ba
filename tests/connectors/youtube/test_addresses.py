"""Ids, addresses, links, dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.youtube.documents import link, published
from connectors.youtube.faults import retry_after_seconds
from connectors.youtube.listing import channel_url, listings, playlist_url, video_key, video_url
from connectors.youtube.settings import YouTubeSettings


@pytest.mark.parametrize(
    "text",
    [
        "dQw4w9WgXcQ",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PLx&t=5",
        "https://youtu.be/dQw4w9WgXcQ?si=abc",
        "https://m.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://music.youtube.com/watch?v=dQw4w9WgXcQ",
        "https://www.youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube.com/live/dQw4w9WgXcQ?feature=share",
        "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    ],
)
def test_every_spelling_of_a_video_is_one_key(text: str) -> None:
    assert video_key(text) == "dQw4w9WgXcQ"
    assert video_url(text) == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_other_addresses_stand_for_themselves() -> None:
    assert video_url(" http://127.0.0.1:1/a.html ") == "http://127.0.0.1:1/a.html"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("@nasa", "https://www.youtube.com/@nasa/videos"),
        ("nasa", "https://www.youtube.com/@nasa/videos"),
        ("UC" + "x" * 22, f"https://www.youtube.com/channel/UC{'x' * 22}/videos"),
        ("https://www.youtube.com/@nasa/", "https://www.youtube.com/@nasa/videos"),
        ("https://www.youtube.com/@nasa/streams", "https://www.youtube.com/@nasa/streams"),
        ("@Энергия", "https://www.youtube.com/@%D0%AD%D0%BD%D0%B5%D1%80%D0%B3%D0%B8%D1%8F/videos"),
    ],
)
def test_channels(text: str, url: str) -> None:
    assert channel_url(text) == url


def test_playlists_and_queries() -> None:
    assert playlist_url("PLx") == "https://www.youtube.com/playlist?list=PLx"
    assert playlist_url("https://www.youtube.com/playlist?list=PLy") == (
        "https://www.youtube.com/playlist?list=PLy"
    )
    settings = YouTubeSettings(search=["wind: how?"], playlists=["PLx"], limit=7)
    assert [(item.name, item.url) for item in listings(settings)] == [
        ("playlist PLx", "https://www.youtube.com/playlist?list=PLx"),
        ("search wind: how?", "ytsearch7:wind: how?"),
    ]


def test_links_begin_no_later_than_the_words() -> None:
    assert link("https://www.youtube.com/watch?v=x", 61.9) == "https://www.youtube.com/watch?v=x&t=61"
    assert link("https://www.youtube.com/watch?v=x&t=5", 7) == "https://www.youtube.com/watch?v=x&t=7"


def test_dates() -> None:
    assert published({"timestamp": 0, "upload_date": "20200101"}) == datetime(1970, 1, 1)
    assert published({"upload_date": "20200203"}) == datetime(2020, 2, 3)
    assert published({}) is None


def test_retry_after() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert retry_after_seconds("30") == 30
    assert retry_after_seconds("Sun, 22 Nov 2026 12:01:00 GMT", now) == 60
    assert retry_after_seconds("Sun, 22 Nov 2026 11:00:00 GMT", now) == 0
    assert retry_after_seconds("later") is None
    assert retry_after_seconds(None) is None
