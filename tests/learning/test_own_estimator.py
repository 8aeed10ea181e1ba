"""A scikit-learn estimator in the head's place: kept without a pickle, fitted again the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labelloop.errors import LearningError, ProjectFileError, TooFewLabels
from labelloop.learning.head import Head
from labelloop.learning.own_estimator import train_estimator

FOREST = "sklearn.ensemble:RandomForestClassifier"


def test_it_is_kept_without_a_pickle_and_says_the_same_after_loading(blobs, tmp_path: Path) -> None:
    vectors, y, _ = blobs(160, 4)
    trained = train_estimator(FOREST, vectors[:120], y[:120], labels=list("abcd"), encoder_id="e")
    said = trained.head.predict_proba(vectors[120:])
    assert (said.argmax(axis=1) == y[120:]).mean() > 0.8
    assert said.sum(axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    sha256 = trained.head.save(tmp_path / "head.safetensors")
    loaded = Head.load(tmp_path / "head.safetensors", sha256)
    assert np.allclose(loaded.predict_proba(vectors[120:], chunk=7), said, atol=1e-6)
    assert b"sklearn.ensemble._forest" not in (tmp_path / "head.safetensors").read_bytes()
    assert trained.report["estimator"].startswith("RandomForestClassifier(random_state=0")


def test_its_confidence_is_calibrated_by_cross_fitting(blobs) -> None:
    vectors, y, _ = blobs(600, 4, spread=1.6)
    trained = train_estimator(
        "sklearn.naive_bayes:GaussianNB", vectors[:300], y[:300], labels=list("abcd")
    )
    said = trained.head.predict_proba(vectors[300:])
    right = (said.argmax(axis=1) == y[300:]).mean()
    assert said.max(axis=1).mean() == pytest.approx(right, abs=0.08)


def test_a_label_without_an_example_is_as_good_as_impossible(blobs) -> None:
    vectors, y, _ = blobs(60, 3)
    said = train_estimator(FOREST, vectors, y, labels=list("abcd")).head.predict_proba(vectors)
    assert said.shape == (60, 4)
    assert said[:, 3].max() < 0.05


def test_a_fold_that_leaves_one_label_stops_nothing(blobs) -> None:
    vectors, y, _ = blobs(26, 2)
    rows = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:1]])
    trained = train_estimator(
        "sklearn.linear_model:LogisticRegression", vectors[rows], y[rows], labels=["a", "b"]
    )
    assert trained.crossfit_probabilities[-1] == pytest.approx([0.5, 0.5])  # nothing was known of it


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        ("nowhere.at_all:Thing", "cannot be called: ModuleNotFoundError"),
        ("sklearn.ensemble:Nothing", "cannot be called: AttributeError"),
        ("sklearn.svm:LinearSVC", "LinearSVC without fit and predict_proba"),
    ],
)
def test_what_is_no_classifier_is_one_clear_error(blobs, factory: str, said: str) -> None:
    vectors, y, _ = blobs(40, 2)
    with pytest.raises(ProjectFileError, match=said):
        train_estimator(factory, vectors, y, labels=["a", "b"])


def test_an_estimator_that_fails_is_named(blobs) -> None:
    vectors, y, _ = blobs(40, 2)
    with pytest.raises(LearningError, match="MultinomialNB fails on 32 labels"):
        train_estimator("sklearn.naive_bayes:MultinomialNB", vectors, y, labels=["a", "b"])


def test_one_class_is_too_few(blobs) -> None:
    vectors, _, _ = blobs(10, 2)
    with pytest.raises(TooFewLabels, match="nothing to tell apart"):
        train_estimator(FOREST, vectors, np.zeros(10, dtype=np.int64), labels=["a", "b"])
