"""The contract every query strategy keeps, over the whole registry."""

from dataclasses import replace

import numpy as np
import pytest

from labelloop.errors import UnknownName
from labelloop.learning.head import Head
from labelloop.learning.query_strategies import DEFAULT, STRATEGIES, strategy
from labelloop.learning.query_strategies.base import Query

pytestmark = pytest.mark.parametrize("name", STRATEGIES)


@pytest.fixture(name="situation")
def _situation(blobs):
    """Builds a query; probabilities come from a head that knows the directions."""

    def build(n=120, k=3, *, labelled=12, seed=0, dtype=np.float32, with_probabilities=True):
        vectors, y, centres = blobs(n + labelled, k, d=max(16, k))
        head = Head(tuple(map(str, range(k))), 4 * centres, np.zeros(k, np.float32), 1.0, "e")
        pool = vectors[labelled:].astype(dtype)
        return Query(
            pool=pool, probabilities=head.predict_proba(pool) if with_probabilities else None,
            labelled=vectors[:labelled].astype(dtype), y=y[:labelled], n_labels=k,
            hints=centres, rng=np.random.default_rng(seed),
        )  # fmt: skip

    return build


def _check(picks, query, size):
    n = query.pool.shape[0]
    expected = min(size, n)
    assert len(picks.indices) == len(picks.scores) == len(picks.propensity) == expected
    assert len(set(picks.indices.tolist())) == expected
    assert picks.indices.dtype == np.int64
    assert ((picks.indices >= 0) & (picks.indices < n)).all()
    assert (np.diff(picks.scores) <= 1e-9).all(), "best first"
    assert ((picks.propensity > 0) & (picks.propensity <= 1)).all()
    assert picks.considered <= n
    assert bool(picks.note) or picks.considered == n


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(("k", "labelled"), [(2, 4), (3, 12), (77, 160)])
def test_picks_are_distinct_in_range_and_best_first(name, situation, k, labelled, dtype):
    query = situation(k=k, labelled=labelled, dtype=dtype)
    _check(strategy(name)(query, 10), query, 10)


@pytest.mark.parametrize("n", [1, 2, 7, 8])
def test_a_pool_no_larger_than_the_batch_is_taken_whole(name, situation, n):
    query = situation(n=n)
    _check(strategy(name)(query, 8), query, 8)


def test_the_same_seed_chooses_the_same(name, situation):
    once, again = (strategy(name)(situation(seed=5), 10) for _ in range(2))
    assert once.indices.tolist() == again.indices.tolist()
    assert once.scores.tolist() == again.scores.tolist()


def test_without_a_model_or_a_label_it_still_chooses(name, situation):
    query = situation(with_probabilities=False, labelled=0)
    _check(strategy(name)(query, 10), query, 10)


def test_equal_vectors_and_duplicates_are_chosen_once_each(name, situation):
    query = situation()
    query.pool[:] = query.pool[0]
    query.probabilities[:] = query.probabilities[0]
    _check(strategy(name)(query, 10), query, 10)


def test_ties_are_broken_by_the_seed_not_by_the_place(name, situation):
    chosen = set()
    for seed in range(8):
        query = situation(seed=seed)
        query.pool[:] = query.pool[0]
        query.probabilities[:] = query.probabilities[0]
        chosen.add(tuple(sorted(strategy(name)(query, 5).indices.tolist())))
    assert len(chosen) > 1


def test_it_changes_nothing_it_was_given(name, situation):
    query = situation()
    before = [array.copy() for array in (query.pool, query.probabilities, query.labelled, query.y)]
    for array in (query.pool, query.probabilities, query.labelled, query.y, query.hints):
        array.flags.writeable = False
    strategy(name)(query, 10)
    for array, old in zip(
        (query.pool, query.probabilities, query.labelled, query.y), before, strict=True
    ):
        assert np.array_equal(array, old)


def test_it_reads_a_memory_map(name, situation, tmp_path):
    query = situation(dtype=np.float16)
    np.save(tmp_path / "pool.npy", query.pool)
    mapped = replace(query, pool=np.load(tmp_path / "pool.npy", mmap_mode="r"))
    picks = strategy(name)(mapped, 10)
    _check(picks, mapped, 10)
    assert picks.indices.tolist() == strategy(name)(situation(dtype=np.float16), 10).indices.tolist()


def test_the_order_of_the_pool_does_not_decide(name, situation):
    """Strategies that rank by a measure choose the same documents from a shuffled pool."""
    if name not in ("least_confidence", "margin", "entropy"):
        pytest.skip("its choice goes through the random generator")
    query = situation()
    order = np.random.default_rng(1).permutation(len(query.pool))
    shuffled = replace(query, pool=query.pool[order], probabilities=query.probabilities[order])
    here, there = strategy(name)(query, 10).indices, strategy(name)(shuffled, 10).indices
    assert set(here.tolist()) == set(order[there].tolist())


def test_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(UnknownName, match=rf"there is no query strategy 'no_{name}'.*{DEFAULT}"):
        strategy(f"no_{name}")
