"""Playlists, channels and queries; incremental reading; resuming. Doubles for YouTube's answers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from yt_dlp.utils import ExtractorError

from connectors.youtube.listing import KNOWN_IN_A_ROW
from labelloop.errors import SourceRefused, SourceUnavailable
from labelloop.records import Batch

CHANNEL = "https://www.youtube.com/@wind/videos"
PLAYLIST = "https://www.youtube.com/playlist?list=PLx"


def ids(batches: list[Batch]) -> list[str]:
    return [document.external_id for batch in batches for document in batch.documents]


def through_json(batch: Batch) -> Any:
    return json.loads(json.dumps(batch.cursor))


def video(number: int) -> str:
    return f"video{number:06d}"


@pytest.fixture
def channel(tube: Any) -> Any:
    """A channel of 60 videos, newest (highest number) first."""
    tube.lists[CHANNEL] = [
        tube.add(video(number), f"About wind {number}") for number in range(59, -1, -1)
    ]
    return tube


def test_newest_first_up_to_the_limit(build: Any, channel: Any) -> None:
    batches = list(build(channels=["@wind"], limit=25, unit="video").batches(None))
    assert ids(batches) == [video(number) for number in range(59, 34, -1)]
    assert [len(batch.documents) for batch in batches] == [10, 10, 5]
    assert batches[0].documents[0].metadata["found_by"] == "channel @wind"


def test_nothing_is_asked_before_the_first_batch_and_no_more_than_it_needs(
    build: Any, channel: Any
) -> None:
    batches = build(channels=["@wind"], unit="video").batches(None)
    assert channel.looked == []
    next(batches)
    assert len(channel.looked) == len(channel.listed) == 10


def test_the_second_run_reads_only_what_is_new(build: Any, channel: Any) -> None:
    connector = build(channels=["@wind"], limit=60, unit="video")
    cursor = through_json(list(connector.batches(None))[-1])
    channel.looked.clear(), channel.listed.clear()
    assert list(connector.batches(cursor)) == []
    assert channel.looked == []
    assert len(channel.listed) == KNOWN_IN_A_ROW
    channel.lists[CHANNEL].insert(0, channel.add(video(60), "News"))
    assert ids(list(connector.batches(cursor))) == [video(60)]


def test_a_larger_limit_reaches_the_older_ones(build: Any, channel: Any) -> None:
    cursor = through_json(list(build(channels=["@wind"], limit=40, unit="video").batches(None))[-1])
    older = list(build(channels=["@wind"], limit=50, unit="video").batches(cursor))
    assert ids(older) == [video(number) for number in range(19, 9, -1)]
    smaller = build(channels=["@wind"], limit=35, unit="video")
    assert list(smaller.batches(through_json(older[-1]))) == []


@pytest.mark.parametrize("after", range(5))
def test_killed_after_any_batch_nothing_is_lost_or_doubled(build: Any, channel: Any, after: int) -> None:
    connector = build(channels=["@wind"], limit=50, unit="video")
    begun = connector.batches(None)
    first = [next(begun) for _ in range(after + 1)]
    begun.close()
    rest = list(connector.batches(through_json(first[-1])))
    assert sorted(ids(first + rest)) == sorted(video(number) for number in range(59, 9, -1))


def test_a_kill_among_new_videos_loses_none_of_them(build: Any, channel: Any) -> None:
    """Forty of sixty new ones were read: more known in a row than end the reading otherwise."""
    connector = build(channels=["@wind"], limit=200, unit="video")
    cursor = through_json(list(connector.batches(None))[-1])
    channel.lists[CHANNEL][:0] = [channel.add(video(n), "News") for n in range(119, 59, -1)]
    interrupted = connector.batches(cursor)
    first = [next(interrupted) for _ in range(4)]
    interrupted.close()
    assert len(ids(first)) == 40 > KNOWN_IN_A_ROW
    rest = list(connector.batches(through_json(first[-1])))
    assert ids([*first, *rest]) == [video(n) for n in range(119, 59, -1)]


def test_a_long_video_spans_batches_and_is_resumed_within(build: Any, tube: Any) -> None:
    tube.add(video(1), *(f"Line {n}." for n in range(1200)))
    tube.add(video(2), "The end.")
    connector = build(videos=[video(1), video(2)], unit="sentence")
    batches = list(connector.batches(None))
    assert [len(batch.documents) for batch in batches] == [500, 500, 201]
    everything = ids(batches)
    assert len(set(everything)) == 1201
    for number, batch in enumerate(batches):
        rest = list(connector.batches(through_json(batch)))
        assert ids(batches[: number + 1] + rest) == everything


def test_a_video_in_several_lists_is_read_once(build: Any, channel: Any) -> None:
    channel.lists[PLAYLIST] = [video(3), video(59), video(3)]
    channel.lists["ytsearch:wind power"] = [video(59), video(7)]
    connector = build(
        videos=[video(5), f"https://youtu.be/{video(5)}"],
        playlists=["PLx"],
        channels=["@wind"],
        search=["wind power"],
        limit=3,
        unit="video",
    )
    assert ids(list(connector.batches(None))) == [video(n) for n in (5, 3, 59, 58, 57, 7)]


def test_a_playlist_is_read_whole_for_new_ones_come_last(build: Any, channel: Any) -> None:
    channel.lists[PLAYLIST] = [video(n) for n in range(40)]
    connector = build(playlists=["PLx"], limit=100, unit="video")
    cursor = through_json(list(connector.batches(None))[-1])
    channel.lists[PLAYLIST].append(video(50))
    assert ids(list(connector.batches(cursor))) == [video(50)]


def test_entries_that_cannot_be_read_are_told_apart(build: Any, tube: Any) -> None:
    tube.lists[PLAYLIST] = [
        {"id": "priv0000001", "title": "[Private video]"},
        {"id": "dele0000001", "title": "[Deleted video]"},
        {"id": "soon0000001", "title": "Soon", "live_status": "is_upcoming"},
        {"id": "memb0000001", "title": "Members", "availability": "subscriber_only"},
        tube.add("good0000001", "Hello."),
        "age_0000001",
        "live0000001",
        "gone0000001",
        "none0000001",
        "held0000001",
        {"id": "UCxyz", "ie_key": "YoutubeTab", "url": "https://www.youtube.com/channel/UCxyz"},
    ]
    tube.videos |= {
        "age_0000001": "Sign in to confirm your age. This video may be inappropriate for some users.",
        "live0000001": {"live_status": "is_live"},
        "none0000001": {},
        "held0000001": "There are missing subtitles languages because a PO token was not provided.",
    }
    batches = list(build(playlists=["PLx"]).batches(None))
    told: dict[str, int] = {}
    for batch in batches:
        told |= {reason: told.get(reason, 0) + count for reason, count in batch.skipped.items()}
    assert told == {
        "private": 1,
        "removed": 2,
        "upcoming": 1,
        "members only": 1,
        "age restricted": 1,
        "live": 1,
        "no captions": 1,
        "captions withheld": 1,
    }
    assert ids(batches) == ["good0000001:w60-0"]
    assert not {"priv0000001", "dele0000001", "soon0000001", "memb0000001"} & set(tube.looked)


def test_passing_reasons_are_tried_in_the_next_run_and_lasting_ones_after_a_while(
    build: Any, tube: Any, noon: datetime
) -> None:
    held, none = "held0000001", "none0000001"
    tube.videos |= {held: {"live_status": "is_upcoming"}, none: {}}
    settings = {"videos": [held, none], "refresh_after_days": 30}
    cursor = through_json(list(build(**settings).batches(None))[-1])
    tube.add(held, "Now there is something.")
    tube.add(none, "Now here, too.")
    (second,) = build(**settings).batches(cursor)
    assert ids([second]) == [f"{held}:w60-0"]
    assert list(build(**settings).batches(through_json(second))) == []
    late = build(**settings, now=lambda: noon + timedelta(days=30))
    (third,) = late.batches(through_json(second))
    assert ids([third]) == [f"{none}:w60-0"]


def test_other_languages_wanted_bring_back_those_without(build: Any, tube: Any) -> None:
    tube.add(video(1), "Guten Tag.", language="de")
    (first,) = build(videos=[video(1)]).batches(None)
    assert first.skipped == {"captions in another language": 1}
    (second,) = build(videos=[video(1)], languages=["en", "de"]).batches(through_json(first))
    assert second.documents[0].language == "de"


def test_a_cursor_of_another_version_reads_again(build: Any, tube: Any) -> None:
    connector = build(videos=[tube.add(video(1), "Hello.")])
    (first,) = connector.batches({"version": 0, "ids": [video(1)]})
    assert (first.documents, first.cursor["version"]) == (next(connector.batches(None)).documents, 1)


def test_a_list_that_is_gone_does_not_stop_the_others(build: Any, channel: Any) -> None:
    channel.lists[PLAYLIST] = "The playlist does not exist."
    batches = list(build(playlists=["PLx"], channels=["@wind"], limit=2).batches(None))
    (gone,) = batches[0].rejected
    assert (gone.place, gone.reason) == ("playlist PLx", "list cannot be read")
    assert gone.excerpt == "playlist?list=PLx: The playlist does not exist."
    assert len(ids(batches)) == 2


def test_nothing_but_lists_that_are_gone_is_refused(build: Any, tube: Any) -> None:
    tube.lists[PLAYLIST] = "The playlist does not exist."
    with pytest.raises(SourceRefused, match=r"playlist PLx cannot be read: .*does not exist"):
        list(build(playlists=["PLx"]).batches(None))
    with pytest.raises(SourceRefused, match="playlist PLx"):
        build(playlists=["PLx"]).check()


def test_an_empty_list_fails_the_check_only(build: Any, tube: Any) -> None:
    tube.lists[PLAYLIST] = []
    with pytest.raises(SourceRefused, match="no video is listed"):
        build(playlists=["PLx"]).check()
    (only,) = build(playlists=["PLx"]).batches(None)
    assert only.documents == ()
    assert list(build(playlists=["PLx"]).batches(through_json(only))) == []


def test_taken_for_a_robot_the_run_ends_and_what_was_read_is_kept(build: Any, channel: Any) -> None:
    channel.videos[video(57)] = "Sign in to confirm you’re not a bot"
    batches = build(channels=["@wind"], unit="video").batches(None)
    kept = next(batches)
    assert ids([kept]) == [video(59), video(58)]
    with pytest.raises(SourceUnavailable, match="not a bot") as caught:
        next(batches)
    assert caught.value.retry_after == 3600
    channel.add(video(57), "Now it works.")
    assert ids(list(build(channels=["@wind"], limit=5, unit="video").batches(through_json(kept)))) == [
        video(n) for n in (57, 56, 55)
    ]


def test_a_list_cut_in_the_middle_is_gone_on_with(build: Any, channel: Any) -> None:
    complete = channel.lists[CHANNEL]
    cut = ExtractorError("Unable to download API page: timed out", expected=True)
    channel.lists[CHANNEL] = [*complete[:15], cut]
    begun: list[Batch] = []
    with pytest.raises(SourceUnavailable, match="timed out"):
        begun.extend(build(channels=["@wind"], limit=20, unit="video").batches(None))
    batches = build(channels=["@wind"], limit=20, unit="video").batches(None)
    first = [next(batches), next(batches)]
    with pytest.raises(SourceUnavailable, match="timed out"):
        next(batches)
    channel.lists[CHANNEL] = complete
    rest = list(build(channels=["@wind"], limit=20, unit="video").batches(through_json(first[-1])))
    assert ids(first + rest) == [video(n) for n in range(59, 39, -1)]


def test_a_list_that_yt_dlp_stumbles_over_is_a_clear_line(build: Any, channel: Any) -> None:
    channel.lists[CHANNEL] = [video(59), KeyError("continuationContents")]
    batches = build(channels=["@wind"]).batches(None)
    assert ids([next(batches)]) == [f"{video(59)}:w60-0"]
    with pytest.raises(SourceUnavailable, match="yt-dlp stumbled over KeyError"):
        next(batches)


def test_when_no_video_can_be_read_the_run_ends(build: Any, tube: Any) -> None:
    bad = [video(number) for number in range(20)]
    tube.videos |= dict.fromkeys(bad, KeyError("contents"))
    batches = build(videos=bad).batches(None)
    (told,) = {rejected.reason for rejected in next(batches).rejected}
    assert told == "not readable"
    with pytest.raises(SourceUnavailable, match=r"5 videos in a row .*KeyError"):
        next(batches)
    assert len(tube.looked) == 5


def test_channel_title_and_date_are_kept(build: Any, tube: Any) -> None:
    tube.add(
        video(1),
        "Hello.",
        title="Wind",
        channel="The wind channel",
        channel_id="UC1",
        timestamp=1750000000,
    )
    (batch,) = build(videos=[video(1)]).batches(None)
    (document,) = batch.documents
    assert document.title == "Wind"
    assert document.url == f"https://www.youtube.com/watch?v={video(1)}&t=0"
    assert document.published_at
    assert document.published_at.isoformat() == "2025-06-15T15:06:40"
    assert document.metadata["channel"] == "The wind channel"
    assert json.loads(json.dumps(dict(document.metadata))) == document.metadata


def test_a_list_among_the_videos_is_named(build: Any, channel: Any) -> None:
    channel.lists[PLAYLIST] = [video(3)]
    (batch,) = build(videos=[PLAYLIST]).batches(None)
    assert batch.rejected[0].excerpt == "a list: name it under playlists or channels"
    assert channel.looked == []
