"""How many epochs: shorter only where the end is surely worse than the best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelloop.learning.encoders import load_encoder
from labelloop.learning.fine_tuning import folds, tuning
from labelloop.learning.fine_tuning.procedure import Task, fine_tune, steps_of
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.stopping_early import epochs_needed, losses

TEXTS = [f"{'goal' if n % 2 else 'bank'} word{n % 5} word{n % 7} word{n}" for n in range(40)]
RECIPE = Recipe(epochs=6, final_epochs=1, batch=8, rate=1e-3, word_vectors=True)


def watched(means: list[float], noise: float, n: int = 100) -> np.ndarray:
    """Losses (epochs, n) with these means, each text's own noise drawn anew each epoch."""
    drawn = np.random.default_rng(0).normal(size=(len(means), n))
    drawn -= drawn.mean(axis=1, keepdims=True)
    return np.array(means)[:, None] + noise * drawn


def test_it_ends_at_the_least_loss_where_the_end_is_surely_worse() -> None:
    assert epochs_needed(watched([0.9, 0.5, 0.6, 0.8, 1.0, 1.2], 0.1), 6) == 2


def test_a_least_loss_that_may_be_chance_ends_nothing() -> None:
    assert epochs_needed(watched([0.9, 0.5, 0.51, 0.52, 0.5, 0.51], 1.0), 6) == 6


def test_a_tuning_hardly_shorter_is_not_done_over() -> None:
    assert epochs_needed(watched([0.9, 0.8, 0.7, 0.6, 0.5, 1.2], 0.01), 6) == 6


def test_where_time_ran_out_nothing_is_made_shorter() -> None:
    assert epochs_needed(watched([0.9, 0.1, 1.2], 0.01), 6) == 6
    assert epochs_needed(np.zeros((0, 10)), 6) == 6


def test_losses_are_of_calibrated_logits() -> None:
    y = np.arange(60) % 3
    logits = np.eye(3, dtype=np.float32)[np.where(np.arange(60) % 4, y, (y + 1) % 3)]
    assert losses(10 * logits, y).mean() == pytest.approx(losses(logits, y).mean(), abs=0.02)


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Any) -> Task:
    encoder = str(tiny_encoder(tmp_path_factory.mktemp("tiny") / "tiny", TEXTS))
    vectors = load_encoder(encoder).encode(TEXTS)
    return Task(
        encoder=encoder, precision="float32", texts=TEXTS[:30], y=np.arange(30) % 2, labels=["a", "b"],
        vectors=vectors[:30], sample=TEXTS[30:], sample_vectors=vectors[30:],
    )  # fmt: skip


@pytest.mark.parametrize("needed", [6, 2])
def test_all_folds_are_tuned_for_the_epochs_found_and_progress_adds_up(
    task: Task, needed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def found(watched: np.ndarray, epochs: int) -> int:
        seen.append(watched.shape)
        return min(needed, epochs)

    monkeypatch.setattr(folds, "epochs_needed", found)
    steps: list[int] = []
    tuned = fine_tune(task, work=tmp_path, minutes=10, recipe=RECIPE, advance=steps.append)
    assert seen == [(6, 10)]  # once, after each epoch, on the fold that is left out
    assert tuned.report["epochs"] == needed
    assert sum(steps) == steps_of(task, RECIPE)
    again: list[int] = []
    same = fine_tune(task, work=tmp_path, minutes=10, recipe=RECIPE, advance=again.append)
    assert np.array_equal(same.crossfit_probabilities, tuned.crossfit_probabilities)
    assert sum(again) == steps_of(task, RECIPE)
    assert len(again) < len(steps)
    assert seen == [(6, 10)]


def test_what_was_watched_before_a_kill_counts_after_it(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    def found(watched: np.ndarray, epochs: int) -> int:
        seen.append(watched)
        return epochs

    own, done = tuning.Tuning._step, []

    def killed(self: tuning.Tuning, rows: Any) -> None:
        if len(done) == 10:  # in the fourth epoch of the first tuning, of 3 steps each
            raise KeyboardInterrupt
        done.append(1)
        own(self, rows)

    monkeypatch.setattr(folds, "epochs_needed", found)
    monkeypatch.setattr(tuning, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    fine_tune(task, work=tmp_path / "whole", minutes=10, recipe=RECIPE)
    monkeypatch.setattr(tuning.Tuning, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(task, work=tmp_path / "killed", minutes=10, recipe=RECIPE)
    monkeypatch.setattr(tuning.Tuning, "_step", own)
    fine_tune(task, work=tmp_path / "killed", minutes=10, recipe=RECIPE)
    assert len(seen) == 2
    assert np.array_equal(*seen)
