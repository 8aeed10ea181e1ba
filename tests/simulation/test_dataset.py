import numpy as np
import pytest

from labelloop.errors import BadInput, EmptyPool
from labelloop.simulation.backtest import backtest
from labelloop.simulation.dataset import KnownAnswers, asked_once, read_known_answers, vectors_of


class CountingEncoder:
    """Makes vectors of text lengths and counts what it was asked."""

    encoder_id, dimension = "counting@1/9", 2

    def __init__(self):
        self.encoded = 0

    def encode(self, texts, progress=None):
        self.encoded += len(texts)
        if progress:
            progress(len(texts))
        return np.array([[len(text), 1] for text in texts], dtype=np.float32).reshape(-1, 2)


@pytest.fixture(name="file")
def _file(tmp_path):
    def write(content, *, encoding="utf-8"):
        path = tmp_path / "set.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def test_split_and_labels(file):
    data = read_known_answers(file('id,text,label,split\n1,a,x,train\n2,b,y,test\n3,"c, d",x,train\n'))
    assert data.name == "set"
    assert data.texts == ("a", "b", "c, d")
    assert data.labels == ("x", "y")
    assert data.y.tolist() == [0, 1, 0]
    assert data.train.tolist() == [True, False, True]


def test_without_split_a_seeded_fifth_is_the_test(file):
    path = file("text,label\n" + "".join(f"t{i},{i % 2}\n" for i in range(100)))
    first, again, other = (read_known_answers(path, seed=seed) for seed in (0, 0, 1))
    assert (~first.train).sum() == 20
    assert (first.train == again.train).all()
    assert (first.train != other.train).any()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("text,answer\na,b\n", "no column 'label', only 'text', 'answer'"),
        ("text,label\na,x\nb,\n", "line 3 has no label"),
        ("text,label\na,x\nb\n", "line 3 has no label"),
        ("text,label\na,x\nb,x\n", "2 rows and 1 different label"),
        ("text,label\n", "has a header and no rows"),
        ("text,label,split\na,x,train\nb,y,dev\n", "line 3 has the split 'dev'. Write train or test"),
        ("text,label,split\na,x,train\nb,y,train\n", "no row to test on"),
        ("text,label\na,x\nb\udcff,y\n".encode(errors="surrogateescape"), "not UTF-8"),
        ('text,label\na,x\n"b' + "b" * 10_000_001 + '",y\n', "no CSV after line"),
        (b"text,label\n\x00\x01,x\nb,y\xff\xfe", "not UTF-8"),
    ],
    ids=[
        "empty",
        "column",
        "label",
        "short",
        "one",
        "header",
        "split",
        "no test",
        "latin",
        "cell",
        "bin",
    ],
)
def test_bad_files_are_one_line_that_names_the_place(file, content, message):
    with pytest.raises(BadInput, match=message) as caught:
        read_known_answers(file(content))
    assert "set.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone.csv cannot be read: No such file"):
        read_known_answers(tmp_path / "gone.csv")


def test_vectors_are_kept_by_content(tmp_path):
    encoder, done = CountingEncoder(), []
    first = vectors_of(("a", "bb"), encoder, tmp_path)
    again = vectors_of(("a", "bb"), encoder, tmp_path, done.append)
    assert encoder.encoded == 2
    assert np.array_equal(first, again)
    assert done == [2]
    vectors_of(("ab", "b"), encoder, tmp_path)
    assert encoder.encoded == 4, "other texts of the same letters"
    encoder.encoder_id = "counting@2/9"
    vectors_of(("a", "bb"), encoder, tmp_path)
    assert encoder.encoded == 6, "another encoder"


def test_a_half_written_cache_is_made_again(tmp_path):
    encoder = CountingEncoder()
    vectors_of(("a", "bb"), encoder, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert vectors_of(("a", "bb"), encoder, tmp_path).tolist() == [[1, 1], [2, 1]]
    assert [file.suffix for file in tmp_path.iterdir()] == [".npy"]


def test_near_duplicates_are_asked_once_and_never_what_the_test_holds():
    texts = ("one sun", "a wind", "One sun!", "A WIND", "rain", "one sun.", "snow")
    train = np.array([True, True, True, False, True, True, False])
    data = KnownAnswers("made up", texts, ("a", "b"), np.zeros(7, np.int64), train)
    assert asked_once(data).tolist() == [True, False, False, False, True, False, False]


def test_a_pool_of_nothing_but_the_tests_copies_says_so():
    data = KnownAnswers("copies", ("sun",) * 4, ("a", "b"), np.arange(4) % 2, np.arange(4) < 2)
    with pytest.raises(EmptyPool, match="near-duplicate"):
        backtest(data, np.ones((4, 3), np.float32), hints=None, strategies=["random"])


def test_an_export_of_labels_is_taken(file):
    rows = "".join(f't{i},"[""{"ab"[i % 2]}""]",label\n' for i in range(10))
    assert read_known_answers(file("text,labels,action\n" + rows)).labels == ("a", "b")
    assert read_known_answers(file("text,labels\n1,a\n2,b\n3,a\n4,b\n5,a\n")).labels == ("a", "b")


@pytest.mark.parametrize("cell", ["[]", '"[""a"", ""b""]"'])
def test_a_set_in_an_export_names_the_option_for_it(file, cell):
    with pytest.raises(BadInput, match="--multi-label"):
        read_known_answers(file(f"text,labels\n1,a\n2,{cell}\n"))
