"""Floors of labels: what falls is kept out, what is noise or unknown is not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from labelloop.learning.floors import ENOUGH, FloorRule
from labelloop.learning.gate import decide
from labelloop.learning.multi_label.gate import decide_sets

LABELS = ["solar", "wind", "tidal"]


def _answers(*counts):
    """Labels of so many answers each."""
    return np.repeat(np.arange(len(counts)), counts)


def _right(*lost_and_n):
    """Right on all but the first ``lost`` of each label's ``n`` answers."""
    return np.concatenate([np.arange(n) >= lost for lost, n in lost_and_n])


def _state(found, label):
    return next(one.state for one in found.floors if one.label == label)


def test_a_challenger_that_gives_up_a_label_is_kept_out_though_it_is_better_in_all():
    champion = _right((20, 50), (0, 50))
    challenger = _right((0, 50), (12, 50))
    found = decide(champion, challenger, y=_answers(50, 50), labels=LABELS)
    assert found.numbers["p_worse"] > 0.05
    assert not found.promote
    assert found.reason.startswith("kept out: 88 of 100 audit answers right, champion 80; 20 won")
    assert "below the floor: wind: found in 38 of 50, the champion found it in 50 (p = 0.00024)" in (
        found.reason
    )
    assert _state(found, "solar") == "holds"


def test_told_to_warn_it_warns():
    champion, challenger = _right((20, 50), (0, 50)), _right((0, 50), (12, 50))
    found = decide(champion, challenger, y=_answers(50, 50), labels=LABELS, rule=FloorRule(veto=False))
    assert found.promote
    assert found.warnings[0].startswith("wind: found in 38 of 50, the champion found it in 50")


def test_what_chance_explains_is_a_warning():
    champion, challenger = _right((0, 50), (0, 15)), _right((0, 50), (4, 15))
    found = decide(champion, challenger, y=_answers(50, 15), labels=LABELS)
    assert found.promote
    assert found.warnings == ("wind: found in 11 of 15, the champion found it in 15",)


def test_a_rare_label_cannot_veto_and_the_reason_says_so():
    few = ENOUGH - 1
    champion, challenger = _right((9, 50), (0, few)), _right((0, 50), (few, few))
    found = decide(champion, challenger, y=_answers(50, few), labels=LABELS)
    assert found.promote
    assert found.reason.endswith("no floor yet, for fewer than 10 audit answers: wind (9)")
    assert found.warnings == ("wind: found in 0 of 9, the champion found it in 9",)


def test_where_no_label_has_answers_enough_it_says_so_once():
    found = decide(_right((0, 4), (0, 5)), _right((0, 4), (0, 5)), y=_answers(4, 5), labels=LABELS)
    assert found.reason.endswith("no label has a floor yet, for fewer than 10 audit answers")


def test_many_labels_are_named_three_at_a_time():
    y, right = _answers(20, *[2] * 8), np.ones(36, bool)
    found = decide(right, right, y=y, labels=[f"l{i}" for i in range(9)])
    assert found.reason.endswith("l1 (2), l2 (2), l3 (2) and 5 more")


def test_a_floor_of_the_projects_own_keeps_out_what_chance_on_the_champion_would_let_in():
    champion, challenger = _right((0, 50), (5, 20)), _right((0, 50), (9, 20))
    y, rule = _answers(50, 20), FloorRule(own={"wind": 0.8})
    assert decide(champion, challenger, y=y, labels=LABELS).promote
    found = decide(champion, challenger, y=y, labels=LABELS, rule=rule)
    assert not found.promote
    assert "wind: found in 11 of 20, the champion found it in 15, the project wants 80%" in found.reason


def test_under_the_own_floor_by_chance_is_a_warning():
    """15 of 20 happens one time in three where 80 % is true."""
    champion, challenger = _right((0, 50), (2, 20)), _right((0, 50), (5, 20))
    rule = FloorRule(own={"wind": 0.8})
    found = decide(champion, challenger, y=_answers(50, 20), labels=LABELS, rule=rule)
    assert found.promote
    assert found.warnings == ("wind: found in 15 of 20, the champion found it in 18",)


def test_one_under_the_own_floor_that_is_no_lower_than_the_champion_goes_on_with_a_warning():
    y, rule = _answers(50, 20), FloorRule(own={"wind": 0.8})
    champion, challenger = _right((0, 50), (12, 20)), _right((0, 50), (12, 20))
    found = decide(champion, challenger, y=y, labels=LABELS, rule=rule)
    assert found.promote
    assert found.warnings == ("wind: found in 8 of 20, the champion found it in 8",)
    assert decide(None, challenger, y=y, labels=LABELS, rule=rule).promote


def test_a_floor_for_a_label_that_is_gone_is_told():
    right = np.ones(20, bool)
    rule = FloorRule(own={"coal": 0.5})
    found = decide(right, right, y=_answers(20), labels=LABELS, rule=rule)
    assert found.reason.endswith("; recall_floors names 'coal', no label of the project")


def test_it_is_kept_as_json():
    found = decide(_right((0, 12)), _right((9, 12)), y=_answers(12), labels=LABELS)
    kept = json.loads(json.dumps(found.as_json()))
    assert kept["reason"] == found.reason
    assert kept["floors"][0] == {
        "label": "solar", "answers": 12, "champion": 12, "candidate": 3, "lost": 9, "won": 0,
        "p": pytest.approx(0.5**9), "own": None, "state": "fallen",
    }  # fmt: skip


def test_sets_of_labels_have_floors_alike():
    rng = np.random.default_rng(0)
    Y = rng.random((200, 3)) < 0.4
    champion = Y ^ (rng.random(Y.shape) < 0.15)
    challenger = Y.copy()
    challenger[:, 2] &= rng.random(200) < 0.6
    found = decide_sets(champion, challenger, Y, labels=LABELS)
    assert found.numbers["p_worse"] > 0.5
    assert not found.promote
    assert "kept out:" in found.reason
    assert "below the floor: tidal: found in" in found.reason
    assert decide_sets(champion, challenger, Y, labels=LABELS, rule=FloorRule(veto=False)).promote


@pytest.mark.parametrize("k", [2, 6, 20])
def test_an_equal_challenger_is_kept_out_by_its_labels_in_at_most_a_twentieth(k):
    """400 audits each; three standard errors of .05 are .033."""
    rng, vetoes = np.random.default_rng(k), 0
    for _ in range(400):
        y = rng.choice(k, 40 * k)
        champion, challenger = rng.random((2, len(y))) < 0.7
        found = decide(champion, challenger, y=y, labels=[str(i) for i in range(k)])
        vetoes += any(one.vetoes for one in found.floors)
    assert vetoes / 400 <= 0.05 + 0.033
