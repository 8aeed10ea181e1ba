import json
from dataclasses import replace

import numpy as np
import pytest

from labelloop.errors import BadInput, UnknownName
from labelloop.learning.directions import directions_of
from labelloop.learning.lanes import Shares
from labelloop.learning.pool_help import Word
from labelloop.learning.query_strategies import STRATEGIES
from labelloop.simulation import replay as replay_module
from labelloop.simulation.backtest import Plan, backtest
from labelloop.simulation.dataset import KnownAnswers
from labelloop.simulation.people import People
from labelloop.simulation.replay import Replay
from labelloop.simulation.report import plot, summarise, write_csv, write_json

K, N = 4, 400


@pytest.fixture(scope="module", name="known")
def _known():
    rng = np.random.default_rng(0)
    centres = np.linalg.qr(rng.normal(size=(16, 16)))[0][:K]
    y = rng.permutation(np.arange(N) % K)
    vectors = centres[y] + rng.normal(size=(N, 16)) * 0.25
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    data = KnownAnswers("made up", tuple(map(str, range(N))), tuple("abcd"), y, np.arange(N) < 300)
    return data, vectors.astype(np.float32), centres.astype(np.float32)


def _run(known, strategies=("random",), *, hinted=True, seeds=1, **plan):
    data, vectors, hints = known
    plan = Plan(**{"start": 8, "batch": 8, "rounds": 3, **plan})
    return backtest(
        data, vectors, hints=hints if hinted else None, strategies=strategies, plan=plan, seeds=seeds
    )


def test_the_result_has_the_shape_it_should(known):
    result = json.loads(json.dumps(_run(known, ["cluster_margin", "random"], seeds=2)))
    assert result["dataset"] == "made up"
    assert len(result["runs"]) == 4
    for run in result["runs"]:
        assert set(run) == {
            "name", "strategy", "people", "seed", "labels", "verdicts", "accuracy", "macro_f1",
            "query_seconds", "fit_seconds",
        }  # fmt: skip
        assert run["labels"] == [8, 16, 24, 32]
        assert all(
            len(run[key]) == 4 for key in ("accuracy", "macro_f1", "query_seconds", "fit_seconds")
        )
    assert set(result["summary"]) == {"cluster_margin", "random"}
    assert set(result["summary"]["random"]) == {
        "auc", "auc_low", "auc_high", "auc_macro_f1", "final_accuracy", "labels_to_match_random",
    }  # fmt: skip


def test_it_learns(known):
    (run,) = _run(known, rounds=8, hinted=False)["runs"]
    assert run["accuracy"][-1] > 0.8


@pytest.mark.parametrize("start_by", ["random", "cold"])
def test_all_strategies_of_a_seed_start_with_the_same_documents(known, start_by):
    result = _run(known, ["margin", "random", "coreset"], seeds=2, start_by=start_by)
    for seed in range(2):
        starts = {run["accuracy"][0] for run in result["runs"] if run["seed"] == seed}
        assert len(starts) == 1
    assert result["settings"]["start_by"] == start_by


def test_the_same_seed_replays_the_same(known):
    once, again = (_run(known, ["cluster_margin"])["runs"][0]["accuracy"] for _ in range(2))
    assert once == again


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_can_be_replayed(known, name):
    (run,) = _run(known, [name], rounds=1)["runs"]
    assert run["labels"] == [8, 16]


def test_a_pool_used_up_ends_the_run(known):
    data, vectors, hints = known
    small = replace(data, train=np.arange(N) < 20)
    (run,) = backtest(small, vectors, hints=hints, strategies=["margin"], plan=Plan(8, 8, 20), seeds=1)[
        "runs"
    ]
    assert run["labels"] == [8, 16, 20]


