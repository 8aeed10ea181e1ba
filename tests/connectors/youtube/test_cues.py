"""json3 and WebVTT to cues, rolling captions cleaned."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.youtube.cues import Cue, UnreadableCaptionsError, clean, json3_cues, unrolled, vtt_cues

ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
hello<00:00:00.500><c> world</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
hello world
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
hello world
this<00:00:02.500><c> is</c><00:00:03.000><c> wind</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
this is wind
\x20

00:00:04.010 --> 00:00:06.000 align:start position:0%
this is wind
this is wind
"""


def read(folder: Path, name: str) -> list[Cue]:
    return vtt_cues((folder / "captions" / f"webvtt-py_{name}.vtt").read_text(encoding="utf-8"))


def test_a_rolling_file_says_each_line_once() -> None:
    cues = vtt_cues(ROLLING)
    assert [cue.text for cue in cues] == ["hello world", "this is wind", "this is wind"]
    assert [cue.start for cue in cues] == [0.0, 2.01, 4.01]


def test_an_ordinary_file_may_repeat_itself() -> None:
    cues = vtt_cues("WEBVTT\n\n00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n")
    assert [cue.text for cue in cues] == ["No.", "No."]


def test_a_file_that_rolls_as_youtube_wrote_it_years_ago(recorded: Path) -> None:
    cues = read(recorded, "youtube_dl")
    assert " ".join(cue.text for cue in cues) == "yeah what this will happen is I'm telling"
    assert cues[0].start == pytest.approx(286.07)


@pytest.mark.parametrize(
    ("name", "count", "first"),
    [
        ("captions_with_bom", 4, "Caption text #1"),
        ("comments", 3, "- Ta en kopp varmt te. - Det är inte varmt."),
        ("cue_tags", 3, "When the moon hits your eye"),
        ("invalid_timeframe", 6, "Caption text #1"),
        ("metadata_headers", 2, "Caption text #1"),
        ("sample", 16, "Caption text #1"),
        ("styles", 1, "- Hello world."),
        ("using_identifiers", 6, "Caption text #1"),
    ],
)
def test_recorded_webvtt(recorded: Path, name: str, count: int, first: str) -> None:
    cues = read(recorded, name)
    assert (len(cues), cues[0].text) == (count, first)


def test_only_the_cue_with_the_bad_time_is_lost(recorded: Path) -> None:
    assert [cue.text for cue in read(recorded, "invalid_timeframe")] == [
        f"Caption text #{number}" for number in (1, 3, 4, 5, 6, 7)
    ]


def test_entities_and_markup_become_plain_text() -> None:
    cues = vtt_cues("WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\n<v Ann>Q&amp;A &lt;now&gt;&nbsp;</v>\r\n")
    assert cues == [Cue(1.0, 2.0, "Q&A <now>")]


@pytest.mark.parametrize("content", ["", "<html></html>", "WEBVTTX\n", "{}"])
def test_what_is_not_webvtt_is_refused(content: str) -> None:
    with pytest.raises(UnreadableCaptionsError):
        vtt_cues(content)


def test_json3_skips_appended_line_breaks_and_ends_at_the_next_start() -> None:
    events = [
        {"tStartMs": 0, "dDurationMs": 9999, "id": 1, "wpWinPosId": 1},
        {
            "tStartMs": 100,
            "dDurationMs": 5000,
            "segs": [{"utf8": "so"}, {"utf8": " today", "tOffsetMs": 9}],
        },
        {"tStartMs": 2000, "dDurationMs": 900, "aAppend": 1, "segs": [{"utf8": "\nagain"}]},
        {"tStartMs": 2100, "dDurationMs": 1000, "segs": [{"utf8": "we\nlook"}]},
        {"tStartMs": 9000, "segs": [{"utf8": "[Music]"}]},
    ]
    assert json3_cues(json.dumps({"events": events})) == [
        Cue(0.1, 2.1, "so today"),
        Cue(2.1, 3.1, "we look"),
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "WEBVTT", '{"events": [5]}', '{"events": null}', "[" * 100_000]
)
def test_what_is_not_json3_is_refused(content: str) -> None:
    with pytest.raises(UnreadableCaptionsError):
        json3_cues(content)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("[Music] hello\u200b  there ♪", "hello there"),
        (">> Yes. >> No.", "Yes. No."),
        ("a >> b", "a b"),
        ("5 > 3", "5 > 3"),
        ("[Applause]", ""),
    ],
)
def test_clean(said: str, kept: str) -> None:
    assert clean(said) == kept


LINES = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=40)


@given(LINES)
def test_unrolling_gives_back_what_was_spoken(spoken: list[str]) -> None:
    """Rolled as YouTube does it: each cue shows the line before and the new one."""
    rolled = [tuple(spoken[max(0, n - 1) : n + 1]) for n in range(len(spoken))]
    shown = [line for lines in unrolled(rolled) for line in lines]
    if all(a != b for a, b in pairwise(spoken)):
        assert shown == spoken
    else:  # 'no no no' in a roll cannot be told from one 'no'; other words are never lost
        assert set(shown) == set(spoken)
        assert len(shown) <= len(spoken)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(content: str) -> None:
    for read_it in (vtt_cues, json3_cues):
        try:
            cues = read_it(
                f"WEBVTT\n\n00:01.000 --> 00:02.000\n{content}" if read_it is vtt_cues else content
            )
        except UnreadableCaptionsError:
            continue
        assert all(cue.text and cue.end >= cue.start for cue in cues)
