"""Heads of sets: fitted as scikit-learn would, calibrated, saved, and honest about too little."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from labelloop.errors import ArtefactMismatch, TooFewLabels
from labelloop.learning.crossfit import folds_of
from labelloop.learning.directions import directions_of, shaped
from labelloop.learning.head import Head
from labelloop.learning.multi_label.calibration import calibrate, thresholds_of
from labelloop.learning.multi_label.evaluation import evaluate_sets
from labelloop.learning.multi_label.fitting import SetExamples, fit
from labelloop.learning.multi_label.head import MultiLabelHead, named
from labelloop.learning.multi_label.training import rarest_of, train_multi_label_head

from .conftest import LABELS, Known


def test_one_minimum_for_all_labels_is_that_of_each(known: Known) -> None:
    weights, bias = fit(SetExamples(known.vectors, known.Y, None, "none"), 10.0)
    for i in range(len(LABELS)):
        alone = LogisticRegression(C=10.0, tol=1e-8, max_iter=5000).fit(known.vectors, known.Y[:, i])
        assert np.allclose(weights[i], alone.coef_[0], atol=0.02)
        assert bias[i] == pytest.approx(alone.intercept_[0], abs=0.02)


def test_balanced_weights_are_those_of_scikit_learn(known: Known) -> None:
    rare = known.Y & (np.arange(len(known.Y)) % 4 == 0)[:, None]
    weights, _ = fit(SetExamples(known.vectors, rare, None, "balanced"), 1.0)
    alone = LogisticRegression(C=1.0, tol=1e-8, max_iter=5000, class_weight="balanced")
    assert np.allclose(weights[0], alone.fit(known.vectors, rare[:, 0]).coef_[0], atol=0.02)


def test_the_trained_head_knows_most_labels_of_what_it_never_saw(known: Known) -> None:
    trained = train_multi_label_head(known.vectors, known.Y, labels=LABELS, encoder_id="e")
    probabilities = trained.head.predict_proba(known.test)
    measured = evaluate_sets(known.told, trained.head.sets(probabilities), LABELS)
    constant = np.broadcast_to(known.Y.mean(axis=0) > 0.5, known.told.shape)
    nothing_learnt = evaluate_sets(known.told, np.asarray(constant), LABELS)
    assert measured.hamming_loss is not None
    assert nothing_learnt.hamming_loss is not None
    assert measured.hamming_loss < 0.7 * nothing_learnt.hamming_loss
    assert (measured.micro_f1 or 0) > 0.7
    json.dumps(trained.report)


def test_probabilities_and_sureness_mean_what_they_say(known: Known) -> None:
    trained = train_multi_label_head(known.vectors, known.Y, labels=LABELS)
    head, p = trained.head, trained.head.predict_proba(known.test)
    assert abs(p.mean() - known.told.mean()) < 0.05
    exact = (head.sets(p) == known.told).all(axis=1)
    assert abs(head.confidence(p).mean() - exact.mean()) < 0.1
    sure = head.confidence(p) > np.median(head.confidence(p))
    assert exact[sure].mean() > exact[~sure].mean() + 0.1


def test_a_head_comes_back_as_it_was_saved(known: Known, tmp_path: Path) -> None:
    head = train_multi_label_head(known.vectors, known.Y, labels=LABELS, encoder_id="e").head
    sha256 = head.save(tmp_path / "m.safetensors")
    found = Head.load(tmp_path / "m.safetensors", sha256)
    assert isinstance(found, MultiLabelHead)
    assert found.labels == LABELS
    assert np.array_equal(found.predict_proba(known.test), head.predict_proba(known.test))
    assert np.array_equal(found.thresholds, head.thresholds)
    assert (found.power, found.encoder_id) == (head.power, "e")
    assert head.save(tmp_path / "again.safetensors") == sha256
    with pytest.raises(ArtefactMismatch):
        Head.load(tmp_path / "m.safetensors", "0" * 64)


def test_chunks_do_not_change_what_is_said(known: Known) -> None:
    head = train_multi_label_head(known.vectors, known.Y, labels=LABELS).head
    assert np.allclose(
        head.predict_proba(known.test, chunk=7), head.predict_proba(known.test), atol=1e-6
    )


def test_label_names_help_where_answers_are_few(known: Known) -> None:
    centres = np.stack([known.vectors[known.Y[:, i]].mean(axis=0) for i in range(len(LABELS))])
    few = train_multi_label_head(known.vectors[:8], known.Y[:8], labels=LABELS)
    hinted = train_multi_label_head(known.vectors[:8], known.Y[:8], labels=LABELS, hints=centres)
    wrong = [(t.head.sets(t.head.predict_proba(known.test)) != known.told).mean() for t in (few, hinted)]
    assert wrong[1] < wrong[0]
    assert hinted.report["hint_weight"] > 0


def test_a_label_nobody_gave_is_rare_and_not_impossible(known: Known) -> None:
    Y = np.column_stack([known.Y, np.zeros(len(known.Y), dtype=bool)])
    head = train_multi_label_head(known.vectors, Y, labels=(*LABELS, "square")).head
    said = head.predict_proba(known.test)[:, 4]
    assert 0 < said.max() < 0.05


def test_too_little_is_named() -> None:
    vectors = np.eye(3, dtype=np.float32)
    with pytest.raises(TooFewLabels, match="no label"):
        train_multi_label_head(vectors[:0], np.zeros((0, 4), dtype=bool), labels=LABELS)
    with pytest.raises(TooFewLabels, match=r"every answer so far \(3\) is 'none of these'"):
        train_multi_label_head(vectors, np.zeros((3, 4), dtype=bool), labels=LABELS)
    same = np.tile([True, False, True, False], (3, 1))
    with pytest.raises(TooFewLabels, match="'red, blue'"):
        train_multi_label_head(vectors, same, labels=LABELS)


def test_one_document_of_each_kind_is_enough() -> None:
    vectors = np.eye(2, dtype=np.float32)
    Y = np.array([[True, True, False, False], [False, False, False, False]])
    head = train_multi_label_head(vectors, Y, labels=LABELS).head
    p = head.predict_proba(vectors)
    assert np.isfinite(p).all()
    assert (p[0, :2] > p[1, :2]).all()


def test_folds_spread_every_label_and_keep_groups_whole(known: Known) -> None:
    groups = np.repeat(np.arange(100), 2)
    folds = folds_of(rarest_of(known.Y), groups, seed=0)
    assert all(len(set(folds[groups == g])) == 1 for g in range(100))
    share = np.array([[known.Y[folds == f, i].sum() for f in range(5)] for i in range(len(LABELS))])
    assert (share > 0).all()
    assert list(rarest_of(np.array([[True, True], [True, False], [False, False]]))) == [0, 1, 2]


def test_the_penalty_is_kept_until_there_is_half_as_much_again(known: Known) -> None:
    first = train_multi_label_head(known.vectors[:100], known.Y[:100], labels=LABELS)
    later = train_multi_label_head(
        known.vectors[:140], known.Y[:140], labels=LABELS, previous=first.report
    )
    assert later.report["C_chosen_at"] == 100


def test_each_way_keeps_the_penalty_that_it_chose_itself(known: Known) -> None:
    directions = directions_of(np.vstack([known.vectors, known.test]))
    report = train_multi_label_head(
        known.vectors[:60], known.Y[:60], labels=LABELS, directions=directions
    ).report
    assert set(report["penalties"]) == {"plain", "pool"}
    said = {**report, "penalties": {"plain": [4.0, 60], "pool": [16.0, 60]}, "C": 1.0}
    later = train_multi_label_head(
        known.vectors[:70], known.Y[:70], labels=LABELS, directions=directions, previous=said
    ).report
    assert {way: tuple(kept) for way, kept in later["penalties"].items()} == {
        "plain": (4.0, 60), "pool": (16.0, 60)
    }  # fmt: skip
    assert later["C"] == (16.0 if later["pool_help"] else 4.0)


def test_thresholds_of_rare_labels_stay_a_half() -> None:
    p = np.linspace(0, 1, 50)[:, None].repeat(2, axis=1).astype(np.float32)
    Y = np.column_stack([p[:, 0] > 0.5, p[:, 0] > 0.9])
    thresholds = thresholds_of(p, Y)
    assert thresholds[1] == 0.5
    # Probabilities spread evenly: the best expected F1 is found below a half.
    assert 0.2 < thresholds[0] < 0.5


def test_calibration_holds_few_answers_near_what_all_labels_share() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(300, 2)) * 4
    Y = rng.random((300, 2)) < 1 / (1 + np.exp(-logits / 2))  # both too sure by a factor of two
    said = calibrate(logits, Y)
    assert said.slope == pytest.approx([0.5, 0.5], abs=0.12)
    few = calibrate(logits[:6], np.column_stack([Y[:6, 0], np.zeros(6, dtype=bool)]))
    assert np.isfinite(few.probabilities(logits)).all()


def test_sets_are_named_once_each() -> None:
    sets = np.array([[True, False, True, False], [False] * 4, [True, False, True, False]])
    names, codes = named(sets, LABELS)
    assert [names[code] for code in codes] == ["blue|red", "[]", "blue|red"]
    assert len(names) == 2
    assert named(sets[:0], LABELS)[0] == ()


def test_the_pools_directions_are_used_where_cross_fitting_finds_them_better(known: Known) -> None:
    pool = np.vstack([known.vectors, known.test])
    directions = directions_of(pool)
    assert directions is not None
    few = train_multi_label_head(known.vectors[:20], known.Y[:20], labels=LABELS, directions=directions)
    assert few.report["pool_help"] in (True, False)
    weights, bias = fit(SetExamples(known.vectors, known.Y, None, "none", directions), 1.0)
    shaped_logits = shaped(known.test, directions, len(LABELS))
    again, bias_again = fit(
        SetExamples(shaped(known.vectors, directions, 4), known.Y, None, "none"), 1.0
    )
    # Folded back, the head says of plain vectors what the other says of shaped ones.
    assert np.allclose(known.test @ weights.T + bias, shaped_logits @ again.T + bias_again, atol=0.02)


def test_a_chooser_of_ways_takes_the_smaller_loss(known: Known) -> None:
    rng = np.random.default_rng(0)
    noise = directions_of(rng.normal(size=(300, 30)) * np.logspace(0, -6, 30))
    assert noise is not None
    trained = train_multi_label_head(known.vectors, known.Y, labels=LABELS, directions=noise)
    assert not trained.report["pool_help"]  # directions that are no directions of these documents


def test_unsure_labels_weigh_less(known: Known) -> None:
    half = np.arange(200) < 100
    wrong = np.where(half[:, None], known.Y, ~known.Y)
    sure = SetExamples(known.vectors, wrong, None, "none", sureness=np.where(half, 1.0, 1e-6))
    alone = SetExamples(known.vectors[half], known.Y[half], None, "none")
    assert np.allclose(fit(sure, 1.0)[0], fit(alone, 1.0)[0], atol=0.02)
