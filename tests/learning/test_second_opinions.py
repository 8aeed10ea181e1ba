"""A new document or a second opinion: what each is expected to bring."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from labelloop.learning.second_opinions import (
    Labelled,
    error_rate,
    gain_of_new,
    gain_of_second,
    sureness,
    worth_asking,
    wrong_probability,
)
from labelloop.records import Answer, Lane

NOON = datetime(2026, 1, 1, 12)


def pairs(n: int, error: float, k: int, lane: Lane = "random", seed: int = 0) -> list[Answer]:
    rng = np.random.default_rng(seed)

    def said() -> str:
        return str(0 if rng.random() >= error else rng.integers(1, k))

    return [Answer(d, who, (said(),), lane, False, NOON) for d in range(n) for who in ("ada", "bob")]


@pytest.mark.parametrize("error", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("k", [2, 6])
def test_the_share_of_wrong_answers_is_read_from_pairs(error: float, k: int) -> None:
    found = error_rate(pairs(4000, error, k), k)
    assert found.value == pytest.approx(error, abs=0.02)
    assert found.pairs == 4000


def test_without_overlap_the_prior_stands() -> None:
    alone = [Answer(n, "ada", ("a",), "random", False, NOON) for n in range(500)]
    assert error_rate(alone, 4) == error_rate((), 4)
    assert 0.01 < error_rate((), 4).value < 0.05


def test_answers_asked_for_because_one_looked_wrong_are_no_evidence() -> None:
    assert error_rate(pairs(50, 0.5, 4, lane="relabel"), 4).pairs == 0


def test_people_who_always_differ_are_taken_to_guess() -> None:
    always = [
        Answer(n, who, (said,), "random", False, NOON)
        for n in range(200)
        for who, said in (("ada", "a"), ("bob", "b"))
    ]
    assert error_rate(always, 2).value == pytest.approx(0.5)


def test_one_answer_is_as_sure_as_people_are_and_two_are_surer() -> None:
    assert sureness(1, 0.1, 6) == pytest.approx(0.9)
    assert sureness(2, 0.1, 6) > 0.99
    assert sureness(0, 0.1, 2) == pytest.approx(0.5)


def test_the_models_word_moves_the_probability_both_ways() -> None:
    assert wrong_probability(0.9, None, 4) == pytest.approx(0.1)
    assert wrong_probability(0.9, 0.25, 4) == pytest.approx(0.1)  # no more than chance: says nothing
    assert wrong_probability(0.9, 0.9, 4) < 0.01
    assert wrong_probability(0.9, 0.001, 4) > 0.9
    assert wrong_probability(1.0, 0.001, 4) == 0.0  # nobody is ever wrong: the model is


def test_where_nobody_is_wrong_nothing_is_asked_again() -> None:
    doubted = {n: Labelled(1, 1, None, p) for n, p in enumerate((0.4, 0.1, 0.01, 1e-6))}
    assert worth_asking(doubted, error=0.0, choices=4) == {}
    assert gain_of_new(0.0) == 1.0


def test_without_evidence_only_what_is_all_but_surely_wrong_is() -> None:
    prior = error_rate((), 6).value
    doubted = {n: Labelled(1, 1, None, p) for n, p in enumerate((0.4, 0.1, 0.02, 1e-5))}
    assert list(worth_asking(doubted, error=prior, choices=6)) == [3]


def test_the_worse_the_people_the_more_is_asked_again() -> None:
    rng = np.random.default_rng(0)
    doubted = {n: Labelled(1, 1, None, p) for n, p in enumerate(rng.uniform(0, 0.5, 300))}
    asked = [len(worth_asking(doubted, error=error, choices=6)) for error in (0.02, 0.1, 0.2, 0.3)]
    assert asked == sorted(asked)
    assert asked[0] < asked[-1]


def test_the_gains_are_those_of_the_formula() -> None:
    assert gain_of_new(0.1) == pytest.approx(0.8)
    assert gain_of_second(1.0, 0.1) == pytest.approx(0.9)
    assert gain_of_second(0.0, 0.1) == pytest.approx(-0.1)
    found = worth_asking({1: Labelled(1, 1, 0.02), 2: Labelled(1, 1, 0.01)}, error=0.1, choices=4)
    assert list(found) == [2, 1]


def test_what_two_people_agree_on_is_never_asked_again_nor_what_five_have_answered() -> None:
    agreed = Labelled(2, 2, None, 1e-9)
    contested = Labelled(1, 3, None, 1e-4)
    many = Labelled(1, 5, None, 1e-4)
    found = worth_asking({1: agreed, 2: contested, 3: many}, error=0.2, choices=4)
    assert list(found) == [2]
