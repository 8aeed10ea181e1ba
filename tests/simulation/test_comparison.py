"""Labels per target and paired comparisons, by hand."""

import pytest

from labelloop.simulation.comparison import comparisons, default_targets, labels_needed, needed


def _run(strategy, accuracy, seed=0, people=""):
    name = f"{strategy} · {people}" if people else strategy
    points = list(range(25, 25 + 25 * len(accuracy), 25))
    return {
        "name": name, "strategy": strategy, "people": people, "seed": seed, "labels": points,
        "accuracy": accuracy, "macro_f1": accuracy,
    }  # fmt: skip


def test_labels_needed_lie_between_points():
    run = _run("margin", [0.5, 0.7, 0.6, 0.9])
    assert labels_needed(run, 0.4) == 25
    assert labels_needed(run, 0.6) == pytest.approx(37.5)
    assert labels_needed(run, 0.8) == pytest.approx(87.5)  # a dip is not a loss
    assert labels_needed(run, 0.95) is None


def test_a_target_that_a_seed_never_reached_has_no_mean():
    found = needed([_run("margin", [0.5, 0.9]), _run("margin", [0.5, 0.6], seed=1)], [0.6, 0.8])
    assert [one["reached"] for one in found] == [2, 1]
    assert found[0]["labels"] == pytest.approx((31.25 + 50) / 2)
    assert found[0]["low"] < found[0]["labels"] < found[0]["high"]
    assert found[1]["labels"] is found[1]["low"] is None


def test_the_default_targets_are_reached():
    assert default_targets([_run("margin", [0.5, 0.84])]) == (0.7, 0.75, 0.8)
    assert default_targets([_run("margin", [0.01, 0.07])]) == (0.05,)


def test_an_interval_over_seeds_by_hand():
    # Differences .1, .2, .3: mean .2, standard deviation .1, t(2) = 4.303.
    runs = [_run("random", [0.5, 0.5], seed) for seed in range(3)]
    runs += [_run("margin", [0.5 + d, 0.5 + d], seed) for seed, d in enumerate((0.1, 0.2, 0.3))]
    (found,) = comparisons(runs, [])
    assert found["area"] == pytest.approx(0.2)
    assert found["high"] - found["area"] == pytest.approx(4.303 * 0.1 / 3**0.5, abs=1e-3)
    assert found["within_noise"] is True
    assert "level within noise" in found["sentence"]


def test_ahead_and_behind_are_said():
    runs = [_run("random", [0.5, 0.6], seed) for seed in range(4)]
    runs += [_run("margin", [0.6 + seed / 100, 0.7], seed) for seed in range(4)]
    runs += [_run("poor", [0.4 + seed / 100, 0.5], seed) for seed in range(4)]
    ahead, behind = comparisons(runs, [0.55])
    assert ahead["sentence"].startswith("margin is ahead of random: +")
    assert behind["sentence"].startswith("poor is behind random: -")
    assert ahead["labels"][0]["saved"] > 0
    assert behind["labels"][0]["saved"] is None


def test_one_seed_is_no_comparison():
    (found,) = comparisons([_run("random", [0.5]), _run("margin", [0.9])], [0.5])
    assert found["within_noise"] is None
    assert "one seed cannot tell" in found["sentence"]


def test_each_kind_of_people_is_compared_by_itself():
    runs = [
        _run(strategy, [0.5 + noise, 0.6], seed, people)
        for strategy in ("margin", "entropy")
        for noise, people in ((0.0, "never wrong"), (0.1, "noise 0.1"))
        for seed in range(2)
    ]
    found = comparisons(runs, [])
    assert [(one["name"], one["against"]) for one in found] == [
        ("entropy · never wrong", "margin · never wrong"),
        ("entropy · noise 0.1", "margin · noise 0.1"),
    ]
