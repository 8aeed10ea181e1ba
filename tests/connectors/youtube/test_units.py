"""Windows, sentences and whole videos."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.youtube.cues import Cue
from connectors.youtube.units import APART, TAIL, cut, sentence_ends, sentences, windows


def spoken(*lines: str, seconds: float = 5) -> list[Cue]:
    return [Cue(n * seconds, (n + 1) * seconds, line) for n, line in enumerate(lines)]


CUES = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.floats(0, 20),
        st.lists(st.sampled_from(["so", "Yes.", "wind", "3.5", "Why?"]), min_size=1),
    ),
    min_size=1,
    max_size=30,
).map(
    lambda raw: [
        Cue(start, start + length, " ".join(words))
        for start, (_, length, words) in zip(accumulate(gap for gap, _, _ in raw), raw, strict=True)
    ]
)


@given(CUES, st.sampled_from(["window", "sentence", "video"]), st.integers(5, 100))
def test_every_word_lands_in_exactly_one_piece(cues: list[Cue], unit: str, seconds: int) -> None:
    pieces = cut(cues, unit, seconds)  # type: ignore[arg-type]
    assert " ".join(piece.text for piece in pieces).split() == " ".join(cue.text for cue in cues).split()
    assert len({piece.key for piece in pieces}) == len(pieces)
    assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)


@given(CUES, st.integers(5, 100))
def test_windows_are_as_long_as_asked_and_the_last_a_tail_more(cues: list[Cue], seconds: int) -> None:
    named = [Cue(cue.start, cue.end, str(number)) for number, cue in enumerate(cues)]
    members = [[named[int(word)] for word in piece.text.split()] for piece in windows(named, seconds)]
    for group, following in pairwise(members):
        assert group[-1].start - group[0].start < seconds <= following[0].start - group[0].start
    late = [cue for cue in members[-1] if cue.start - members[-1][0].start >= seconds]
    assert not late or late[-1].end - late[0].start < TAIL * seconds


def test_windows_begin_with_a_cue_and_skip_silence() -> None:
    cues = [Cue(2, 5, "a"), Cue(30, 35, "b"), Cue(300, 330, "c"), Cue(359, 365, "d")]
    assert [(piece.key, piece.start, piece.text) for piece in windows(cues, 60)] == [
        ("w60-0", 2, "a b"),
        ("w60-1", 300, "c d"),
    ]


def test_a_short_last_window_joins_the_one_before() -> None:
    pieces = windows(spoken(*"abcdefghijklmn"), 60)  # 70 s: one full minute, ten seconds over
    assert [piece.text for piece in pieces] == ["a b c d e f g h i j k l m n"]
    assert windows(spoken("alone"), 60)[0].text == "alone"


def test_sentences_run_across_cues_and_begin_where_their_cue_does() -> None:
    cues = spoken("Hello there. This is", "about wind. It", "turns!")
    assert [(piece.text, piece.start, piece.end) for piece in sentences(cues, 60)] == [
        ("Hello there.", 0, 5),
        ("This is about wind.", 0, 10),
        ("It turns!", 5, 15),
    ]


def test_captions_without_punctuation_are_cut_by_time() -> None:
    pieces = sentences(spoken(*["and so on"] * 30), 60)
    assert [piece.start for piece in pieces] == [0, 60, 120]
    assert all(piece.end - piece.start <= 60 for piece in pieces)


def test_what_does_not_end_a_sentence() -> None:
    text = "Dr. Smith paid 3.5 e.g. in U. S. money... and left. Why? これは風。次。"
    ends = sentence_ends(text)
    assert [part.strip() for part in (text[a:b] for a, b in zip([0, *ends], ends, strict=False))] == [
        "Dr. Smith paid 3.5 e.g. in U. S. money... and left.",
        "Why?",
        "これは風。",
        "次。",
    ]


def test_nothing_spoken_gives_nothing() -> None:
    assert cut([], "window", 60) == cut([], "sentence", 60) == cut([], "video", 60) == []


@given(CUES, st.sampled_from(["window", "sentence", "video"]), st.integers(5, 100))
def test_moments_tell_when_each_part_of_a_text_is_said(cues: list[Cue], unit: str, seconds: int) -> None:
    # Unlike words, so that the place in the text names the cue.
    named = [Cue(cue.start, cue.end, f"cue{number}.") for number, cue in enumerate(cues)]
    for piece in cut(named, unit, seconds):  # type: ignore[arg-type]
        assert piece.moments[0] == (0, piece.start)
        for place, second in piece.moments:
            number = int(piece.text[place:].split(".")[0].removeprefix("cue"))
            assert named[number].start == second
        assert all(after[1] - before[1] >= APART for before, after in pairwise(piece.moments))


def test_a_sentence_that_begins_within_a_line_begins_at_its_moment() -> None:
    (_, long) = sentences(spoken("Yes. And then", "it ran", "on and", "on"), 60)
    assert long.moments == ((0, 0), (16, 10))
    assert long.text[16:] == "on and on"
