"""The control arm in a whole replay: a strategy made to be bad is found out, a good one let be."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.learning import query_strategies
from labelloop.learning.arrays import take
from labelloop.learning.lanes import Shares
from labelloop.learning.query_strategies.base import Picks
from labelloop.simulation.dataset import KnownAnswers
from labelloop.simulation.plan import Plan
from labelloop.simulation.replay import Replay

K, N = 10, 3000


@pytest.fixture(scope="module", name="known")
def _known():
    """Ten labels that overlap; two random thirds are the pool."""
    rng = np.random.default_rng(0)
    centres = np.linalg.qr(rng.normal(size=(32, 32)))[0][:K]
    y = rng.permutation(np.arange(N) % K)
    vectors = centres[y] + rng.normal(size=(N, 32)) * 0.28
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = tuple(map(str, range(N)))
    data = KnownAnswers("made up", texts, tuple("abcdefghij"), y, np.arange(N) < 2000)
    return data, vectors.astype(np.float32), centres[0]


def _one_corner(centre):
    """A strategy that only ever asks about the first label: it teaches nothing of the others."""

    def choose(query, size):
        near = take(query.pool, np.arange(query.pool.shape[0])) @ centre
        rows = np.argsort(-near)[:size]
        return Picks(rows, near[rows].astype(np.float64), np.ones(len(rows)), len(near))

    return choose


def _replayed(known, strategy, when_not_paying, monkeypatch):
    data, vectors, centre = known
    real = query_strategies.strategy
    monkeypatch.setattr(
        query_strategies, "strategy", lambda name: _one_corner(centre) if name == "bad" else real(name)
    )
    shares = Shares(audit=0.4, random=0.2, explore=0.0, relabel=0.0)
    plan = Plan(20, 60, 8, shares=shares, when_not_paying=when_not_paying, pool_help=False)
    replay = Replay(data, vectors, None, plan, pool=np.arange(2000), strategy=strategy, seed=0)
    replay.run(None)
    return replay


def test_a_bad_strategy_is_found_out_and_left(known, monkeypatch):
    told = _replayed(known, "bad", "say", monkeypatch)
    verdict = told.control()
    assert verdict.verdict == "not paying"
    assert verdict.ahead.high < 0
    assert verdict.saved.value < 0
    assert "does not pay" in verdict.sentence
    left = _replayed(known, "bad", "fall_back", monkeypatch)
    assert left.lanes["random"] > 1.5 * told.lanes["random"]
    assert left.lanes["uncertain"] < 0.8 * told.lanes["uncertain"]


def test_a_good_strategy_is_left_alone(known, monkeypatch):
    told = _replayed(known, "margin", "say", monkeypatch)
    kept = _replayed(known, "margin", "fall_back", monkeypatch)
    assert kept.control().verdict in ("paying", "unclear")
    assert kept.lanes == told.lanes
