"""Labels that hardly anybody has met get documents of their own."""

import numpy as np
import pytest

from labelloop.learning.query_strategies.base import Query
from labelloop.learning.rare_labels import for_rare_labels, rare_labels


def query(probabilities: np.ndarray | None, y: list[int], k: int = 3) -> Query:
    pool = np.eye(8, 4, dtype=np.float32)
    return Query(
        pool, probabilities, np.zeros((len(y), 4), np.float32), np.array(y, dtype=np.int64), k, None,
        np.random.default_rng(0),
    )  # fmt: skip


@pytest.fixture
def probabilities() -> np.ndarray:
    own = np.array([0.1, 0.7, 0.2, 0.9, 0.3, 0.0, 0.8, 0.4])
    return np.column_stack([(1 - own) * 0.6, own, (1 - own) * 0.4]).astype(np.float32)


def test_a_label_below_a_quarter_of_an_equal_share_is_rare() -> None:
    assert rare_labels(np.repeat([0, 1, 2], [50, 8, 42]), 3).tolist() == [1]
    assert rare_labels(np.repeat([0, 1, 2], [50, 9, 41]), 3).tolist() == []
    assert rare_labels(np.repeat([0, 2], [50, 1]), 4).tolist() == [1, 3, 2]


def test_its_most_probable_documents_come_first_and_the_note_names_it(probabilities: np.ndarray) -> None:
    found = for_rare_labels(query(probabilities, [0] * 10 + [2] * 10), 3, ("a", "rare", "c"))
    assert found.indices.tolist() == [3, 6, 1]
    assert found.scores.tolist() == pytest.approx([0.9, 0.8, 0.7])
    assert "rare" in found.note


def test_several_rare_labels_take_turns(probabilities: np.ndarray) -> None:
    found = for_rare_labels(query(probabilities, [0] * 20), 2)
    assert set(found.indices.tolist()) == {3, 5}  # the best of label 1, the best of label 2


@pytest.mark.parametrize("y", [[0, 1, 2] * 5, []])
def test_none_where_no_label_is_rare_or_nothing_is_known(
    probabilities: np.ndarray, y: list[int]
) -> None:
    assert for_rare_labels(query(probabilities, y), 3).indices.tolist() == []


def test_none_without_probabilities_of_single_labels() -> None:
    assert for_rare_labels(query(None, [0] * 9), 3).indices.tolist() == []
    two = np.full((8, 2), 0.5, np.float32)
    assert for_rare_labels(query(two, [0] * 9), 3).indices.tolist() == []


def test_more_wanted_than_there_are(probabilities: np.ndarray) -> None:
    found = for_rare_labels(query(probabilities, [0] * 20 + [2] * 20), 50)
    assert sorted(found.indices.tolist()) == list(range(8))
