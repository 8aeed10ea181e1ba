from collections import Counter

import numpy as np
import pytest

from labelloop.errors import EmptyPool, UnknownName
from labelloop.learning.batch import Candidates, Labelled, Shares, compose
from labelloop.learning.lanes import interleaved, lane_sizes
from labelloop.records import Pick

SHARES = Shares(audit=0.1, random=0.05, explore=0.1, relabel=0.1, blind=0.1)


@pytest.fixture(name="turn")
def _turn(blobs):
    """Composes one turn over a made-up pool whose document ids are no row numbers."""

    def compose_turn(n=300, size=50, *, seed=0, audit=0.2, model=True, shares=SHARES, **options):
        vectors, _, centres = blobs(n, 3)
        probabilities = np.full((n, 3), 1 / 3, np.float32)
        candidates = Candidates(
            document_ids=np.arange(n) * 7 + 1000, vectors=vectors.astype(np.float16),
            probabilities=probabilities if model else None, audit=np.arange(n) < round(audit * n),
        )  # fmt: skip
        labelled = Labelled(centres, np.arange(3), 3, centres)
        rng = np.random.default_rng(seed)
        found = compose(candidates, size, labelled=labelled, shares=shares, rng=rng, **options)
        return candidates, found

    return compose_turn


def _lanes(found):
    return Counter(pick.lane for pick in found.picks)


def test_lanes_come_by_their_shares(turn):
    _, found = turn(relabel=dict.fromkeys(range(20), 0.9))
    assert _lanes(found) == {"uncertain": 32, "audit": 5, "relabel": 5, "explore": 5, "random": 3}


def test_each_lane_asks_its_own_side(turn):
    candidates, found = turn()
    reserved = set(candidates.document_ids[candidates.audit].tolist())
    for pick in found.picks:
        assert (pick.document_id in reserved) == (pick.lane == "audit")


def test_no_document_comes_twice(turn):
    _, found = turn(n=60, relabel={1: 0.9, 2: 0.8})
    ids = [pick.document_id for pick in found.picks]
    assert len(ids) == len(set(ids))


def test_propensity_of_a_draw_is_drawn_over_eligible(turn):
    _, found = turn()
    by_lane = {pick.lane: pick.propensity for pick in found.picks}
    assert by_lane["audit"] == pytest.approx(5 / 60)
    assert by_lane["random"] == pytest.approx(3 / 240)
    assert by_lane["uncertain"] == by_lane["explore"] == 1.0


def test_the_audit_draw_is_uniform(turn):
    counts = Counter()
    for seed in range(400):
        _, found = turn(n=50, size=10, seed=seed, shares=Shares(0.2, 0, 0, 0, 0), strategy="margin")
        counts.update(pick.document_id for pick in found.picks if pick.lane == "audit")
    # 2 of 10 in each of 400 turns: mean 80, deviation 8
    assert len(counts) == 10
    assert min(counts.values()) > 80 - 5 * 8
    assert max(counts.values()) < 80 + 5 * 8


@pytest.mark.parametrize("size", [1, 7, 25, 50])
def test_shares_hold_in_the_long_run(size):
    asked = Counter()
    for _ in range(200):
        asked.update(lane_sizes(size, SHARES, asked))
    total = 200 * size
    assert sum(asked.values()) == total
    for lane, share in (("audit", 0.1), ("random", 0.05), ("explore", 0.1), ("relabel", 0.1)):
        assert abs(asked[lane] - share * total) <= 1, lane


def test_a_lane_that_fell_short_does_not_fill_a_whole_batch_later():
    sizes = lane_sizes(50, SHARES, {"uncertain": 5_000})
    assert sizes["audit"] == 5
    assert sizes["uncertain"] == 50 - 5 - 3 - 5 - 5


def test_shares_of_one_leave_nothing_for_the_uncertain():
    sizes = lane_sizes(10, Shares(0.4, 0.3, 0.2, 0.1), {})
    assert sizes["uncertain"] == 0
    assert sum(sizes.values()) == 10


def test_an_empty_audit_side_flows_to_the_uncertain_lane(turn):
    _, found = turn(audit=0)
    assert _lanes(found) == {"uncertain": 42, "explore": 5, "random": 3}
    assert "audit: 0 of 5 wanted, its side of the pool is used up" in found.notes


def test_relabel_takes_the_most_urgent_first(turn):
    gains = {5: 0.99, 3: 0.98, 9: 0.95, 1: 0.94, 4: 0.9, 8: 0.89, 2: 0.8}
    _, found = turn(relabel=gains)
    again = [pick for pick in found.picks if pick.lane == "relabel"]
    assert [(pick.document_id, pick.score) for pick in again] == list(gains.items())[:5]
    assert not any(pick.show_suggestion for pick in again)


def test_the_cold_start_is_manual_and_blind(turn):
    _, found = turn(cold=True)
    assert _lanes(found) == {"manual": 42, "audit": 5, "random": 3}
    assert not any(pick.show_suggestion for pick in found.picks)


def test_without_predictions_nothing_is_shown(turn):
    _, found = turn(model=False)
    assert not any(pick.show_suggestion for pick in found.picks)


def test_audit_is_always_blind_and_others_by_their_share(turn):
    _, found = turn(n=3_000, size=1_000)
    shown = Counter((pick.lane == "audit", pick.show_suggestion) for pick in found.picks)
    assert shown[(True, True)] == 0
    # 900 others, a tenth of them blind: deviation 9
    assert 90 - 5 * 9 < shown[(False, False)] < 90 + 5 * 9


def test_who_stops_early_has_met_all_lanes(turn):
    _, found = turn(n=1_000, size=100)
    half = Counter(pick.lane for pick in found.picks[:50])
    for lane, count in _lanes(found).items():
        assert abs(half[lane] - count / 2) <= 1, lane


def test_interleaving_keeps_each_lanes_own_order():
    picks = [Pick(i, "uncertain", 1.0) for i in range(9)] + [
        Pick(i, "random", 0.1) for i in range(90, 93)
    ]
    ranked = interleaved(picks)
    assert [p.document_id for p in ranked if p.lane == "uncertain"] == list(range(9))
    assert [i for i, p in enumerate(ranked) if p.lane == "random"] == [2, 6, 10]


def test_a_pool_smaller_than_the_batch_is_asked_whole(turn):
    candidates, found = turn(n=20, audit=0)
    assert {pick.document_id for pick in found.picks} == set(candidates.document_ids.tolist())
    assert any("the batch has 20 of 50" in note for note in found.notes)


def test_an_exhausted_pool_is_named(turn):
    with pytest.raises(EmptyPool, match="no document left"):
        turn(n=0)


def test_an_unknown_strategy_is_named(turn):
    with pytest.raises(UnknownName, match="'best'"):
        turn(strategy="best")


def test_the_same_seed_composes_the_same(turn):
    assert turn(seed=3)[1] == turn(seed=3)[1]
    assert turn(seed=3)[1] != turn(seed=4)[1]
