"""Long texts open where they tell something about the labels."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labelloop.review.telling import SHOWN, telling_part, telling_words

LABELS = {
    "wind": "Turbines on land and at sea, and their use for it",
    "solar": "Panels on roofs for the sun, and their use",
    "storage": "",
}
WORDS = telling_words(LABELS)
FILLER = "Nothing of interest is said in this sentence at all. "


def shown(text: str) -> str:
    begin, end = telling_part(text, WORDS)
    return text[begin:end]


def test_words_of_names_weigh_more_and_words_of_all_labels_nothing() -> None:
    assert WORDS["wind"] > WORDS["turbi"] > WORDS["their"] > 0
    assert "for" not in WORDS
    assert telling_words({"a thing": "every thing", "the thing": "this thing"}).get("thing") is None
    assert telling_words({}) == {}


def test_a_text_opens_around_its_telling_sentence() -> None:
    text = FILLER * 60 + "The turbine out at sea stood still. " + FILLER * 60
    assert shown(text).startswith("The turbine out at sea stood still.")
    assert SHOWN * 0.5 < len(shown(text)) <= SHOWN


def test_a_text_that_tells_nothing_opens_at_its_beginning() -> None:
    assert telling_part(FILLER * 60, WORDS)[0] == 0
    assert telling_part("solar wind " + FILLER * 60 + "wind.", WORDS)[0] == 0


def test_many_different_words_tell_more_than_one_word_often() -> None:
    often, many = "land " * 9, "Solar panels, wind turbines, storage. "
    text = FILLER * 40 + often + FILLER * 40 + many + FILLER * 40
    assert "Solar panels" in shown(text)


def test_it_begins_at_a_word_where_there_is_no_sentence() -> None:
    text = "um and then so " * 200 + "turbines " + "well you know " * 200
    begin, _ = telling_part(text, WORDS)
    assert text[begin - 1] == " "
    assert "turbines" in shown(text)


@given(st.text(max_size=3000), st.integers(0, 40))
def test_any_text_gives_a_part_of_it(text: str, times: int) -> None:
    whole = f"{text} {FILLER * times} wind {text}"
    begin, end = telling_part(whole, WORDS)
    assert 0 <= begin < end <= len(whole)
    assert end - begin <= SHOWN
