"""Who the student listens to, and how sure it may be."""

from __future__ import annotations

import numpy as np
import pytest

from labelloop.learning.fine_tuning.recalibration import recalibrated
from labelloop.learning.fine_tuning.teacher import appoint, fit_to
from labelloop.learning.head import Head
from labelloop.learning.training import train_head


def logits(y: np.ndarray, right: float, seed: int) -> np.ndarray:
    """Logits (n, 4) that favour the label of a share ``right`` of the rows."""
    rng = np.random.default_rng(seed)
    said = np.where(rng.random(len(y)) < right, y, rng.integers(0, 4, len(y)))
    return (3.0 * np.eye(4)[said] + rng.normal(size=(len(y), 4))).astype(np.float32)


def test_the_better_one_counts_and_both_together_know_most() -> None:
    y = np.random.default_rng(0).integers(0, 4, 600)
    good, poor = logits(y, 0.9, 1), logits(y, 0.3, 2)
    alone = (good.argmax(axis=1) == y).mean()
    for pair in ((good, poor), (poor, good)):
        assert (appoint(*pair, y)[1].argmax(axis=1) == y).mean() >= alone - 0.01
    teacher, said = appoint(good, logits(y, 0.9, 3), y)
    assert teacher.share == 0.5
    assert (said.argmax(axis=1) == y).mean() > (good.argmax(axis=1) == y).mean()
    confidence, right = said.max(axis=1), said.argmax(axis=1) == y
    assert confidence.mean() == pytest.approx(right.mean(), abs=0.03)


def test_a_student_is_made_as_sure_as_its_teacher() -> None:
    y = np.random.default_rng(0).integers(0, 4, 2000)
    raw = logits(y, 0.8, 1)
    sure = np.exp(raw / 2.5)
    assert fit_to(raw, sure / sure.sum(axis=1, keepdims=True)) == pytest.approx(2.5, rel=0.02)


def test_labels_the_encoder_learned_from_do_not_make_a_head_sure(blobs) -> None:
    """Seen texts lie apart by label, new ones do not: the head must be as sure as on the new ones."""
    seen, y_seen, _ = blobs(200, 4, spread=0.05)
    new, y_new, _ = blobs(400, 4, seed=1, spread=2.0)
    vectors, y = np.vstack([seen, new[:100]]), np.append(y_seen, y_new[:100])
    trained = train_head(vectors, y, labels=list("abcd"))
    fresh = np.arange(300) >= 200
    honest = recalibrated(trained, y, fresh=fresh, came_with_encoder=trained.head, unlabelled=new[300:])
    said, right = honest.head.predict_proba(new[100:]), y_new[100:]
    gap = abs(said.max(axis=1).mean() - (said.argmax(axis=1) == right).mean())
    before = trained.head.predict_proba(new[100:])
    gap_before = abs(before.max(axis=1).mean() - (before.argmax(axis=1) == right).mean())
    assert gap < 0.06 < gap_before
    assert honest.report["calibrated_by"] == "fresh labels"
    assert honest.crossfit_probabilities.sum(axis=1) == pytest.approx(np.ones(300), abs=1e-5)


def test_with_few_new_labels_the_head_is_as_sure_as_the_one_that_came_with_the_encoder(blobs) -> None:
    vectors, y, centres = blobs(200, 4, spread=0.1)
    trained = train_head(vectors, y, labels=list("abcd"))
    modest = Head(tuple("abcd"), centres, np.zeros(4, np.float32), 1.0, "")
    none = np.zeros(200, dtype=bool)
    found = recalibrated(trained, y, fresh=none, came_with_encoder=modest, unlabelled=vectors)
    said, wanted = found.head.predict_proba(vectors), modest.predict_proba(vectors)
    assert said.max(axis=1).mean() == pytest.approx(wanted.max(axis=1).mean(), abs=0.05)
    assert trained.head.predict_proba(vectors).max(axis=1).mean() > 0.9
