"""The control arm: what it needs, how answers are divided, what it saves, whom it calls ahead."""

import numpy as np
import pytest

from labelloop.learning.arms import LEAST, Answered, Audit, Fitting, arms_of
from labelloop.learning.control_arm import _saved_once, not_known, paying

K = 6


def _world(n, seed, noise=0.3):
    rng = np.random.default_rng(seed)
    centres = np.linalg.qr(np.random.default_rng(9).normal(size=(32, 32)))[0][:K]
    y = rng.integers(0, K, n)
    return (centres[y] + rng.normal(size=(n, 32)) * noise).astype(np.float32), y


def _answered(chosen_of, lanes, seed=0):
    """Answers whose chosen ones are of the labels ``chosen_of`` alone."""
    vectors, y = _world(20_000, seed)
    chosen = np.array([lane in ("uncertain", "explore") for lane in lanes], dtype=bool)
    fitting = np.flatnonzero(np.isin(y, chosen_of))
    rows = np.arange(len(lanes))
    rows[chosen] = fitting[fitting > len(lanes)][: chosen.sum()]
    return Answered(vectors[rows], y[rows], lanes)


LANES = ["manual"] * 20 + ["uncertain", "random"] * 45


def test_answers_are_divided_in_their_order():
    arms = arms_of([None, "manual", *["uncertain", "random", "explore", "relabel"] * 3])
    assert arms.first.tolist() == [0, 1, 5, 9, 13]
    assert arms.chosen.tolist() == [2, 4, 6, 8, 10, 12]
    assert arms.random.tolist() == [3, 7, 11]
    assert arms.size == 3


def test_a_long_random_lane_is_judged_by_its_later_half():
    arms = arms_of(["manual"] * 10 + ["uncertain", "random"] * (2 * LEAST + 2))
    assert (len(arms.random), len(arms.chosen)) == (LEAST + 1, LEAST)
    assert arms.first.tolist() == list(range(10 + 2 * (LEAST + 1) + 1))
    assert set(arms.random) | set(arms.chosen) | set(arms.first) == set(range(10 + 4 * (LEAST + 1)))


def test_a_late_half_without_chosen_answers_is_judged_as_a_whole():
    """After falling back hardly anything is chosen any more."""
    arms = arms_of(["uncertain"] * 40 + ["random"] * 80)
    assert (len(arms.first), len(arms.chosen), len(arms.random)) == (0, 40, 80)


@pytest.mark.parametrize(
    ("lanes", "audited", "said"),
    [
        (["uncertain"] * 90 + ["random"] * 12, 50, "random-lane answers yet (12 of at least 30)"),
        (["random"] * 40, 50, "chosen answers yet (0 of at least 30)"),
        (LANES, 29, "audit answers yet (29 of at least 30)"),
        ([], 0, "random-lane answers yet (0 of at least 30)"),
    ],
)
def test_it_says_what_is_missing(lanes, audited, said):
    vectors, y = _world(audited, 5)
    found = paying(_answered(range(K), lanes), Audit(vectors, y), Fitting(K))
    assert found.verdict == "too early"
    assert said in found.sentence
    assert found.saved.value is None


def test_choosing_two_labels_alone_does_not_pay():
    found = paying(_answered([0, 1], LANES), Audit(*_world(200, 5)), Fitting(K))
    assert found.verdict == "not paying"
    assert found.ahead.high < 0
    assert found.saved.value < 0
    assert (found.first, found.compared, found.ahead.n) == (20, 45, 200)


def test_choosing_what_the_first_answers_lack_pays():
    lanes = ["manual"] * 40 + ["uncertain", "random"] * 30
    answers = _answered([4, 5], lanes)
    vectors, y = _world(20_000, 1)
    first = np.flatnonzero(y < 4)[:40]
    answers.vectors[:40], answers.y[:40] = vectors[first], y[first]
    easy = np.flatnonzero(y < 4)[100:130]  # a random lane that happens to meet nothing new
    answers.vectors[41::2], answers.y[41::2] = vectors[easy], y[easy]
    found = paying(answers, Audit(*_world(200, 5)), Fitting(K))
    assert found.verdict == "paying"
    assert found.ahead.low > 0
    assert found.chosen > found.random
    assert found.saved.value > 0
    assert found.sentence.startswith(
        "Asking by the strategy pays: 30 chosen answers beyond the first 40"
    )


def _as_sets(answers, more=0.2):
    """Each its own label, and in a part the next one, too."""
    rng = np.random.default_rng(4)
    Y = np.eye(K, dtype=np.int64)[answers.y]
    second = rng.random(len(Y)) < more
    vectors = answers.vectors.copy()
    centres = np.linalg.qr(np.random.default_rng(9).normal(size=(32, 32)))[0][:K]
    vectors[second] += centres[(answers.y[second] + 1) % K].astype(np.float32)
    Y[second, (answers.y[second] + 1) % K] = 1
    return vectors, Y


@pytest.mark.parametrize(("chosen", "verdict"), [([0, 1], "not paying"), (range(K), "unclear")])
def test_sets_of_labels_are_judged_by_the_exact_match(chosen, verdict):
    answers = _answered(chosen, LANES)
    audit = Audit(*_as_sets(Answered(*_world(200, 5), [])))
    found = paying(Answered(*_as_sets(answers), LANES), audit, Fitting(K))
    assert found.verdict == verdict
    assert 0 < found.random < 1
    assert "% exact match on 200 audit answers" in found.sentence


def test_choosing_at_random_is_called_neither_way_in_most_projects():
    verdicts = [
        paying(_answered(range(K), LANES, seed), Audit(*_world(100, 100 + seed)), Fitting(K)).verdict
        for seed in range(12)
    ]
    assert verdicts.count("unclear") >= 10


def test_the_same_seed_says_the_same():
    answers, audit = _answered(range(K), LANES), Audit(*_world(60, 5))
    assert paying(answers, audit, Fitting(K), seed=3) == paying(answers, audit, Fitting(K), seed=3)


def test_one_label_throughout_is_level_or_unclear_and_no_error():
    answers = Answered(_world(110, 0)[0], np.zeros(110, dtype=np.int64), LANES)
    found = paying(answers, Audit(_world(60, 1)[0], np.zeros(60, dtype=np.int64)), Fitting(K))
    assert found.verdict in ("unclear", "not paying")
    assert found.saved.value == 0


def test_labels_saved_by_hand():
    sizes = np.array([0, 10, 20])
    assert _saved_once(sizes, np.array([0.5, 0.7, 0.8]), np.array([0.5, 0.6, 0.7])) == 10
    assert _saved_once(sizes, np.array([0.5, 0.6, 0.7]), np.array([0.5, 0.7, 0.8])) == -10
    assert _saved_once(sizes, np.array([0.5, 0.6, 0.8]), np.array([0.5, 0.5, 0.7])) == pytest.approx(5)
    assert _saved_once(sizes, np.array([0.5, 0.6, 0.8]), np.array([0.5, 0.4, 0.8])) == 0


def test_an_unknown_verdict_gives_its_reason():
    assert not_known("no model yet").sentence == "Whether the strategy pays is not known: no model yet"
