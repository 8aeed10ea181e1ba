"""Back-tests where texts have sets of labels, on scikit-learn's generator and on files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelloop.errors import BadInput
from labelloop.learning.lanes import Shares
from labelloop.simulation.backtest import Plan, backtest
from labelloop.simulation.dataset import KnownAnswers, read_known_answers
from labelloop.simulation.people import People, answers
from labelloop.simulation.report import plot, write_csv
from labelloop.simulation.sets import SetReplay


@pytest.fixture(scope="module")
def known() -> tuple[KnownAnswers, np.ndarray]:
    from sklearn.datasets import make_multilabel_classification

    X, Y = make_multilabel_classification(
        500, n_features=25, n_classes=4, n_labels=2, length=80, allow_unlabeled=True, random_state=1
    )
    data = KnownAnswers(
        name="made", texts=tuple(f"text {'abcdefghij'[i % 10]}{i} {i * 7919}" for i in range(500)),
        labels=("a", "b", "c", "d"), y=Y.astype(np.int64), train=np.arange(500) < 350,
    )  # fmt: skip
    return data, (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)


def test_exact_match_grows_with_the_answers(
    known: tuple[KnownAnswers, np.ndarray], tmp_path: Path
) -> None:
    data, vectors = known
    result = backtest(
        data, vectors, hints=None, strategies=["cluster_margin", "random"],
        plan=Plan(start=20, batch=20, rounds=4), seeds=2,
    )  # fmt: skip
    assert result["measure"] == "exact match"
    for run in result["runs"]:
        assert run["labels"] == [20, 40, 60, 80, 100]
        assert run["accuracy"][-1] > run["accuracy"][0]
        assert run["macro_f1"][-1] > 0.5
    plot(result, tmp_path / "curve.png")
    write_csv(result, tmp_path / "points.csv")
    assert (tmp_path / "curve.png").stat().st_size > 5000
    again = backtest(
        data,
        vectors,
        hints=None,
        strategies=["random"],
        plan=Plan(start=20, batch=20, rounds=1),
        seeds=1,
    )
    assert again["runs"][0]["accuracy"] == result["runs"][1]["accuracy"][:2]


def test_lanes_cold_start_and_people_who_err(known: tuple[KnownAnswers, np.ndarray]) -> None:
    data, vectors = known
    plan = Plan(start=15, batch=15, rounds=2, start_by="cold", shares=Shares())
    result = backtest(
        data, vectors, hints=np.eye(4, 25, dtype=np.float32), strategies=["margin"], plan=plan, seeds=1,
        people=(People(), People(noise=0.3), People(annotators=3, error=0.2)),
    )  # fmt: skip
    assert len(result["runs"]) == 3
    assert result["runs"][2]["verdicts"][-1] >= 3 * result["runs"][2]["labels"][-1]


def test_mistakes_in_sets_are_single_labels() -> None:
    truth = np.random.default_rng(0).integers(0, 2, size=(400, 5))
    assert (answers(People(), truth, 5, 0).y == truth).all()
    noisy = answers(People(noise=0.25), truth, 5, 0)
    wrong = (noisy.y != truth).sum(axis=1)
    assert set(wrong) == {0, 1}
    assert wrong.mean() == pytest.approx(0.25, abs=0.06)
    three = answers(People(annotators=3, error=0.25), truth, 5, 0)
    assert (three.y != truth).any(axis=1).mean() < 0.1
    two = answers(People(annotators=2, error=0.25), truth, 5, 0)
    assert two.verdicts.min() == 2
    assert two.verdicts.max() > 2  # a tie on a label asks one more


def written(tmp_path: Path, *cells: str) -> Path:
    path = tmp_path / "known.csv"
    lines = [f'"text number {i}","{cell}"' for i, cell in enumerate(cells)]
    path.write_text("\n".join(["text,label", *lines]) + "\n")
    return path


def test_a_file_of_sets(tmp_path: Path) -> None:
    data = read_known_answers(
        written(tmp_path, "sun|rain", "[]", "rain", "sun", "[]", "wind"), multi_label=True
    )
    assert data.labels == ("rain", "sun", "wind")
    assert data.y.tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_a_row_is_named_by_its_line_though_texts_before_it_have_several(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text('text,label\n"one\ntwo\nthree",sun|rain\nfour,rain||sun\n')
    with pytest.raises(BadInput, match="line 5"):
        read_known_answers(path, multi_label=True)


@pytest.mark.parametrize("cells, said", [
    (("sun", "rain", "sun"), "exactly one label"),
    (("sun;rain", "rain", "sun"), "exactly one label"),
    (("sun|rain", "rain||sun", "sun"), "line 3: 'rain||sun' has an empty label"),
    (("[]", "[]"), "fewer than two labels"),
])  # fmt: skip
def test_files_that_are_no_sets(tmp_path: Path, cells: tuple[str, ...], said: str) -> None:
    with pytest.raises(BadInput, match=said.replace("|", r"\|")):
        read_known_answers(written(tmp_path, *cells), multi_label=True)


def test_the_control_arm_judges_sets_too(known: tuple[KnownAnswers, np.ndarray]) -> None:
    data, vectors = known
    shares = Shares(audit=0.4, random=0.25, explore=0.0, relabel=0.0)
    plan = Plan(20, 60, 4, shares=shares, when_not_paying="fall_back", pool_help=False)
    replay = SetReplay(data, vectors, None, plan, pool=np.arange(350), strategy="margin", seed=0)
    replay.audit = np.arange(350) % 3 == 0
    replay.run(None)
    found = replay.control()
    assert found.verdict != "too early", found.sentence
    assert "% exact match on" in found.sentence
    assert 0 < found.random < 1
