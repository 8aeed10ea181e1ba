import json

import numpy as np
import pytest

from labelloop.errors import TooFewLabels
from labelloop.learning import training
from labelloop.learning.crossfit import calibrate, folds_of
from labelloop.learning.fitting import hint_weight
from labelloop.learning.training import hint_head, label_hint_text, train_head

LABELS = ["north", "east", "south"]


def test_it_learns_what_can_be_learnt(blobs):
    vectors, y, _ = blobs(400, 3)
    trained = train_head(vectors[:100], y[:100], labels=LABELS, encoder_id="e")
    predicted = trained.head.predict_proba(vectors[100:]).argmax(axis=1)
    assert (predicted == y[100:]).mean() > 0.95
    assert trained.head.labels == tuple(LABELS)
    assert trained.head.encoder_id == "e"


def test_two_labels_are_told_apart(blobs):
    vectors, y, _ = blobs(200, 2)
    trained = train_head(vectors[:60], y[:60], labels=LABELS[:2])
    assert (trained.head.predict_proba(vectors[60:]).argmax(axis=1) == y[60:]).mean() > 0.95
    assert trained.crossfit_probabilities.shape == (60, 2)


@pytest.mark.parametrize("hinted", [True, False])
def test_a_label_without_an_example_has_a_column(blobs, hinted):
    vectors, y, centres = blobs(90, 3)
    known = y != 2
    trained = train_head(vectors[known], y[known], labels=LABELS, hints=centres if hinted else None)
    third = trained.head.predict_proba(vectors[~known])[:, 2]
    if hinted:
        assert third.mean() > 0.3, "its hint speaks for it"
    else:
        assert third.max() < 1e-6


