"""Settings, yt-dlp's options, the cookies file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.registry import build as build_by_name
from connectors.youtube import YouTubeSettings
from connectors.youtube.library import open_yt_dlp
from connectors.youtube.options import js_runtimes, library_options, read_cookies
from labelloop.errors import SourceMisconfigured

SECRET = "s3cr3t-session-value"
COOKIE = f".youtube.com\tTRUE\t/\tTRUE\t0\tSID\t{SECRET}\n"
COOKIES = f"# Netscape HTTP Cookie File\n\n{COOKIE}#HttpOnly_{COOKIE}"


def test_the_settings_names_of_a_project_file(tmp_path: Path) -> None:
    written = {
        "search": ["wind turbine maintenance"],
        "languages": ["en"],
        "unit": "window",
        "window_seconds": 60,
        "limit": 50,
    }
    settings = build_by_name("youtube", written, source="talks", folder=tmp_path).settings
    assert settings == YouTubeSettings(search=["wind turbine maintenance"])
    assert all(field.description for field in YouTubeSettings.model_fields.values())


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({}, "name at least one of"),
        ({"videos": [" "]}, "is empty"),
        ({"videos": ["x"], "languages": []}, "at least 1"),
        ({"videos": ["x"], "languages": ["english please"]}, "not a language code"),
        ({"videos": ["x"], "unit": "paragraph"}, "'window', 'sentence' or 'video'"),
        ({"videos": ["x"], "js_runtime": "ruby"}, "not one of deno, node, bun, quickjs"),
        ({"videos": ["x"], "limit": 0}, "greater than or equal to 1"),
        ({"videos": ["x"], "pace_seconds": -1}, "greater than or equal to 0"),
    ],
)
def test_settings_that_cannot_work(written: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        YouTubeSettings(**written)


def test_options_of_the_library() -> None:
    options = library_options(YouTubeSettings(videos=["x"], pace_seconds=2.5), None)
    assert options["sleep_interval_requests"] == 2.5
    assert options["extractor_retries"] == 0
    assert options["skip_download"]
    assert "cookiefile" not in options
    assert "js_runtimes" not in options
    with open_yt_dlp(options) as library:
        names = set(library._ies)
    assert {"Youtube", "YoutubeTab", "YoutubeSearch", "YoutubePlaylist"} <= names
    assert all("Youtube" in name for name in names)


def test_captions_are_paced_like_every_other_request(build: Any, tube: Any, monkeypatch: Any) -> None:
    from connectors.youtube.library import Library

    waits: list[float] = []
    settings = YouTubeSettings(videos=[tube.add("video000001", "Hello.")], pace_seconds=0.25)
    with Library(settings, Path(), tube.open, sleep=waits.append) as library:
        seen = library.video("https://www.youtube.com/watch?v=video000001")
        from connectors.youtube.tracks import choose_track

        track = choose_track(seen.info, ["en"])
        assert track
        assert library.captions(track)
    assert waits == [0.25]


def test_a_javascript_runtime_is_looked_for(tmp_path: Path) -> None:
    program = tmp_path / "node"
    program.touch()
    assert js_runtimes(f"node:{program}") == {"node": {"path": str(program)}}
    with pytest.raises(SourceMisconfigured, match="js_runtime 'bun:/nowhere/bun' is not there"):
        js_runtimes("bun:/nowhere/bun")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "does not exist"),
        (f'[{{"name": "SID", "value": "{SECRET}"}}]', "line 1 is not a cookie in Netscape format"),
        (f"{COOKIES}.youtube.com TRUE / TRUE 0 SID {SECRET}", "line 5 is not a cookie"),
        (f".youtube.com\tTRUE\t/\tTRUE\tsoon\tSID\t{SECRET}", "line 1 is not a cookie"),
        (b"\xff\xfe\x00" + SECRET.encode(), "is not text"),
    ],
)
def test_a_bad_cookies_file_is_named_and_never_shown(
    build: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    content: str | bytes | None,
    complaint: str,
) -> None:
    if content is not None:
        (tmp_path / "cookies.txt").write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
    connector = build(videos=["video000001"], cookies_file="cookies.txt")
    for act in (connector.check, lambda: list(connector.batches(None))):
        with pytest.raises(SourceMisconfigured, match=complaint) as caught:
            act()
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
    assert SECRET not in "".join(capfd.readouterr())
    assert SECRET not in repr(connector) + repr(connector.settings)


def test_cookies_are_sent_to_their_site_only_and_the_file_stays_as_it_was(
    build: Any, tube: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text(COOKIES)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    connector = build(videos=[tube.add("video000001", "Hello.")], cookies_file="cookies.txt")
    (batch,) = connector.batches(None)
    assert isinstance(tube.options["cookiefile"], io.StringIO)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert SECRET not in "".join(capfd.readouterr()) + repr(batch) + repr(connector)
    with open_yt_dlp(library_options(connector.settings, read_cookies(file))) as library:
        assert SECRET in library.cookiejar.get_cookie_header("https://www.youtube.com/watch?v=x")
        assert library.cookiejar.get_cookie_header("https://example.org/") is None


def test_a_cookies_file_without_its_first_line_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "cookies.txt"
    file.write_text(COOKIE)
    with open_yt_dlp(library_options(YouTubeSettings(videos=["x"]), read_cookies(file))) as library:
        assert SECRET in library.cookiejar.get_cookie_header("https://www.youtube.com/")


@pytest.mark.parametrize("text", ["abc", "https://vimeo.com/1", "watch me"])
def test_what_is_not_a_video_of_youtube_is_misconfigured(build: Any, text: str) -> None:
    with pytest.raises(SourceMisconfigured, match="is not an address of YouTube"):
        build(open_library=open_yt_dlp, videos=[text]).check()
