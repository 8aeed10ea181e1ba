"""One tuning: the same by the same seed, resumed at any step, in its time, in its memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelloop.errors import LearningError, OutOfMemory
from labelloop.learning import encoders
from labelloop.learning.fine_tuning import network, tuning
from labelloop.learning.fine_tuning.batches import epoch_batches
from labelloop.learning.fine_tuning.recipe import Recipe
from labelloop.learning.fine_tuning.tuning import Box, Lessons, Tuning
from labelloop.learning.weights import find_weights

TEXTS = [f"{'goal' if n % 2 else 'bank'} word{n % 5} word{n % 7}" for n in range(24)]
RECIPE = Recipe(epochs=4, batch=8, rate=1e-3, word_vectors=True)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Any) -> Any:
    return find_weights(str(tiny_encoder(tmp_path_factory.mktemp("tiny") / "tiny", TEXTS)))


def tuned(weights: Any, recipe: Recipe = RECIPE, **options: Any) -> tuple[Tuning, np.ndarray]:
    model = encoders.load_model(weights)
    layer = network.classification_layer(np.zeros((2, 32), np.float32), np.zeros(2, np.float32))
    y = np.arange(len(TEXTS)) % 2
    lessons = Lessons(TEXTS, np.eye(2, dtype=np.float32)[y], np.ones(len(TEXTS)))
    one = Tuning(model, layer, lessons, recipe, **({"box": Box()} | options))
    one.run()
    return one, network.predict_logits(model, layer, TEXTS)


def test_it_learns_and_the_same_seed_gives_the_same(weights: Any) -> None:
    _, first = tuned(weights)
    _, again = tuned(weights)
    _, other = tuned(weights, Recipe(epochs=4, batch=8, rate=1e-3, word_vectors=True, seed=1))
    _, longer = tuned(weights, Recipe(epochs=30, batch=8, rate=3e-3, word_vectors=True))
    assert (longer.argmax(axis=1) == np.arange(24) % 2).all()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("step", [1, 3, 7, 11])
def test_cut_short_at_any_step_it_comes_to_the_same(
    weights: Any, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, whole = tuned(weights)
    monkeypatch.setattr(tuning, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    own, done = Tuning._step, []

    def killed(self: Tuning, rows: Any) -> None:
        if len(done) == step:
            raise KeyboardInterrupt
        done.append(1)
        own(self, rows)

    monkeypatch.setattr(Tuning, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        tuned(weights, file=tmp_path / "one.checkpoint", key="k")
    monkeypatch.setattr(Tuning, "_step", own)
    resumed, after = tuned(weights, file=tmp_path / "one.checkpoint", key="k")
    assert resumed.state.step == resumed.steps == 12
    assert np.array_equal(whole, after)


def test_a_checkpoint_of_another_task_or_half_of_one_is_not_gone_on_from(
    weights: Any, tmp_path: Path
) -> None:
    file = tmp_path / "one.checkpoint"
    tuned(weights, file=file, key="k")
    content = file.read_bytes()
    assert not content.startswith(b"PK")
    assert b"pickle" not in content
    counted: list[int] = []
    model, layer = (
        encoders.load_model(weights),
        network.classification_layer(np.zeros((2, 32), np.float32), np.zeros(2, np.float32)),
    )
    lessons = Lessons(TEXTS, np.eye(2, dtype=np.float32)[np.arange(24) % 2], np.ones(24))
    Tuning(model, layer, lessons, RECIPE, box=Box(), file=file, key="other").run(counted.append)
    assert counted == [1] * 12
    file.write_bytes(content[: len(content) // 2])
    resumed, _ = tuned(weights, file=file, key="k")
    assert resumed.state.step == 12


def test_the_box_ends_it_with_the_rate_at_zero(weights: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(np.arange(0.0, 1e6, 1.0))  # every look at the clock is a second later
    monkeypatch.setattr(tuning.time, "perf_counter", lambda: float(next(now)))
    boxed, _ = tuned(weights, box=Box(5.0))
    assert boxed.state.step == 5
    shares = [group["lr"] / group["highest"] for group in boxed.optimizer.param_groups]
    assert max(shares) == pytest.approx(0.2 / 0.9)  # of the last step, a fifth before the end


def test_out_of_memory_halves_the_batch_and_comes_to_nearly_the_same(
    weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = Recipe(epochs=1, batch=8, rate=1e-3, word_vectors=True)
    _, whole = tuned(weights, still)
    _limit_memory(monkeypatch, texts=3)
    one, halved = tuned(weights, still)
    assert one.micro == 2
    assert np.allclose(whole, halved, atol=0.35)  # dropout is drawn for other rows
    _limit_memory(monkeypatch, texts=0)
    with pytest.raises(OutOfMemory, match="even for one text"):
        tuned(weights, still)


def _limit_memory(monkeypatch: pytest.MonkeyPatch, texts: int) -> None:
    own = network.logits

    def limited(model: Any, layer: Any, some: list[str], *, autocast: bool) -> Any:
        if model.training and len(some) > texts:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 bytes")
        return own(model, layer, some, autocast=autocast)

    monkeypatch.setattr(network, "logits", limited)


def test_a_loss_that_is_no_number_is_an_error_not_a_model(
    weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = network.logits
    monkeypatch.setattr(network, "logits", lambda *a, **k: own(*a, **k) * float("nan"))
    with pytest.raises(LearningError, match="loss of nan in step 1"):
        tuned(weights)


def test_word_vectors_stay_and_lower_layers_learn_slower(weights: Any) -> None:
    model = encoders.load_model(weights)
    before = model[0].auto_model.get_input_embeddings().weight.detach().clone()
    one, _ = tuned(weights, Recipe(epochs=1, batch=8))
    after = one.model[0].auto_model.get_input_embeddings().weight
    assert bool((before == after).all())
    rates = sorted({group["highest"] for group in one.optimizer.param_groups})
    assert rates[-1] == 1e-2
    assert rates[:-1] == pytest.approx([1.5e-4 * 0.81, 1.5e-4 * 0.9, 1.5e-4])


def test_every_row_stands_in_one_batch_of_texts_of_like_length() -> None:
    lengths = list(range(1000))
    found = epoch_batches(lengths, 16, seed=0, epoch=3)
    assert sorted(np.concatenate(found).tolist()) == lengths
    padding = np.mean([max(batch) - min(batch) for batch in found])
    assert padding < 250  # 940 if they were mixed at random
    again = epoch_batches(lengths, 16, seed=0, epoch=3)
    assert all(np.array_equal(a, b) for a, b in zip(found, again, strict=True))
    assert not np.array_equal(found[0], epoch_batches(lengths, 16, seed=0, epoch=4)[0])
