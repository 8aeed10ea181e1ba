"""A long caption document leads to the second at which its shown part is said."""

from __future__ import annotations

from typing import Any

import pytest

from labelloop.records import FetchedDocument
from labelloop.review.spoken import Spoken

ADDRESS = "https://video.example.org/watch?v=abc"


def captions(*, told: Any = None) -> tuple[FetchedDocument, list[list[float]]]:
    """An hour's talk of which only the second half says something of a label; a cue each half minute."""
    cues = [f"cue {n} said nothing much, and went on and on. " for n in range(120)]
    cues[80] = "\U0001f600 The match was won by the players of those games. "
    places = [[sum(map(len, cues[:n])), 30.0 * n] for n in range(120)]
    said = {"start_seconds": 0.0, "moments": places if told is None else told}
    return FetchedDocument("talk", "".join(cues).strip(), url=ADDRESS, metadata=said), places


def question(made: Any, me: Any, document: FetchedDocument) -> dict[str, Any]:
    made.ask(1, found=[document])
    return me.change("/api/next", {"count": 1}).json()["items"][0]


def test_the_part_shown_first_names_its_second_and_the_whole_every_minute(made: Any, me: Any) -> None:
    item = question(made, me, captions()[0])
    units = item["text"].encode("utf-16-le")

    def from_(place: int) -> str:
        return units[2 * place :].decode("utf-16-le")

    assert "The match was won" in from_(item["fold"][0])[:60]
    assert item["opens_at"] == 80 * 30
    assert [at for _, at in item["moments"]] == [60.0 * n for n in range(60)]
    for place, at in item["moments"][1:40] + item["moments"][41:]:
        assert from_(place).startswith(f"cue {at / 30:.0f} said")


def test_a_part_that_begins_within_a_cue_names_the_cue_before() -> None:
    spoken = Spoken(((0, 4.0), (50, 9.0), (90, 14.0)))
    assert [spoken.second_of(place) for place in (0, 49, 50, 70, 90, 999)] == [4, 4, 9, 9, 14, 14]


@pytest.mark.parametrize(
    "told",
    ["soon", [], [[0]], [[0, "1"]], [[0, True]], [[-1, 1]], [[5, 1], [0, 2]], [[0, 1], [10**9, 2]],
     [[0, -1]], [[0, 1e300]], {"0": 1}],
)  # fmt: skip
def test_broken_moments_lead_to_the_document_s_beginning(made: Any, me: Any, told: Any) -> None:
    item = question(made, me, captions(told=told)[0])
    assert (item["opens_at"], item["moments"], item["starts_at"]) == (None, [], 0.0)


def test_a_short_text_has_its_beginning_alone(made: Any, me: Any) -> None:
    said = {"start_seconds": 7.5, "moments": [[0, 7.5], [3, 20.0]]}
    item = question(made, me, FetchedDocument("short", "a b c", url=ADDRESS, metadata=said))
    assert (item["opens_at"], item["moments"], item["starts_at"]) == (None, [], 7.5)