def test_while_one_label_only_is_known_the_cold_start_goes_on(known):
    """299 documents of one label and one of another: most starts meet only the first."""
    data, vectors, hints = known
    y = np.zeros(N, np.int64)
    y[[5, 350]] = 1
    skewed = replace(data, y=y, labels=("a", "b"))
    for given in (hints[:2], None):
        result = backtest(
            skewed, vectors, hints=given, strategies=["margin", "random"], plan=Plan(4, 4, 2), seeds=1
        )
        assert all(run["labels"] == [4, 8, 12] for run in result["runs"])


def test_lanes_cost_labels_and_audit_answers_are_not_trained_on(known):
    alone = _run(known, ["margin"], rounds=6)
    shared = _run(known, ["margin"], rounds=6, shares=Shares(0.25, 0.25, 0, 0, 0))
    assert shared["settings"]["lanes"]["audit"] == 0.25
    assert shared["runs"][0]["labels"] == alone["runs"][0]["labels"]
    assert shared["runs"][0]["accuracy"] != alone["runs"][0]["accuracy"]


def test_progress_counts_every_point(known):
    data, vectors, hints = known
    done = []
    backtest(
        data, vectors, hints=hints, strategies=["random", "margin"], plan=Plan(8, 8, 3), seeds=2,
        progress=done.append,
    )  # fmt: skip
    assert done == [1] * (2 * 2 * 4)


def test_an_unknown_strategy_is_named_before_anything_runs(known):
    with pytest.raises(UnknownName, match="'best'"):
        _run(known, ["random", "best"])


def _run_of(name, accuracy, seed=0):
    points = list(range(25, 25 + 25 * len(accuracy), 25))
    return {"strategy": name, "seed": seed, "labels": points, "accuracy": accuracy, "macro_f1": accuracy}


def test_the_summary_by_hand():
    runs = [
        _run_of("random", [0.2, 0.4, 0.6]),
        _run_of("random", [0.4, 0.6, 0.8], seed=1),
        _run_of("margin", [0.3, 0.7, 0.9]),
        _run_of("poor", [0.1, 0.1, 0.1]),
    ]
    found = summarise(runs)
    assert found["random"]["auc"] == pytest.approx(0.5)
    assert found["random"]["final_accuracy"] == pytest.approx(0.7)
    assert found["random"]["labels_to_match_random"] == 75
    assert found["margin"]["labels_to_match_random"] == 50
    assert found["poor"]["labels_to_match_random"] is None
    assert summarise(runs[2:])["margin"]["labels_to_match_random"] is None


