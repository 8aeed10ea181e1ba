"""A whole fine-tuning on answers, texts and encoders that are not as they should be."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labelloop.errors import (
    ArtefactMismatch,
    EncoderUnavailable,
    LearningError,
    OutOfMemory,
    TooFewLabels,
)
from labelloop.learning.encoders import load_encoder
from labelloop.learning.fine_tuning import folder as encoder_folder
from labelloop.learning.fine_tuning import network
from labelloop.learning.fine_tuning.procedure import Task, TunedEncoder, fine_tune
from labelloop.learning.fine_tuning.recipe import Recipe

TEXTS = [f"{'goal' if n % 2 else 'bank'} word{n % 5} word{n % 7} word{n}" for n in range(40)]
Y = np.arange(40) % 2
QUICK = Recipe(epochs=2, final_epochs=1, batch=8, rate=1e-3, word_vectors=True)
LONGER = Recipe(epochs=8, final_epochs=6, batch=8, rate=5e-3, word_vectors=True)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Any) -> Path:
    made: Path = tiny_encoder(tmp_path_factory.mktemp("tiny") / "tiny", TEXTS)
    return made


@pytest.fixture
def task(encoder: Path) -> Callable[..., Task]:
    def made(texts: list[str] = TEXTS, y: np.ndarray = Y, k: int = 2, sample: int = 10) -> Task:
        unlabelled = [f"word{n} {word}" for n, word in enumerate(("goal", "bank") * 20)][:sample]
        base = load_encoder(str(encoder))
        return Task(
            encoder=str(encoder), precision="float32", texts=texts, y=np.asarray(y),
            labels=[f"label {i}" for i in range(k)], vectors=base.encode(texts),
            sample=unlabelled, sample_vectors=base.encode(unlabelled).reshape(sample, 32),
        )  # fmt: skip

    return made


def tuned(task: Task, work: Path, recipe: Recipe = QUICK) -> TunedEncoder:
    return fine_tune(task, work=work, minutes=10, recipe=recipe)


def says(found: TunedEncoder, texts: list[str]) -> np.ndarray:
    return found.head.predict_proba(load_encoder(str(found.folder)).encode(texts))


def test_what_can_be_learnt_is_learnt(task: Any, tmp_path: Path) -> None:
    found = tuned(task(), tmp_path, LONGER)
    assert (found.crossfit_probabilities.argmax(axis=1) == Y).mean() > 0.9
    assert says(found, ["word1 goal", "word1 bank"]).argmax(axis=1).tolist() == [1, 0]


def test_a_class_with_one_label_and_one_with_none_keep_their_columns(task: Any, tmp_path: Path) -> None:
    y = Y.copy()
    y[0] = 2
    found = tuned(task(y=y, k=4), tmp_path)
    said = says(found, ["word1 goal"])
    assert said.shape == (1, 4)
    assert said.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(found.crossfit_probabilities).all()
    assert found.report["per_label"]["label 3"] == 0


def test_one_class_only_is_tuned_to_say_so(task: Any, tmp_path: Path) -> None:
    found = tuned(task(y=np.zeros(40, np.int64)), tmp_path)
    assert (says(found, TEXTS).argmax(axis=1) == 0).all()


def test_labels_without_any_rule_make_no_model_that_is_sure(task: Any, tmp_path: Path) -> None:
    """What it never saw it gets right by chance, and knows it: that is what the gate judges by."""
    y = np.random.default_rng(1).permutation(Y)
    found = tuned(task(y=y), tmp_path, LONGER)
    right = found.crossfit_probabilities.argmax(axis=1) == y
    assert 0.2 < right.mean() < 0.8
    assert found.crossfit_probabilities.max(axis=1).mean() < 0.7


def test_labels_all_wrong_by_one_rule_are_learnt_as_they_are(task: Any, tmp_path: Path) -> None:
    found = tuned(task(y=1 - Y), tmp_path, LONGER)
    assert says(found, ["word1 goal", "word1 bank"]).argmax(axis=1).tolist() == [0, 1]


def test_contradictory_duplicates_come_out_even(task: Any, tmp_path: Path) -> None:
    texts = [TEXTS[0]] * 20 + TEXTS[1:21]
    known = dataclasses.replace(
        task(texts=texts), groups=np.array([0] * 20 + list(range(1, 21))), y=np.append(Y[:20], Y[1:21])
    )
    found = tuned(known, tmp_path, LONGER)
    assert says(found, [TEXTS[0]]).max() < 0.75


def test_answers_about_copies_of_one_text_are_too_few(task: Any, tmp_path: Path) -> None:
    one = dataclasses.replace(task(texts=[TEXTS[0]] * 40), groups=np.zeros(40, np.int64))
    with pytest.raises(TooFewLabels, match="near-duplicates of one text"):
        tuned(one, tmp_path)


def test_empty_texts_and_texts_of_a_hundred_thousand_words(
    task: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    own = network._moved
    texts = ["", " ", "\n\t", "goal " * 100_000, "bank " * 100_000, *TEXTS[5:]]

    def moved(value: Any, device: Any) -> Any:
        read.append(int(value.shape[1]) if hasattr(value, "shape") and value.ndim == 2 else 0)
        return own(value, device)

    monkeypatch.setattr(network, "_moved", moved)
    found = tuned(task(texts=texts), tmp_path)
    assert max(read) == 48  # tokens, the model's own limit
    assert np.isfinite(found.crossfit_probabilities).all()
    assert np.isfinite(says(found, ["", "goal " * 100_000])).all()


def test_no_unlabelled_text_at_all(task: Any, tmp_path: Path) -> None:
    found = tuned(task(sample=0), tmp_path)
    assert found.report["sample"] == 0
    assert np.isfinite(says(found, TEXTS)).all()


def test_an_encoder_whose_weights_hold_nan_is_refused(task: Any, encoder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    broken = Path(shutil.copytree(encoder, tmp_path / "broken"))
    weights = load_file(broken / "model.safetensors")
    name = next(name for name in weights if name.endswith("LayerNorm.weight"))
    weights[name] = np.full_like(weights[name], np.nan)
    save_file(weights, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(LearningError, match="loss of nan in step 1"):
        tuned(dataclasses.replace(task(), encoder=str(broken)), tmp_path / "work")
    assert not list((tmp_path / "work").glob("*-tuned"))


def _missing(folder: Path) -> None:
    shutil.rmtree(folder)


def _half_written(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])


def _of_another_architecture(folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file(
        {"conv.kernel": np.zeros((3, 3), np.float32)}, folder / "model.safetensors", {"format": "pt"}
    )


def _a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch boom'\ntR.")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_missing, "does not exist"),
        (_half_written, "not a whole safetensors file"),
        (_of_another_architecture, "of another architecture"),
        (_a_pickle, "holds no safetensors weights"),
    ],
)
def test_no_tuning_begins_from_an_encoder_folder_that_is_broken(
    task: Any, encoder: Path, tmp_path: Path, harm: Callable[[Path], None], said: str
) -> None:
    folder = Path(shutil.copytree(encoder, tmp_path / "own"))
    whole = dataclasses.replace(task(), encoder=str(folder))
    harm(folder)
    with pytest.raises(EncoderUnavailable, match=said):
        tuned(whole, tmp_path / "work")


@pytest.mark.parametrize("harm", [_missing, _half_written, _of_another_architecture, _a_pickle])
def test_a_kept_encoder_that_was_harmed_is_refused(
    encoder: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    from sentence_transformers import SentenceTransformer

    kept = tmp_path / "kept"
    sha256 = encoder_folder.save_encoder(SentenceTransformer(str(encoder)), kept)
    encoder_folder.check_encoder(kept, sha256)
    assert "model.safetensors" in json.loads((kept / encoder_folder.LIST).read_text())
    assert not [file for file in kept.rglob("*") if file.suffix in {".bin", ".pt", ".pkl", ".pth"}]
    harm(kept)
    with pytest.raises(ArtefactMismatch, match=r"cannot be read|another sha256"):
        encoder_folder.check_encoder(kept, sha256)


def test_out_of_memory_while_it_predicts_halves_the_batch_too(
    task: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tuned(task(), tmp_path / "whole")
    own, fits = network.logits, [3]

    def limited(model: Any, layer: Any, some: list[str], *, autocast: bool) -> Any:
        if not model.training and len(some) > fits[0]:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return own(model, layer, some, autocast=autocast)

    monkeypatch.setattr(network, "logits", limited)
    halved = tuned(task(), tmp_path / "halved")
    assert np.allclose(whole.crossfit_probabilities, halved.crossfit_probabilities, atol=0.02)
    fits[0] = 0
    with pytest.raises(OutOfMemory, match="even for one text at a time"):
        tuned(task(), tmp_path / "none")