def test_cross_fitted_rows_come_from_heads_that_never_saw_them(blobs):
    """Labels dealt out at random cannot be predicted; a head that saw them would look good."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 200)).astype(np.float32)
    y = rng.integers(0, 2, 60)
    trained = train_head(vectors, y, labels=LABELS[:2])
    fitted = (trained.head.predict_proba(vectors).argmax(axis=1) == y).mean()
    crossfit = (trained.crossfit_probabilities.argmax(axis=1) == y).mean()
    assert fitted > 0.95
    assert crossfit < 0.75


def test_near_duplicates_stay_on_one_side(blobs):
    """Each text twice with a random label: only a torn group lets the head look clever."""
    rng = np.random.default_rng(1)
    once = rng.normal(size=(40, 200)).astype(np.float32)
    label = rng.integers(0, 2, 40)
    vectors, y, groups = np.repeat(once, 2, axis=0), np.repeat(label, 2), np.repeat(np.arange(40), 2)
    torn = train_head(vectors, y, labels=LABELS[:2]).crossfit_probabilities
    whole = train_head(vectors, y, labels=LABELS[:2], groups=groups).crossfit_probabilities
    assert (torn.argmax(axis=1) == y).mean() > 0.8
    assert (whole.argmax(axis=1) == y).mean() < 0.75


def test_folds_hold_groups_together_and_spread_labels():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 50, 200)
    y = groups % 4
    folds = folds_of(y, groups, seed=3)
    assert all(len(set(folds[groups == group])) == 1 for group in np.unique(groups))
    assert set(folds) == set(range(5))
    for label in range(4):
        assert len(set(folds[y == label])) == 5
    assert (folds == folds_of(y, groups, seed=3)).all()
    assert (folds != folds_of(y, groups, seed=4)).any()


def test_calibration_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4_000, 3)) * 2
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    y = np.array([rng.choice(3, p=row) for row in p])
    temperature, calibrated = calibrate((logits * 5).astype(np.float32), y)
    assert temperature == pytest.approx(5, rel=0.1)
    confidence, right = calibrated.max(axis=1), calibrated.argmax(axis=1) == y
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.02)


def test_the_same_input_gives_the_same_head(blobs):
    vectors, y, centres = blobs(120, 3)
    one, other = (train_head(vectors, y, labels=LABELS, hints=centres, seed=4) for _ in range(2))
    assert np.array_equal(one.head.weights, other.head.weights)
    assert one.report == other.report


def test_the_report_is_json_and_says_how(blobs):
    vectors, y, _ = blobs(60, 3)
    report = json.loads(json.dumps(train_head(vectors, y, labels=LABELS, seed=9).report))
    assert report["per_label"] == {"north": 20, "east": 20, "south": 20}
    assert (report["seed"], report["n"], report["hints"]) == (9, 60, False)
    assert set(report["versions"]) == {"scikit-learn", "numpy", "scipy"}
    assert report["C"] > 0
    assert report["temperature"] > 0


def test_the_penalty_is_chosen_again_only_when_labels_grew_by_half(blobs, monkeypatch):
    vectors, y, _ = blobs(200, 3)
    chosen = []
    monkeypatch.setattr(training, "choose_penalty", lambda examples, folds: chosen.append(1) or 4.0)
    first = train_head(vectors[:60], y[:60], labels=LABELS).report
    second = train_head(vectors[:80], y[:80], labels=LABELS, previous=first).report
    third = train_head(vectors[:90], y[:90], labels=LABELS, previous=second).report
    assert len(chosen) == 2
    assert [r["C_chosen_at"] for r in (first, second, third)] == [60, 60, 90]


def test_balanced_weighs_a_rare_label_up(blobs):
    vectors, y, _ = blobs(600, 2, spread=2.0)
    keep = (y == 0) | (np.arange(600) % 20 == 1)
    known, test = np.flatnonzero(keep)[:200], np.flatnonzero(y == 1)
    plain, balanced = (
        train_head(vectors[known], y[known], labels=LABELS[:2], class_weight=weight).head
        for weight in ("none", "balanced")
    )
    found = [
        (head.predict_proba(vectors[test]).argmax(axis=1) == 1).mean() for head in (plain, balanced)
    ]
    assert found[1] > found[0] + 0.1


def test_hints_fade():
    weights = [hint_weight(n, 6) for n in (0, 25, 100, 525)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 1
    assert weights[-1] < 0.2
    assert hint_weight(100, 77) > hint_weight(100, 2), "many labels need them longer"


def test_hints_help_when_labels_are_few(blobs):
    vectors, y, centres = blobs(500, 10, spread=1.5)
    few = np.arange(15)
    right = [
        (train_head(vectors[few], y[few], labels=list("abcdefghij"), hints=hints)
         .head.predict_proba(vectors[15:]).argmax(axis=1) == y[15:]).mean()
        for hints in (None, centres)
    ]  # fmt: skip
    assert right[1] > right[0] + 0.1


def test_no_label_says_what_is_missing():
    with pytest.raises(TooFewLabels, match="no label to train on yet"):
        train_head(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), labels=LABELS)


def test_one_label_only_names_another():
    with pytest.raises(TooFewLabels, match=r"every answer so far \(5\) is 'east'.* such as 'north'"):
        train_head(np.eye(5, dtype=np.float32), np.ones(5, np.int64), labels=LABELS)


def test_contradictory_duplicates_are_learnt_as_even():
    vectors = np.tile(np.float32([[1, 0]]), (40, 1))
    trained = train_head(vectors, np.arange(40) % 2, labels=LABELS[:2])
    assert trained.head.predict_proba(vectors[:1])[0] == pytest.approx([0.5, 0.5], abs=0.02)


def test_a_label_of_one_example_is_trained(blobs):
    vectors, y, _ = blobs(61, 3)
    y = np.where(np.arange(61) == 0, 2, y % 2)
    trained = train_head(vectors, y, labels=LABELS)
    assert trained.report["per_label"]["south"] == 1
    assert np.isfinite(trained.crossfit_probabilities).all()


def test_one_group_only_still_trains(blobs):
    vectors, y, _ = blobs(10, 2)
    trained = train_head(vectors, y, labels=LABELS[:2], groups=np.zeros(10, np.int64))
    assert trained.crossfit_probabilities == pytest.approx(0.5)


def test_float16_vectors_are_taken(blobs):
    vectors, y, _ = blobs(60, 3)
    trained = train_head(vectors.astype(np.float16), y, labels=LABELS)
    assert trained.head.weights.dtype == np.float32


def test_hint_head_ranks_by_likeness(blobs):
    vectors, y, centres = blobs(200, 3)
    head = hint_head(centres, labels=LABELS)
    assert (head.predict_proba(vectors).argmax(axis=1) == y).mean() > 0.9


@pytest.mark.parametrize(
    ("name", "description", "text"),
    [
        ("card_arrival", "", "card arrival"),
        ("sci/tech", " ", "sci tech"),
        ("topUp", "", "top Up"),
        ("wind", "Wind turbines, on land or at sea", "wind: Wind turbines, on land or at sea"),
        ("Why?", "", "Why?"),
    ],
)
def test_hint_texts_read_like_language(name, description, text):
    assert label_hint_text(name, description) == text
