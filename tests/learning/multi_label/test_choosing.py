"""Every query strategy and the cold start choose among documents that may have several labels."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.learning.batch import Candidates, Labelled, compose
from labelloop.learning.lanes import Shares
from labelloop.learning.multi_label.training import train_multi_label_head
from labelloop.learning.multi_label.uncertainty import as_two, set_margin
from labelloop.learning.query_strategies import STRATEGIES, strategy
from labelloop.learning.query_strategies.base import Query

from .conftest import LABELS, Known


def query(known: Known, seed: int = 0) -> tuple[Query, np.ndarray]:
    head = train_multi_label_head(known.vectors[:40], known.Y[:40], labels=LABELS).head
    p = head.predict_proba(known.test)
    asked = Query(
        known.test, as_two(p, head.thresholds), known.vectors[:40], known.Y[:40].astype(np.int64),
        len(LABELS), np.eye(len(LABELS), known.test.shape[1], dtype=np.float32),
        np.random.default_rng(seed),
    )  # fmt: skip
    return asked, set_margin(p, head.thresholds)


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_chooses_sets(known: Known, name: str) -> None:
    asked, _ = query(known)
    picks = strategy(name)(asked, 12)
    assert len(set(picks.indices.tolist())) == 12
    assert np.isfinite(picks.scores).all()
    again = strategy(name)(query(known)[0], 12)
    assert again.indices.tolist() == picks.indices.tolist()


@pytest.mark.parametrize("name", ["margin", "entropy", "least_confidence"])
def test_uncertain_strategies_ask_what_lies_nearest_the_thresholds(known: Known, name: str) -> None:
    asked, gap = query(known)
    picks = strategy(name)(asked, 12)
    assert set(picks.indices.tolist()) == set(np.argsort(gap)[:12].tolist())


def test_a_committee_of_equal_answers_says_so(known: Known) -> None:
    asked, _ = query(known)
    same = Query(
        asked.pool, asked.probabilities, asked.labelled, np.ones_like(asked.y), 4, None, asked.rng
    )
    assert "one answer only" in strategy("committee")(same, 3).note


@pytest.mark.parametrize("cold", [True, False])
def test_a_batch_is_composed_from_sets(known: Known, cold: bool) -> None:
    asked, _ = query(known)
    candidates = Candidates(
        np.arange(400), known.test, None if cold else asked.probabilities, np.arange(400) % 10 == 0
    )
    labelled = Labelled(asked.labelled, asked.y, 4, asked.hints)
    found = compose(candidates, 20, labelled=labelled, shares=Shares(), rng=asked.rng, cold=cold)
    assert len({pick.document_id for pick in found.picks}) == 20
    nothing_known = Labelled(asked.labelled[:0], asked.y[:0], 4, asked.hints)
    compose(candidates, 20, labelled=nothing_known, shares=Shares(), rng=asked.rng, cold=True)