def test_json_and_plot_are_written(known, tmp_path):
    result = _run(known, ["margin", "random"], seeds=2)
    write_json(result, tmp_path / "new" / "out.json")
    plot(result, tmp_path / "new" / "out.png")
    assert json.loads((tmp_path / "new" / "out.json").read_text()) == result
    assert (tmp_path / "new" / "out.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["out.json", "out.png"]


def test_a_place_that_cannot_be_written_is_named(known, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"out.json cannot be written"):
        write_json({}, tmp_path / "file" / "out.json")


def test_people_who_err_cost_accuracy_and_several_of_them_cost_verdicts(known):
    data, vectors, hints = known
    kinds = (People(), People(noise=0.4), People(annotators=3, error=0.4))
    result = backtest(
        data, vectors, hints=hints, strategies=["margin"], plan=Plan(20, 20, 4), seeds=2, people=kinds,
        targets=[0.5],
    )  # fmt: skip
    right, noisy, three = (f"margin · {name}" for name in ("never wrong", kinds[1].name, kinds[2].name))
    assert list(result["summary"]) == [right, noisy, three]
    area = {name: found["auc"] for name, found in result["summary"].items()}
    assert area[noisy] < area[three] < area[right]
    spent = {run["name"]: (run["labels"][-1], run["verdicts"][-1]) for run in result["runs"]}
    assert spent[right] == (100, 100)
    assert spent[three][1] > 300
    assert [one["target"] for one in result["targets"]] == [0.5] * 3


def test_points_are_written_as_csv(known, tmp_path):
    result = _run(known, ["margin", "random"], rounds=2)
    write_csv(result, tmp_path / "points.csv")
    lines = (tmp_path / "points.csv").read_text().splitlines()
    assert lines[0] == "name,strategy,people,seed,labels,verdicts,accuracy,macro_f1"
    assert len(lines) == 1 + 2 * 3
    assert lines[1].startswith("margin,margin,,0,8,8,0.")


def test_every_pick_has_its_lane(known):
    data, vectors, _ = known
    shares = Shares(0.25, 0.25, 0.1, 0, 0)
    replay = Replay(
        data,
        vectors,
        None,
        Plan(8, 20, 4, shares=shares),
        pool=np.arange(300),
        strategy="margin",
        seed=0,
    )
    replay.run(None)
    assert len(replay.asked) == len(replay.asked_in) == 88
    assert replay.asked_in[:8] == ["manual"] * 8
    assert {lane: replay.asked_in.count(lane) for lane in ("audit", "random")} == {
        "audit": replay.lanes["audit"], "random": replay.lanes["random"],
    }  # fmt: skip
    assert replay.control().verdict == "too early"


@pytest.mark.parametrize(("adapts", "share"), [(True, 0.4), (False, 0.2)])
def test_the_explore_lane_moves_only_where_the_plan_lets_it(known, adapts, share):
    data, vectors, hints = known
    plan = Plan(shares=Shares(audit=0.1, explore=0.2), adapt_exploring=adapts)
    replay = Replay(data, vectors, hints, plan, pool=np.arange(300), strategy="margin", seed=0)
    replay.surprised = [[("explore", True)] * 30 + [("uncertain", False)] * 30]
    assert replay._shares().explore == pytest.approx(share)


def test_heads_are_trained_as_the_plan_says(known, monkeypatch):
    seen, own = [], replay_module.train_head

    def watching(vectors, y, **how):
        seen.append((how["class_weight"], how["directions"] is not None))
        return own(vectors, y, **how)

    monkeypatch.setattr(replay_module, "train_head", watching)
    _run(known, class_weight="balanced", pool_help=False, rounds=1)
    _run(known, rounds=1)
    assert seen == [("balanced", False)] * 2 + [("none", True)] * 2


def test_enough_audit_answers_may_overrule_the_pools_help(known, monkeypatch):
    monkeypatch.setattr(replay_module, "judged", lambda *_right: Word(False, "no"))
    data, vectors, hints = known
    plan = Plan(60, 60, 1, shares=Shares(audit=0.9, random=0.0, explore=0.0, relabel=0.0))
    replay = Replay(
        data, vectors, hints, plan, pool=np.arange(300), strategy="margin", seed=0,
        directions=directions_of(vectors[:300], hints=hints),
    )  # fmt: skip
    replay.audit = np.arange(300) % 2 == 0
    replay.run(None)
    assert sum(replay.audit[row] for row in replay.asked) >= 50
    assert replay.recipe["pool_help"] is False


@pytest.mark.parametrize("helped", [True, False])
def test_both_arms_are_fitted_as_the_head_was(known, helped, monkeypatch):
    seen = []
    monkeypatch.setattr(replay_module, "paying", lambda *material, **_: seen.append(material[2]))
    data, vectors, hints = known
    replay = Replay(
        data, vectors, hints, Plan(60, 60, 1), pool=np.arange(300), strategy="margin", seed=0,
        directions=directions_of(vectors[:300], hints=hints),
    )  # fmt: skip
    replay.run(None)
    replay.recipe = {**replay.recipe, "pool_help": helped, "C": 3.0}
    replay.control()
    assert (seen[0].directions is not None, seen[0].penalty) == (helped, 3.0)


def test_a_head_of_ones_own_is_replayed(known):
    (run,) = _run(known, ["margin"], head="sklearn.naive_bayes:GaussianNB", rounds=1)["runs"]
    assert run["accuracy"] != _run(known, ["margin"], rounds=1)["runs"][0]["accuracy"]
