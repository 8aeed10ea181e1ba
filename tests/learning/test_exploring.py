"""Exploring grows where it surprises and shrinks where it does not."""

import pytest

from labelloop.learning.exploring import ENOUGH, Surprises, adapted, counted
from labelloop.learning.lanes import Shares


def seen(explored: tuple[int, int], unsure: tuple[int, int]) -> dict:
    return {"explore": Surprises(*explored), "uncertain": Surprises(*unsure)}


def test_surprising_regions_get_more_and_the_sentence_says_why() -> None:
    shares, note = adapted(Shares(explore=0.1), seen((40, 30), (100, 50)))
    assert shares.explore == pytest.approx(0.1 * (31 / 42) / (51 / 102))
    assert "30 of 40 explored and 50 of 100 uncertain" in note


@pytest.mark.parametrize(("explored", "share"), [((400, 400), 0.2), ((400, 0), 0.05)])
def test_the_share_stays_between_half_and_double(explored: tuple[int, int], share: float) -> None:
    assert adapted(Shares(explore=0.1), seen(explored, (400, 100)))[0].explore == pytest.approx(share)


@pytest.mark.parametrize(
    "outcomes", [{}, seen((ENOUGH - 1, 5), (100, 1)), {"uncertain": Surprises(90, 3)}]
)
def test_too_few_answers_change_nothing(outcomes: dict) -> None:
    assert adapted(Shares(), outcomes) == (Shares(), "")


def test_what_is_switched_off_stays_off() -> None:
    assert adapted(Shares(explore=0.0), seen((400, 400), (400, 1)))[0].explore == 0.0


def test_exploring_never_takes_more_than_the_uncertain_lane_has() -> None:
    tight = Shares(audit=0.5, random=0.2, relabel=0.1, explore=0.15)
    assert adapted(tight, seen((400, 400), (400, 1)))[0].explore == pytest.approx(0.2)


def test_answers_are_counted_by_lane() -> None:
    found = counted([("explore", True), ("explore", False), ("uncertain", True)])
    assert found == seen((2, 1), (1, 1))
