"""People who err: at the rate they should, the same for every strategy."""

import numpy as np
import pytest

from labelloop.simulation.people import People, answers

TRUTH = np.arange(20_000) % 5


def _wrong(people, seed=0):
    return float((answers(people, TRUTH, 5, seed).y != TRUTH).mean())


def test_who_never_errs_answers_once_and_right():
    given = answers(People(), TRUTH, 5, 0)
    assert (given.y == TRUTH).all()
    assert (given.verdicts == 1).all()
    assert People().name == ""


def test_noise_is_a_share_of_wrong_answers_spread_over_the_others():
    given = answers(People(noise=0.2), TRUTH, 5, 0)
    assert (given.y != TRUTH).mean() == pytest.approx(0.2, abs=0.01)
    shifts = (given.y - TRUTH)[given.y != TRUTH] % 5
    assert np.bincount(shifts)[1:] / len(shifts) == pytest.approx([0.25] * 4, abs=0.02)
    assert People(noise=0.2).name == "noise 0.2"


def test_three_people_err_less_than_one_and_a_tie_asks_another():
    one, three = People(annotators=1, error=0.2), People(annotators=3, error=0.2)
    assert _wrong(one) == pytest.approx(0.2, abs=0.01)
    assert _wrong(three) < 0.1
    verdicts = answers(three, TRUTH, 5, 0).verdicts
    assert verdicts.min() == 3
    assert 0 < (verdicts > 3).mean() < 0.2
    assert three.name == "3 annotators, error 0.2"


def test_people_do_not_undo_a_misleading_text():
    assert _wrong(People(noise=0.1, annotators=5, error=0.1)) == pytest.approx(0.1, abs=0.015)


def test_mistakes_are_the_seeds_alone():
    people = People(0.1, 3, 0.2)
    assert (answers(people, TRUTH, 5, 1).y == answers(people, TRUTH, 5, 1).y).all()
    assert (answers(people, TRUTH, 5, 1).y != answers(people, TRUTH, 5, 2).y).any()


def test_two_labels_and_everything_wrong():
    truth = np.arange(100) % 2
    assert (answers(People(noise=1.0), truth, 2, 0).y == 1 - truth).all()
