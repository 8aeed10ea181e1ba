"""Long texts open where they tell something about the labels."""

from __future__ import annotations

import math
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelloop.review import telling
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


def slowly(text: str, words: dict[str, float], shown: int) -> int:
    """Begin of the best part by its definition: every part counted anew from its words."""
    found = [(one.start(), one[0].casefold()[:5]) for one in re.finditer(r"\w{2,}", text)]
    met = [(place, stem) for place, stem in found if stem in words]
    ends = [one.end() for one in re.finditer(r"(?<=[.!?…。])\s+|\n+", text)]

    def start(place: int) -> int:
        earliest = max(0, place - 150)
        near = [end for end in ends if earliest <= end <= place]
        space = text.find(" ", earliest, place)
        return near[-1] if near else 0 if not earliest else space + 1 if space >= 0 else place

    def worth(begin: int) -> float:
        stems = Counter(stem for place, stem in met if begin <= place < begin + shown)
        return sum(words[stem] * sum(0.5**n for n in range(times)) for stem, times in stems.items())

    best = 0
    for place, _ in met:
        if worth(start(place)) > worth(best) * 1.001:
            best = start(place)
    return best


PIECES = ["wind ", "winds. ", "solar ", "turbines\n", "roofs ", "for ", "\n \n", ". ", FILLER, "x" * 170]


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from([10, 60, 300, SHOWN]))
def test_the_part_shown_is_the_best_by_its_definition(pieces: list[str], shown: int) -> None:
    text = "".join(pieces)
    assert telling_part(text, WORDS, shown=shown)[0] == slowly(text, WORDS, shown)


def test_every_word_of_a_long_text_is_counted_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    real = math.ldexp
    monkeypatch.setattr(telling.math, "ldexp", lambda x, n: counted.append(n) or real(x, n))
    text = "solar wind turbines. " * 3000
    telling_part(text, WORDS)
    assert 9000 <= len(counted) <= 2 * 9000
