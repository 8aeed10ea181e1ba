"""Fine-tuning stages in a back-test: production's tuning, its gate, and the tuned model that chooses."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.learning import query_strategies
from labelloop.learning.encoders import load_encoder
from labelloop.learning.lanes import Shares
from labelloop.learning.training import FIRST_PENALTY
from labelloop.simulation import replay, tuning
from labelloop.simulation.backtest import Plan, askable, backtest
from labelloop.simulation.dataset import KnownAnswers
from labelloop.simulation.tuning import Tuner, cost_of_run

SPORT = ["goal", "match", "coach", "league", "referee", "striker", "tennis", "medal", "race", "team"]
MONEY = ["bank", "interest", "stock", "profit", "market", "loan", "currency", "tax", "budget", "shares"]
FILLER = ["monday", "weekend", "minister", "fans", "club", "city", "people", "talk", "evening", "report"]
HINTS = ["bank stock", "goal match"]


@pytest.fixture(scope="module", name="known")
def _known(tmp_path_factory, tiny_encoder):
    """200 texts whose label is told by words that an encoder of chance weights must learn."""
    texts, y = [], []
    for label, words in ((1, SPORT), (0, MONEY)):
        for n in range(100):
            a, b, c = words[n % 10], words[(n // 10 + n) % 10], FILLER[(3 * n + n // 7) % 10]
            texts.append(f"{c} {a} {FILLER[n % 7]} {b} number{n}")
            y.append(label)
    folder = tiny_encoder(tmp_path_factory.mktemp("model") / "tiny", texts)
    encoder = load_encoder(str(folder))
    train = np.arange(200) % 4 > 0
    data = KnownAnswers("made up", tuple(texts), ("money", "sport"), np.array(y), train)
    return data, encoder.encode(texts), encoder.encode(HINTS), Tuner(str(folder), encoder, HINTS)


def _run(known, **plan):
    data, vectors, hints, tuner = known
    steps = []
    plan = Plan(**{"start": 20, "batch": 20, "rounds": 2, "fine_tune_at": (40,)} | plan)
    result = backtest(
        data, vectors, hints=hints, strategies=["margin"], plan=plan, seeds=1,
        tuner=Tuner(tuner.model, tuner.encoder, HINTS, advance=steps.append),
    )  # fmt: skip
    return result, sum(steps)


def test_the_tuned_model_is_measured_and_chooses_and_trains_on(known):
    (frozen,) = _run(known, fine_tune_at=())[0]["runs"]
    result, steps = _run(known)
    (run,) = result["runs"]
    assert "tunings" not in frozen
    (tuned,) = run["tunings"]
    assert (tuned["labels"], tuned["promoted"]) == (40, True)
    assert tuned["before"] == frozen["accuracy"][1]
    assert tuned["after"] != tuned["before"]
    assert run["accuracy"][0] == frozen["accuracy"][0]
    assert run["accuracy"][1] == tuned["after"]
    assert result["settings"]["fine_tune_at"] == [40]
    plan = Plan(20, 20, 2, fine_tune_at=(40,))
    assert steps == cost_of_run(known[0], plan, askable(known[0]), known[3]).steps


def test_questions_are_chosen_by_the_tuned_encoder(known, monkeypatch):
    data, vectors, *_ = known
    seen, own = [], query_strategies.strategy("margin")

    def watching(query, size):
        seen.append(query.pool[np.arange(query.pool.shape[0])])
        return own(query, size)

    monkeypatch.setattr(query_strategies, "strategy", lambda _name: watching)
    _run(known)
    before, after = seen
    known_rows = {row.tobytes() for row in vectors}
    assert all(row.tobytes() in known_rows for row in before)
    assert not any(row.tobytes() in known_rows for row in after)
    assert len(before) == len(after) + 20 < len(data.texts)


def test_with_an_audit_lane_the_gate_decides(known, monkeypatch):
    shares = Shares(audit=0.3, random=0.0, explore=0.0, relabel=0.0)
    (run,) = _run(known, shares=shares)[0]["runs"]
    assert "audit answers right, champion" in run["tunings"][0]["reason"]

    def never(champion, candidate, **_how):
        return tuning.Decision(False, "kept out: by the test", {})

    monkeypatch.setattr(tuning, "decide", never)
    (run,) = _run(known, shares=shares)[0]["runs"]
    (tuned,) = run["tunings"]
    assert tuned["promoted"] is False
    assert tuned["after"] == tuned["before"]


def test_after_a_tuning_both_arms_are_fitted_on_the_vectors_of_before(known, monkeypatch):
    data, vectors, hints, tuner = known
    seen = []
    monkeypatch.setattr(replay, "paying", lambda *material, **_: seen.append(material))
    plan = Plan(20, 20, 1, fine_tune_at=(40,), pool_help=False)
    run = tuning.TunedReplay(
        data, vectors, hints, plan, pool=askable(data), strategy="margin", seed=0, tuner=tuner
    )
    run.run(None)
    tuned = run.vectors
    run.recipe = {**run.recipe, "C": 3.0}
    run.control()
    answered, _, fitting = seen[0]
    np.testing.assert_array_equal(answered.vectors, vectors[run.pool[run.asked]])
    assert fitting.penalty == FIRST_PENALTY
    assert (run.vectors, run.recipe["C"]) == (tuned, 3.0)


def test_the_cost_is_told_in_steps_and_seconds(known):
    data, *_, tuner = known
    once = cost_of_run(data, Plan(20, 20, 2, fine_tune_at=(40,)), askable(data), tuner)
    twice = cost_of_run(data, Plan(20, 20, 2, fine_tune_at=(40, 60)), askable(data), tuner)
    assert twice.steps > 2 * once.steps
    (between, reached) = (
        cost_of_run(data, Plan(20, 20, 2, fine_tune_at=(labels,)), askable(data), tuner).steps
        for labels in (45, 60)
    )
    assert between == reached > once.steps  # 45 labels are reached with 60
    assert once.seconds > 0
