import numpy as np
import pytest

from labelloop.errors import ArtefactMismatch
from labelloop.learning.head import Head


@pytest.fixture(name="head")
def _head():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, 8)).astype(np.float32)
    return Head(("a", 'ü: "b"', "c"), weights, np.float32([0, 1, -1]), 1.7, "model@abc/256")


def test_probabilities_are_the_softmax_of_the_logits_over_the_temperature(head):
    vectors = np.random.default_rng(1).normal(size=(50, 8))
    raised = np.exp((vectors @ head.weights.T + head.bias) / 1.7)
    expected = raised / raised.sum(axis=1, keepdims=True)
    assert head.predict_proba(vectors) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("chunk", [1, 7, 50, 1000])
def test_chunks_change_nothing(head, chunk, tmp_path):
    vectors = np.random.default_rng(1).normal(size=(50, 8)).astype(np.float16)
    np.save(tmp_path / "v.npy", vectors)
    mapped = np.load(tmp_path / "v.npy", mmap_mode="r")
    found = head.predict_proba(mapped, chunk=chunk)
    assert found.dtype == np.float32
    assert found == pytest.approx(head.predict_proba(vectors), abs=1e-6)


def test_large_logits_overflow_nowhere(head):
    found = head.predict_proba(np.full((2, 8), 1e4, np.float32))
    assert np.isfinite(found).all()
    assert found.sum(axis=1) == pytest.approx([1, 1])


def test_no_documents_give_no_rows(head):
    assert head.predict_proba(np.zeros((0, 8), np.float32)).shape == (0, 3)


def test_what_is_saved_comes_back(head, tmp_path):
    sha256 = head.save(tmp_path / "models" / "m0001.safetensors")
    again = Head.load(tmp_path / "models" / "m0001.safetensors", sha256)
    assert (again.labels, again.temperature, again.encoder_id) == (
        head.labels, head.temperature, head.encoder_id,
    )  # fmt: skip
    assert np.array_equal(again.weights, head.weights)
    assert np.array_equal(again.bias, head.bias)
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["m0001.safetensors"]


def test_the_same_head_has_the_same_hash(head, tmp_path):
    assert head.save(tmp_path / "a") == head.save(tmp_path / "b")


def test_a_changed_file_is_refused(head, tmp_path):
    sha256 = head.save(tmp_path / "m")
    content = bytearray((tmp_path / "m").read_bytes())
    content[-1] ^= 1
    (tmp_path / "m").write_bytes(content)
    with pytest.raises(ArtefactMismatch, match=rf"the store knows {sha256[:12]}"):
        Head.load(tmp_path / "m", sha256)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ArtefactMismatch, match=r"gone.safetensors cannot be read"):
        Head.load(tmp_path / "gone.safetensors", "0" * 64)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    import hashlib

    from safetensors.numpy import save

    content = save({"x": np.zeros(3, np.float32)})
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ArtefactMismatch, match="no head that this version can read"):
        Head.load(tmp_path / "x", hashlib.sha256(content).hexdigest())
