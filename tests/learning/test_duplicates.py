import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

from labelloop.learning.duplicates import BANDS, band_hashes, near_duplicates, roots, similarity

STORY = (
    "Regional house price declines possible. U.S. housing industry economists on Monday cautioned"
    " that rapid house price gains in some areas may not last and could turn around."
)


@pytest.mark.parametrize(
    "other",
    [
        STORY.upper(),
        STORY.replace(",", "").replace(".", " !"),
        STORY.replace("declines", "drop"),
        STORY + " (Reuters)",
        STORY.replace("Monday", "Tuesday"),
    ],
)
def test_small_edits_are_near_duplicates_and_meet(other):
    assert near_duplicates(STORY, other)
    one, two = band_hashes([STORY, other])
    assert (one == two).any()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("What is a fear of cold ?", "What is a fear of color ?"),
        ("Who was the 3rd president ?", "Who was the 23rd president ?"),
        ("What is the code word for letter B ?", "What is the code word for letter F ?"),
        ("yes", "no"),
        ("", "a"),
        ("🙂", "🙁"),
    ],
)  # fmt: skip
def test_short_texts_that_differ_in_a_word_are_not(a, b):
    assert not near_duplicates(a, b)
    one, two = band_hashes([a, b])
    assert not (one == two).any()


def test_short_texts_with_the_same_words_are():
    assert near_duplicates("Top-up failed!", "  top up   FAILED")
    one, two = band_hashes(["Top-up failed!", "  top up   FAILED"])
    assert (one == two).all()


def test_different_long_texts_do_not_meet_often():
    rng = np.random.default_rng(0)
    words = [f"word{i}" for i in range(3_000)]
    texts = [" ".join(rng.choice(words, 60)) for _ in range(200)]
    hashes = band_hashes(texts)
    met = sum((a == b).any() for a, b in itertools.combinations(hashes, 2))
    assert met < 20, "of 19,900 pairs"


def test_hashes_stay_the_same_for_good():
    """They are stored: another value for the same text would lose every old pair."""
    assert band_hashes([STORY])[0, :3].tolist() == PINNED_LONG
    assert band_hashes(["yes"])[0, :2].tolist() == PINNED_SHORT


PINNED_LONG = [-858636675277428560, -6669943640040863201, -6591833790347486382]
PINNED_SHORT = [-6136899367226881031, -6569854283019713108]


def test_shape_and_type():
    hashes = band_hashes(["a", STORY, ""])
    assert hashes.shape == (3, BANDS)
    assert hashes.dtype == np.int64
    assert band_hashes([]).shape == (0, BANDS)


def test_similarity_is_that_of_the_shingle_sets():
    def shingles(text):
        words = "".join(c if c.isalnum() or c == "_" else " " for c in text.lower())
        joined = " ".join(words.split())
        return {joined[i : i + 5] for i in range(len(joined) - 4)}

    other = STORY.replace("Monday", "Friday")
    a, b = shingles(STORY), shingles(other)
    assert similarity(STORY, other) == pytest.approx(len(a & b) / len(a | b))


def test_lone_surrogates_and_long_texts_are_no_trouble():
    assert band_hashes(["\ud800 broken", "x " * 300_000]).shape == (2, BANDS)


@pytest.mark.parametrize(("name", "most_of_other_label"), [("trec6", 1), ("banking77", 2)])
def test_real_short_questions(name, most_of_other_label):
    """What is linked there has the same label but for rows that differ in capitals or hyphens alone."""
    path = Path(__file__).parents[3] / "shared" / "data" / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"{name}.csv is not beside the repository")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    linked = _linked([row["text"] for row in rows])
    assert len(linked) > 90
    assert sum(rows[i]["label"] != rows[j]["label"] for i, j in linked) <= most_of_other_label


def _linked(texts):
    hashes, pairs = band_hashes(texts), set()
    for band in hashes.T:
        order = np.argsort(band, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
            pairs.update(itertools.combinations(sorted(group.tolist()), 2))
    return [(i, j) for i, j in sorted(pairs) if near_duplicates(texts[i], texts[j])]


def test_groups_point_to_their_earliest_text():
    long = "the quick brown fox jumps over the lazy dog and then runs away from the village " * 3
    texts = ["wind", long, "Sun.", long + "today", "sun", "snow", long + "now"]
    assert roots(texts).tolist() == [0, 1, 2, 1, 2, 5, 1]
    assert roots([]).tolist() == []


def test_many_copies_of_one_text_are_one_group():
    assert set(roots(["sun"] * 3_000).tolist()) == {0}
