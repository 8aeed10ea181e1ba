"""Through the real yt-dlp, its generic and HTML5 extractors and its network, on a local page."""

from __future__ import annotations

from typing import Any

import pytest
from yt_dlp import YoutubeDL

from connectors.youtube.reasons import Reason
from labelloop.errors import SourceMisconfigured, SourceUnavailable
from labelloop.records import Batch

VTT = """WEBVTT

00:00:01.000 --> 00:00:04.000
Hello there. This is a talk

00:00:04.000 --> 00:00:08.000
about wind turbines.

00:01:30.000 --> 00:01:50.000
And now to the end of it.
"""


def html5(options: dict[str, Any]) -> YoutubeDL:
    return YoutubeDL({**options, "allowed_extractors": ["generic", "html5"]})


def page(*tracks: str) -> str:
    return (
        f"<html><head><title>Wind</title></head><video src='wind.mp4'>{''.join(tracks)}</video></html>"
    )


def track(language: str) -> str:
    return f"<track kind='subtitles' srclang='{language}' src='{language}.vtt'>"


@pytest.fixture
def wind(site: Any) -> str:
    site.put("/wind.mp4", b"\0" * 100, kind="video/mp4")
    site.put("/en.vtt", VTT, kind="text/vtt")
    site.put("/de.vtt", VTT.replace("there", "da"), kind="text/vtt")
    return site.put("/wind.html", page(track("en"), track("de")))


def skipped_of(batches: list[Batch]) -> dict[Reason, int]:
    return {reason: count for batch in batches for reason, count in batch.skipped.items()}  # type: ignore[misc]


def test_windows_with_link_language_and_time(build: Any, wind: str) -> None:
    (batch,) = build(open_library=html5, videos=[wind]).batches(None)
    first, second = batch.documents
    assert first.text == "Hello there. This is a talk about wind turbines."
    assert (first.url, second.url) == (f"{wind}?t=1", f"{wind}?t=90")
    assert (first.language, first.metadata["caption_kind"]) == ("en", "manual")
    assert first.title
    assert first.title.startswith("Wind")
    assert (first.metadata["start_seconds"], first.metadata["end_seconds"]) == (1.0, 8.0)


def test_sentences_and_the_whole(build: Any, wind: str) -> None:
    (batch,) = build(open_library=html5, videos=[wind], unit="sentence").batches(None)
    assert [document.text for document in batch.documents] == [
        "Hello there.",
        "This is a talk about wind turbines.",
        "And now to the end of it.",
    ]
    (batch,) = build(open_library=html5, videos=[wind], unit="video").batches(None)
    (whole,) = batch.documents
    assert (whole.url, whole.external_id) == (wind, wind)


def test_the_language_named_first(build: Any, wind: str) -> None:
    (batch,) = build(open_library=html5, videos=[wind], languages=["fr", "de", "en"]).batches(None)
    assert batch.documents[0].text.startswith("Hello da.")
    assert batch.documents[0].language == "de"


