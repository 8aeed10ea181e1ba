"""Which caption track is read."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.youtube.tracks import choose_track, iso_639_1, languages_offered


def formats(language: str, *extensions: str, translated_to: str = "") -> list[dict[str, str]]:
    query = f"lang={language}" + (f"&tlang={translated_to}" if translated_to else "")
    return [
        {"ext": ext, "url": f"https://www.youtube.com/api/timedtext?{query}&fmt={ext}"}
        for ext in extensions or ("json3", "srv1", "ttml", "vtt")
    ]


def video(
    manual: dict[str, Any] | None = None, automatic: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"subtitles": manual or {}, "automatic_captions": automatic or {}}


def chosen(info: dict[str, Any], *languages: str, automatic: bool = True) -> tuple[str, str, str] | None:
    track = choose_track(info, languages, automatic=automatic)
    return (track.language, track.kind, track.extension) if track else None


def test_made_by_people_comes_before_recognised() -> None:
    info = video({"en": formats("en")}, {"en-orig": formats("en"), "en": formats("en")})
    assert chosen(info, "en") == ("en", "manual", "json3")


def test_the_original_recognised_track_comes_before_its_copy() -> None:
    info = video(automatic={"en": formats("en", "vtt"), "en-orig": formats("en", "json3")})
    assert chosen(info, "en") == ("en", "automatic", "json3")


def test_a_language_named_first_wins_over_a_better_kind() -> None:
    info = video({"en": formats("en")}, {"de-orig": formats("de")})
    assert chosen(info, "de", "en") == ("de", "automatic", "json3")
    assert chosen(info, "de", "en", automatic=False) == ("en", "manual", "json3")


def test_machine_translations_are_never_taken() -> None:
    info = video(automatic={"de": formats("en", translated_to="de"), "en-orig": formats("en")})
    assert chosen(info, "de") is None
    assert languages_offered(info) == ["en"]


def test_other_varieties_of_a_language_will_do_but_the_exact_one_is_better() -> None:
    assert chosen(video({"en-GB": formats("en-GB")}), "en") == ("en-GB", "manual", "json3")
    info = video({"en-GB": formats("en-GB"), "en": formats("en")})
    assert chosen(info, "en") == ("en", "manual", "json3")
    assert chosen(video({"enm": formats("enm")}), "en") is None
    assert chosen(video({"pt": formats("pt")}), "pt-BR") is None


def test_webvtt_where_there_is_no_json3_and_nothing_where_there_is_neither() -> None:
    assert chosen(video({"en": formats("en", "ttml", "vtt")}), "en") == ("en", "manual", "vtt")
    assert chosen(video({"en": formats("en", "ttml")}), "en") is None


def test_a_live_chat_is_not_captions() -> None:
    info = video({"live_chat": [{"ext": "json3", "url": "https://www.youtube.com/chat"}]})
    assert languages_offered(info) == []
    assert choose_track({}, ["en"]) is None


@pytest.mark.parametrize(("code", "short"), [("pt-BR", "pt"), ("EN_us", "en"), ("fil", None)])
def test_two_letter_codes(code: str, short: str | None) -> None:
    assert iso_639_1(code) == short
