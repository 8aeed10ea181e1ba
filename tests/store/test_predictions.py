"""Predictions: replaced as a whole, read back aligned."""

from __future__ import annotations

import numpy as np

from labelloop.store import predictions
from labelloop.store.predictions import Predictions

from .conftest import NOW


def made(ids, labels=("sun", "wind", "rain"), model="m0001", seed=0) -> Predictions:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(len(labels)), len(ids)).astype(np.float32)
    ordered = np.sort(probabilities, axis=1).astype(np.float64)
    return Predictions(
        model_id=model,
        labels=tuple(labels),
        document_ids=np.asarray(ids, np.int64),
        probabilities=probabilities,
        label=probabilities.argmax(axis=1),
        confidence=ordered[:, -1],
        margin=ordered[:, -1] - ordered[:, -2],
        entropy=-(ordered * np.log(ordered)).sum(axis=1),
    )


def same(one: Predictions, other: Predictions) -> bool:
    return (one.model_id, one.labels) == (other.model_id, other.labels) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("document_ids", "probabilities", "label", "confidence", "margin", "entropy")
    )


def test_nothing_is_there_before_the_first(empty):
    with empty.tx() as tx:
        assert predictions.load(tx) is None
        assert predictions.model_id(tx) is None


def test_what_went_in_comes_out(empty):
    first, second = made([1, 2, 5]), made([1, 3], ("a", "b"), "m0002")
    for one in (first, second):
        with empty.tx() as tx:
            assert predictions.replace(tx, one, now=NOW) == len(one.document_ids)
        with empty.tx() as tx:
            assert same(predictions.load(tx), one)
            assert predictions.model_id(tx) == one.model_id


def test_aligned_to_other_documents_absent_ones_say_so(empty):
    stored = made([2, 5, 9])
    with empty.tx() as tx:
        predictions.replace(tx, stored, now=NOW)
        found = predictions.load(tx, [9, 1, 2, 99])
    assert found.document_ids.tolist() == [9, 1, 2, 99]
    assert found.label.tolist() == [stored.label[2], -1, stored.label[0], -1]
    assert (found.probabilities[[0, 2]] == stored.probabilities[[2, 0]]).all()
    assert np.isnan(found.probabilities[[1, 3]]).all()
    assert np.isnan(found.entropy[[1, 3]]).all()


def test_no_predictions_at_all_are_predictions_too(empty):
    with empty.tx() as tx:
        assert predictions.replace(tx, made([]), now=NOW) == 0
        found = predictions.load(tx, [4])
    assert found.probabilities.shape == (1, 3)
    assert found.label.tolist() == [-1]


def test_suggestions_are_label_and_confidence(empty):
    stored = made([2, 5])
    with empty.tx() as tx:
        predictions.replace(tx, stored, now=NOW)
        found = predictions.suggestions(tx, [5, 6])
    assert found == {5: (stored.labels[stored.label[1]], stored.confidence[1])}


def test_revised_document_loses_its_prediction(small):
    with small.tx() as tx:
        predictions.replace(tx, made([1, 2]), now=NOW)
    small.save({"a": "Revised"})
    with small.tx() as tx:
        assert predictions.load(tx).document_ids.tolist() == [2]
