"""Vectors: kept once per text and encoder, mapped from a cache that can be lost."""

from __future__ import annotations

import json

import numpy as np
import pytest

from labelloop.records import FetchedDocument
from labelloop.store import embeddings
from labelloop.store.database import Store
from labelloop.store.vector_cache import cache_folder, pool_vectors

ENCODER = "org/mini-encoder@1"


def vector(text_hash: str) -> np.ndarray:
    """A vector that can be told by its hash."""
    return np.array([int(text_hash[:3], 16), int(text_hash[3:6], 16), 1, 0.5], np.float32)


def encode(small, encoder=ENCODER, limit=100) -> int:
    with small.tx() as tx:
        hashes, _ = embeddings.missing(tx, encoder, limit)
        if not hashes:
            return 0
        return embeddings.save(tx, encoder, hashes, np.array([vector(one) for one in hashes]))


def check(small, encoder=ENCODER) -> tuple[list[int], np.ndarray]:
    """The pool's ids, after checking that each has its own vector."""
    ids, vectors = pool_vectors(small.store, encoder)
    with small.tx() as tx:
        expected = dict(tx.rows("SELECT document_id, content_hash FROM documents"))
    for number, found in zip(ids.tolist(), vectors, strict=True):
        assert (found == vector(expected[number]).astype(np.float16)).all()
    return sorted(ids.tolist()), vectors


def test_missing_texts_come_shortest_first_and_once(empty):
    empty.save({"a": "rather long text", "b": "short", "c": "short", "d": "Middle one"})
    with empty.tx() as tx:
        assert embeddings.missing(tx, ENCODER)[1] == ["short", "Middle one", "rather long text"]
        assert embeddings.missing(tx, ENCODER, limit=1)[1] == ["short"]
        assert embeddings.missing_count(tx, ENCODER) == 3
    assert encode(empty, limit=2) == 2
    with empty.tx() as tx:
        assert embeddings.missing(tx, ENCODER)[1] == ["rather long text"]
        assert embeddings.missing_count(tx, "another") == 3


def test_answered_duplicate_gets_a_vector_too(small):
    from labelloop.store import near_duplicates

    small.save([FetchedDocument("x", "a near copy", label="sun")])
    with small.tx() as tx:
        near_duplicates.link(tx, np.array([[1, 5], [1, 2]]))
        assert sorted(embeddings.missing(tx, ENCODER)[1])[-1] == "a near copy"
        assert embeddings.missing_count(tx, ENCODER) == 4  # not the unanswered copy b


def test_saving_twice_keeps_one(small):
    with small.tx() as tx:
        hashes, _ = embeddings.missing(tx, ENCODER)
        made = np.array([vector(one) for one in hashes])
        assert embeddings.save(tx, ENCODER, [*hashes, hashes[0]], np.vstack([made, made[:1]])) == 4
        assert embeddings.save(tx, ENCODER, hashes, made) == 0
        assert embeddings.save(tx, ENCODER, [], np.empty((0, 4))) == 0


def test_vectors_of_some_documents(small):
    encode(small, limit=3)
    with small.tx() as tx:
        ids, vectors = embeddings.load(tx, ENCODER, [4, 3, 2, 1, 99])
        nothing, none = embeddings.load(tx, "another", [1])
        expected = dict(tx.rows("SELECT document_id, content_hash FROM documents"))
    assert len(ids) == 3
    assert vectors.dtype == np.float16
    assert [row.tolist() for row in vectors] == [
        vector(expected[number]).astype(np.float16).tolist() for number in ids
    ]
    assert (len(nothing), len(none)) == (0, 0)


def test_cache_grows_with_what_is_new(small):
    assert pool_vectors(small.store, ENCODER)[1].shape == (0, 0)
    encode(small)
    assert check(small)[0] == [1, 2, 3, 4]
    state = cache_folder(small.store, ENCODER) / "state.json"
    generation = json.loads(state.read_text())["generation"]
    small.save({"e": "A fifth."})
    encode(small)
    ids, vectors = check(small)
    assert ids == [1, 2, 3, 4, 5]
    assert isinstance(vectors, np.memmap)
    assert not vectors.flags.writeable
    assert json.loads(state.read_text())["generation"] == generation


def test_duplicates_and_old_texts_are_left_out(small):
    encode(small)
    small.save({"b": "Revised"})
    assert check(small)[0] == [1, 3, 4]
    encode(small)
    assert check(small)[0] == [1, 2, 3, 4]


def test_encoders_do_not_meet(small):
    encode(small)
    encode(small, "other")
    assert check(small)[0] == check(small, "other")[0] == [1, 2, 3, 4]
    assert cache_folder(small.store, "a/b") != cache_folder(small.store, "a-b")


def lose_everything(folder):
    for path in folder.iterdir():
        path.unlink()


def cut_vectors_short(folder):
    (path,) = folder.glob("*.f16")
    path.write_bytes(path.read_bytes()[:-3])


def change_a_byte(folder):
    (path,) = folder.glob("*.f16")
    content = bytearray(path.read_bytes())
    content[5] ^= 0xFF
    path.write_bytes(content)


def lose_hashes(folder):
    (path,) = folder.glob("*.hashes")
    path.unlink()


def break_state(folder):
    (folder / "state.json").write_text('{"format": 1, "rows"')


def strange_state(folder):
    (folder / "state.json").write_text("[]")


@pytest.mark.parametrize(
    "damage",
    [lose_everything, cut_vectors_short, change_a_byte, lose_hashes, break_state, strange_state],
)
def test_damaged_cache_is_built_anew(small, damage):
    encode(small)
    _, mapped = check(small)
    before = np.array(mapped)
    damage(cache_folder(small.store, ENCODER))
    assert check(small)[0] == [1, 2, 3, 4]
    assert np.array(check(small)[1]).tolist() == before.tolist()


def test_cache_of_another_store_is_not_believed(small, tmp_path):
    encode(small)
    check(small)
    for path in tmp_path.glob("store.duckdb*"):
        path.unlink()
    other = type(small)(Store("duckdb:///store.duckdb", tmp_path))
    other.save({"z": "A text of another store."})
    encode(other)
    assert check(other)[0] == [1]


def test_process_killed_while_appending_leaves_a_sound_cache(small):
    encode(small)
    check(small)
    folder = cache_folder(small.store, ENCODER)
    for pattern in ("*.f16", "*.hashes"):  # written, but the state does not count it
        (path,) = folder.glob(pattern)
        with path.open("ab") as file:
            file.write(b"half a row")
    (folder / "state.json.new").write_text('{"for')
    small.save({"e": "A fifth."})
    encode(small)
    assert check(small)[0] == [1, 2, 3, 4, 5]


def test_vectors_mapped_before_a_rebuild_stay_readable(small):
    encode(small)
    _, mapped = check(small)
    before = np.array(mapped)
    lose_hashes(cache_folder(small.store, ENCODER))
    check(small)
    assert (mapped == before).all()