def test_nothing_is_printed_and_nothing_is_written(
    build: Any,
    wind: str,
    tmp_path: Any,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    list(build(open_library=html5, videos=[wind, wind + "-missing"]).batches(None))
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_told_apart_no_captions_other_language_gone_and_unreadable(
    build: Any, site: Any, wind: str
) -> None:
    silent = site.put("/silent.html", page())
    french = site.put("/french.html", page(track("fr")))
    broken = site.put("/broken.html", page("<track kind='subtitles' srclang='en' src='bad.vtt'>"))
    empty = site.put("/empty.html", page("<track kind='subtitles' srclang='en' src='empty.vtt'>"))
    site.put("/bad.vtt", "this is not it", kind="text/vtt")
    site.put("/empty.vtt", "", kind="text/vtt")
    gone = site.url + "/gone.html"
    (batch,) = build(open_library=html5, videos=[silent, french, broken, empty, gone, wind]).batches(
        None
    )
    assert batch.skipped == {
        "no captions": 1,
        "captions in another language": 1,
        "captions withheld": 1,
        "removed": 1,
    }
    assert [(rejected.place, rejected.reason) for rejected in batch.rejected] == [
        (broken, "captions unreadable")
    ]
    assert {document.metadata["video_id"] for document in batch.documents} == {wind}


def test_captions_gone_are_withheld(build: Any, site: Any, wind: str) -> None:
    del site.pages["/en.vtt"]
    (batch,) = build(open_library=html5, videos=[wind]).batches(None)
    assert batch.skipped == {"captions withheld": 1}


@pytest.mark.parametrize(("status", "asked"), [(429, 77.0), (503, 77.0)])
def test_asked_to_wait_names_the_seconds(
    build: Any, site: Any, wind: str, status: int, asked: float
) -> None:
    for path in ("/en.vtt", "/wind.html"):
        kept = site.pages[path]
        site.put(path, "slow down", status=status, Retry_After="77")
        with pytest.raises(SourceUnavailable, match=str(status)) as caught:
            list(build(open_library=html5, videos=[wind]).batches(None))
        assert caught.value.retry_after == asked
        site.pages[path] = kept


def test_a_web_page_in_place_of_captions_is_a_rate_limit(
    build: Any, wind: str, site: Any, recorded: Any
) -> None:
    site.put("/en.vtt", (recorded / "youtube" / "too_many_requests.html").read_bytes(), kind="text/html")
    with pytest.raises(SourceUnavailable, match="too many requests") as caught:
        list(build(open_library=html5, videos=[wind]).batches(None))
    assert caught.value.retry_after == 3600


def test_what_was_read_before_a_fault_is_kept(build: Any, site: Any, wind: str) -> None:
    busy = site.put("/busy.html", "", status=500)
    connector = build(open_library=html5, videos=[wind, busy])
    batches = connector.batches(None)
    kept = next(batches)
    assert len(kept.documents) == 2
    with pytest.raises(SourceUnavailable):
        next(batches)
    site.put("/busy.html", page(track("de")))
    (rest,) = build(open_library=html5, videos=[wind, busy], languages=["de"]).batches(kept.cursor)
    assert {document.metadata["video_id"] for document in rest.documents} == {busy}


def test_captions_cut_in_the_middle_are_a_passing_fault(build: Any, site: Any, wind: str) -> None:
    site.cut.add("/en.vtt")
    with pytest.raises(SourceUnavailable, match=r"captions: .*more expected"):
        list(build(open_library=html5, videos=[wind]).batches(None))


def test_no_answer_in_time_is_a_passing_fault(build: Any, site: Any, wind: str) -> None:
    for path in ("/en.vtt", "/wind.html"):
        site.silent = {path}
        with pytest.raises(SourceUnavailable, match="timed out"):
            list(build(open_library=html5, videos=[wind], timeout_seconds=0.2).batches(None))


def test_an_unreachable_host_is_a_passing_fault(build: Any) -> None:
    with pytest.raises(SourceUnavailable, match="refused"):
        list(build(open_library=html5, videos=["http://127.0.0.1:9/x.html"]).batches(None))
    with pytest.raises(SourceUnavailable, match="refused"):
        build(open_library=html5, videos=["http://127.0.0.1:9/x.html"]).check()


def test_check_says_what_the_first_video_has(build: Any, wind: str, site: Any) -> None:
    summary = build(open_library=html5, videos=[wind]).check().summary
    assert "2 documents from manual captions in en" in summary
    summary = build(open_library=html5, videos=[site.put("/silent.html", page())]).check().summary
    assert "gives nothing: no captions" in summary


def test_another_site_is_not_read_by_default(build: Any, wind: str) -> None:
    """Without the test's choice of extractors only YouTube's run."""
    from connectors.youtube.library import open_yt_dlp

    with pytest.raises(SourceMisconfigured, match="not an address of YouTube"):
        list(build(open_library=open_yt_dlp, videos=[wind]).batches(None))
