"""What yt-dlp says, told apart."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.youtube.reasons import (
    rate_limit,
    reason_in_listing,
    reason_without_captions,
    tidy,
    unreached,
)

# Wordings of YouTube's player, as yt-dlp passes them on.
SAID = {
    "private": [
        "Private video. Sign in if you've been granted access to this video",
        "This video is private",
    ],
    "members only": [
        "Join this channel to get access to members-only content like this video, and other perks.",
        "This video is available to this channel's members on level: Friends (or any higher level).",
    ],
    "age restricted": [
        "Sign in to confirm your age. This video may be inappropriate for some users.",
        "This video may be inappropriate for some users.",
    ],
    "removed": [
        "This video is unavailable",
        "Video unavailable. This video is no longer available because the YouTube account associated"
        " with this video has been terminated.",
        "This video has been removed by the uploader",
        "Video unavailable. This video isn't available anymore",
        "Unable to download webpage: HTTP Error 404: Not Found",
    ],
    "upcoming": ["This live event will begin in 3 hours.", "Premieres in 20 minutes"],
    "not available in this country": ["The uploader has not made this video available in your country"],
    "payment required": [
        "This video requires payment to watch",
        "This video is only available to Music Premium members",
    ],
    "sign-in required": ["Please sign in", "Unable to download webpage: HTTP Error 403: Forbidden"],
    "not readable": ["An extractor error has occurred. (caused by KeyError('contents'))"],
}


@pytest.mark.parametrize(
    ("reason", "message"), [(reason, message) for reason, said in SAID.items() for message in said]
)
def test_reasons_by_wording(reason: str, message: str) -> None:
    assert reason_without_captions({}, [message]) == reason


PARENT = {"id": "x", "title": "Apparently, my parent rents a paid current"}


@pytest.mark.parametrize(
    ("info", "messages", "reason"),
    [
        (PARENT, [], "no captions"),
        (
            PARENT,
            ["unable to extract web client initial player response", "ffmpeg not found"],
            "no captions",
        ),
        ({**PARENT, "live_status": "is_upcoming"}, ["Premieres in 3 days"], "upcoming"),
        ({**PARENT, "live_status": "is_live"}, [], "live"),
        ({**PARENT, "live_status": "post_live"}, [], "live"),
        ({**PARENT, "live_status": "was_live"}, [], "no captions"),
        ({**PARENT, "availability": "subscriber_only"}, [], "members only"),
        (
            {**PARENT, "subtitles": {"de": [{"ext": "vtt", "url": "u"}]}},
            [],
            "captions in another language",
        ),
        (
            {**PARENT, "subtitles": {"de": [{"ext": "vtt", "url": "u"}]}},
            ["x: There are missing subtitles languages because a PO token was not provided."],
            "captions withheld",
        ),
        (
            PARENT,
            ["x: Some web client subtitles require a PO Token which was not provided."],
            "captions withheld",
        ),
        (PARENT, ["Unable to download API page: timed out"], "not readable"),
        (PARENT, ["x: Unable to download webpage: HTTP Error 404: Not Found"], "no captions"),
        (PARENT, ["Some formats require a GVS PO Token"], "no captions"),
    ],
)
def test_reasons_by_description(info: dict[str, Any], messages: list[str], reason: str) -> None:
    assert reason_without_captions(info, messages) == reason


@pytest.mark.parametrize(
    "message",
    [
        "Sign in to confirm you’re not a bot. Use --cookies",
        "Sign in to confirm you're not a bot",
        "Unable to download API page: HTTP Error 429: Too Many Requests",
        "The current session has been rate-limited by YouTube for up to an hour.",
        "This content isn't available, try again later",
        "All player responses are invalid. Your IP is likely being blocked by Youtube",
    ],
)
def test_rate_limits(message: str) -> None:
    assert rate_limit(["something else", message]) == message
    assert rate_limit(["Sign in to confirm your age", "This video isn't available anymore"]) is None


def test_network_faults() -> None:
    assert unreached(["Unable to download webpage: [Errno 111] Connection refused"])
    assert unreached(["This video is unavailable"]) is None


@pytest.mark.parametrize(
    ("entry", "signed_in", "reason"),
    [
        ({"title": "[Private video]"}, False, "private"),
        ({"title": "[Deleted video]"}, False, "removed"),
        ({"title": "a", "live_status": "is_upcoming"}, False, "upcoming"),
        ({"title": "a", "availability": "subscriber_only"}, False, "members only"),
        ({"title": "a", "availability": "subscriber_only"}, True, None),
        ({"title": None}, False, None),
    ],
)
def test_what_a_list_already_shows(entry: dict[str, Any], signed_in: bool, reason: str | None) -> None:
    assert reason_in_listing(entry, signed_in=signed_in) == reason


def test_tidy() -> None:
    message = (
        "\x1b[0;31mERROR:\x1b[0m [youtube:tab] abc: Unable to download webpage:"
        " HTTP Error 404: Not Found"
        " (caused by <HTTPError 404: Not Found>); please report this issue on https://example.org"
    )
    assert tidy(message) == "abc: Unable to download webpage: HTTP Error 404: Not Found"
