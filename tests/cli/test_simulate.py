"""The back-test command: several strategies and people, a table, JSON, CSV and a plot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.encoder

THINGS = {"sport": ["goal", "match", "striker", "referee"], "money": ["bank", "loan", "profit", "tax"]}
PLACES = ["in spring", "on Monday", "in the north", "again", "for once", "last night", "at home"]


@pytest.fixture(name="answers")
def _answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = [
        f"Everybody spoke about the {thing} {place},{label}"
        for label, things in THINGS.items()
        for thing in things
        for place in PLACES
    ]
    path = tmp_path / "known.csv"
    path.write_text("text,label\n" + "\n".join(rows) + "\n")
    return path


def test_strategies_people_and_lanes_beside_each_other(
    labelloop: Any, answers: Path, tmp_path: Path
) -> None:
    out = {name: tmp_path / f"out.{name}" for name in ("json", "csv", "png")}
    ended = labelloop(
        "simulate", answers, "-s", "margin", "-s", "random", "--start", 6, "--batch", 6, "--rounds", 3,
        "--seeds", 2, "--noise", 0, "--noise", 0.2, "--annotators", 3, "--annotator-error", 0.1,
        "--lanes", "--target", 0.5, "--json", out["json"], "--csv", out["csv"], "--plot", out["png"],
    )  # fmt: skip
    assert ended.status == 0, ended.err
    assert "labels to 50%" in ended.out
    assert "margin · noise 0.2, 3 annotators, error 0.1" in ended.out
    assert ended.out.count(" of the area (") == 2
    result = json.loads(out["json"].read_text())
    assert len(result["runs"]) == 2 * 2 * 2
    assert result["settings"]["lanes"]["audit"] == 0.1
    assert len(out["csv"].read_text().splitlines()) == 1 + 8 * 4
    assert out["png"].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "option", [("--noise", 1.5), ("--annotators", 0), ("--annotator-error", -1), ("--target", 2)]
)
def test_impossible_people_are_wrong_use(labelloop: Any, answers: Path, option: Any) -> None:
    ended = labelloop("simulate", answers, *option)
    assert ended.status == 2
    assert option[0] in ended.err


@pytest.mark.parametrize("stage", [7, 600])
def test_a_stage_outside_the_budget_is_wrong_use(labelloop: Any, answers: Path, stage: int) -> None:
    ended = labelloop("simulate", answers, "--fine-tune-at", stage)
    assert ended.status == 2
    assert f"{stage} labels are not between --start (25) and the end (525)" in ended.err


def test_sets_are_not_tuned_for_and_say_so_before_anything_is_encoded(
    labelloop: Any, answers: Path
) -> None:
    answers.write_text("text,label\none,a|b\ntwo,a\nthree,b\nfour,[]\n")
    ended = labelloop("simulate", answers, "--multi-label", "--fine-tune-at", 0.5)
    assert (ended.status, ended.out) == (2, "")
    assert "for one label per document alone. Leave --fine-tune-at away" in ended.err


def test_a_project_brings_its_own_switches(tmp_path: Path) -> None:
    from labelloop.learning.lanes import Shares
    from labelloop.loop.backtesting import plan_of_project
    from labelloop.simulation.plan import Plan

    (tmp_path / "labelloop.toml").write_text(
        'name = "p"\nlabels = ["a", "b"]\n[query]\nadapt_exploring = false\n'
        'when_not_paying = "fall_back"\n[training]\npool_help = "never"\nclass_weight = "balanced"\n'
        'head = "sklearn.naive_bayes:GaussianNB"\n'
    )
    plan = plan_of_project(tmp_path, Plan(shares=Shares()))
    assert (plan.adapt_exploring, plan.pool_help, plan.class_weight) == (False, False, "balanced")
    assert (plan.head, plan.when_not_paying) == ("sklearn.naive_bayes:GaussianNB", "fall_back")
    assert plan_of_project(tmp_path, Plan()).when_not_paying == "say"
