"""What is read again and what is not; a run that is cut off after any batch."""

import json
import os
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import FilesConnector, FilesSettings

OLD = 1_700_000_000 * 10**9


def old(path, seconds=0):
    """Give a file a time of change that can be relied on."""
    os.utime(path, ns=(OLD + seconds * 10**9,) * 2)


def thawed(cursor):
    return json.loads(json.dumps(cursor))


def test_an_unchanged_file_is_not_opened_again(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_text("text\none\ntwo\n,\n")
    old(path)
    first = read()
    path.write_text("text\nONE\nTWO\n,\n")  # as long and as old: nobody can tell, so nobody looks
    old(path)
    second = read(cursor=thawed(first.cursor))
    assert (second.documents, second.rejected, second.unchanged) == ([], [], 2)


def test_a_touched_file_is_known_by_its_content(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_text("text\none\n")
    old(path)
    first = read()
    old(path, 60)
    second = read(cursor=thawed(first.cursor))
    assert (second.documents, second.unchanged) == ([], 1)
    assert second.cursor["files"]["a.csv"].split()[1] == str(OLD + 60 * 10**9)


def test_a_change_within_the_same_tick_is_found(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_text("text\none\n")
    stamp = path.stat()
    first = read()
    path.write_text("text\nTWO\n")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert read(cursor=thawed(first.cursor)).texts == ["TWO"]


def test_a_changed_file_is_read_again_with_the_same_ids(tmp_path, read):
    path = tmp_path / "a.csv"
    path.write_text("text,n\none,1\ntwo,2\n")
    first = read(id="n")
    path.write_text("text,n\none,1\nTWO,2\nthree,3\n")
    second = read(id="n", cursor=thawed(first.cursor))
    assert second.ids == ["1", "2", "3"]


def test_files_come_and_go(tmp_path, read):
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "b.txt").write_text("b")
    first = read("d")
    (folder / "a.txt").write_text("a")
    (folder / "b.txt").unlink()
    second = read("d", cursor=thawed(first.cursor))
    assert second.ids == ["a.txt"]
    assert list(second.cursor["files"]) == ["a.txt"]
    (folder / "b.txt").write_text("b")
    assert read("d", cursor=thawed(second.cursor)).ids == ["b.txt"]


def test_other_settings_read_everything_again(tmp_path, read):
    (tmp_path / "a.csv").write_text("text,label\none,x\n")
    first = read()
    second = read(label="label", cursor=thawed(first.cursor))
    assert second.documents[0].label == "x"


@pytest.mark.parametrize(
    "entry", [None, [], {"size": 1}, "", "1 2", "x 0 abc 1", "1 0 abc x", "1 0 abc 1 x"]
)
def test_a_damaged_cursor_reads_everything_again(tmp_path, read, entry):
    (tmp_path / "a.csv").write_text("text\none\n")
    cursor = thawed(read().cursor)
    cursor["files"]["a.csv"] = entry
    assert read(cursor=cursor).texts == ["one"]


def test_a_file_that_changed_after_the_cut_is_read_from_its_beginning(tmp_path, connector, read):
    path = tmp_path / "a.csv"
    path.write_text("text\n" + "".join(f"row {n}\n" for n in range(6)))
    first = next(connector(batch_size=2).batches(None))
    path.write_text("text\n" + "".join(f"other {n}\n" for n in range(6)))
    assert len(read(cursor=thawed(first.cursor)).documents) == 6


def test_a_change_while_it_is_read_is_found_by_the_next_run(tmp_path, connector, read):
    path = tmp_path / "a.csv"
    path.write_text("text\n" + "".join(f"row {n}\n" for n in range(6)))
    old(path)
    batches = connector(batch_size=2).batches(None)
    next(batches)
    with path.open("a") as file:
        file.write("row 6\n")
    *_, last = batches
    assert "row 6" in read(cursor=thawed(last.cursor)).texts


def test_rejected_rows_fill_batches_too(tmp_path, connector):
    (tmp_path / "a.csv").write_text("text,n\n" + ",1\n" * 1200 + "fine,2\n")
    batches = list(connector().batches(None))
    assert [len(batch.rejected) for batch in batches] == [500, 500, 200]


def test_long_texts_make_smaller_batches(tmp_path, connector):
    (tmp_path / "a.csv").write_text("text\n" + ("x" * 900_000 + "\n") * 20)
    assert [len(batch.documents) for batch in connector().batches(None)] == [9, 9, 2]


def test_memory_does_not_grow_with_the_file(tmp_path, connector):
    with (tmp_path / "a.csv").open("w") as file:
        file.write("text\n")
        for number in range(30_000):
            file.write(f"{number} {'word ' * 200}\n")  # 30 MB
    tracemalloc.start()
    try:
        count = sum(len(batch.documents) for batch in connector().batches(None))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 30_000
    assert peak < 10_000_000


CELLS = st.one_of(
    st.text(alphabet='ab "\n,;\r\té', max_size=8), st.sampled_from(["same", "same", "other", ""])
)
RAW = st.lists(
    st.one_of(
        st.tuples(CELLS, CELLS).map(
            lambda row: ",".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in row)
        ),
        st.text(alphabet='ab",\n\ré', max_size=12),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("resume")


def run(folder, cursor=None, batch_size=3, **options):
    made = FilesConnector(FilesSettings(path="d", **options), source="s", folder=folder)
    made.batch_size = batch_size
    return list(made.batches(cursor))


@given(rows=RAW, lines=st.lists(CELLS, max_size=12), use_id=st.booleans())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_run_cut_off_after_any_batch_loses_and_doubles_nothing(folder, rows, lines, use_id):
    data = folder / "d"
    data.mkdir(exist_ok=True)
    (data / "a.csv").write_text("text,n\n" + "\n".join(["start,é", *rows]) + "\n", newline="")
    (data / "b.jsonl").write_text(
        "".join(json.dumps({"text": t, "n": n}) + "\n" for n, t in enumerate(["start", *lines]))
    )
    pq.write_table(pa.table({"text": ["start", *lines], "n": ["é", *lines]}), data / "c.parquet")
    options = {"id": "n"} if use_id else {}
    batches = run(folder, **options)
    everything = [d for b in batches for d in b.documents]
    rejected = [r for b in batches for r in b.rejected]
    assert len({d.external_id for d in everything}) == len(everything)
    for number, batch in enumerate(batches, start=1):
        rest = run(folder, thawed(batch.cursor), **options)
        kept = batches[:number]
        assert [d for b in kept + rest for d in b.documents] == everything
        assert [r for b in kept + rest for r in b.rejected] == rejected


@given(
    rows=st.lists(
        st.lists(st.sampled_from(['"', '""', "\n", "\r\n", ",", "a", '",', '\n"', "é"]), max_size=6).map(
            "".join
        ),
        max_size=12,
    ),
    quote=st.sampled_from(['"', ""]),
)
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_of_a_broken_file_is_silently_gone(folder, rows, quote):
    """Every row has its number in its text: it comes out in a document or in a reject."""
    data = folder / "d"
    data.mkdir(exist_ok=True)
    for other in data.iterdir():
        other.unlink()
    content = "".join(f"<{number}>{row},{number}\n" for number, row in enumerate(["ok", *rows, "ok"]))
    (data / "a.csv").write_bytes(b"text,n\n" + content.encode())
    batches = run(
        folder, quote=quote, title="n"
    )  # a quote may draw a row into the next column, lawfully
    out = [f"{d.text} {d.title}" for b in batches for d in b.documents] + [
        r.excerpt for b in batches for r in b.rejected
    ]
    missing = [
        number for number in range(len(rows) + 2) if not any(f"<{number}>" in text for text in out)
    ]
    assert not missing


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=20))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_row_that_python_writes_is_read_back_or_rejected(folder, rows):
    import csv

    data = folder / "d"
    data.mkdir(exist_ok=True)
    for other in data.iterdir():
        other.unlink()
    with (data / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", "n"], *rows])
    batches = run(folder)
    texts = [d.text for b in batches for d in b.documents]
    assert texts == [text for text, _ in rows if text.strip()]
    assert len(texts) + sum(len(b.rejected) for b in batches) == len(rows)
