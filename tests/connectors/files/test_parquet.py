"""Parquet: every way Arrow writes a string, and files that are damaged."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_strings_of_every_kind(tmp_path, read, kind):
    text = pa.array(["one", None, "Öl", " "]).cast(kind)
    table = pa.table({"text": text, "n": pa.array([1, 2, 3, 4]), "none": pa.nulls(4)})
    pq.write_table(table, tmp_path / "a.parquet")
    got = read("a.parquet", id="n", title="none", label="n")
    assert [(d.external_id, d.text, d.title, d.label) for d in got.documents] == [
        ("1", "one", None, "1"),
        ("3", "Öl", None, "3"),
    ]
    assert got.faults == [("a.parquet row 2", "empty text"), ("a.parquet row 4", "empty text")]


def test_many_row_groups_in_order(tmp_path, read, connector):
    texts = [f"text {n}" for n in range(2345)]
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", row_group_size=700)
    got = read("a.parquet")
    assert got.texts == texts
    assert max(len(batch.documents) for batch in got.batches) == 500
    assert connector("a.parquet").check().summary == "1 file, about 2,345 rows"


def test_bytes_that_are_not_utf8_are_a_bad_row(tmp_path, read):
    raw = pa.array([b"good", b"caf\xe9", None]).view(pa.string())
    pq.write_table(pa.table({"text": raw}), tmp_path / "a.parquet")
    got = read("a.parquet")
    assert got.texts == ["good"]
    assert [place for place, _ in got.faults] == ["a.parquet row 2", "a.parquet row 3"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array([1, 2]), "the column 'text' holds int64, not text"),
        (pa.array([["a"], ["b"]]), "holds list<"),
        (pa.array([b"a", b"b"]), "holds binary"),
    ],
)
def test_a_column_that_is_no_text(tmp_path, fail, column, said):
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    assert said in str(fail("a.parquet").error)


def test_a_column_without_any_value_is_rejected_row_by_row(tmp_path, read):
    pq.write_table(pa.table({"text": pa.nulls(3)}), tmp_path / "a.parquet")
    assert [reason for _, reason in read("a.parquet").faults] == ["empty text"] * 3


def test_files_that_are_not_parquet(tmp_path, fail):
    (tmp_path / "a.parquet").write_bytes(b"text,n\na,1\n" * 10)
    (tmp_path / "b.parquet").write_bytes(b"")
    (tmp_path / "c.parquet").write_bytes(b"PAR1 cut short")
    assert "a.parquet cannot be read as Parquet" in str(fail("a.parquet").error)
    assert "b.parquet is empty" in str(fail("b.parquet").error)
    assert "c.parquet cannot be read as Parquet" in str(fail("c.parquet").error)


def test_a_missing_column_lists_what_is_there(tmp_path, fail):
    pq.write_table(pa.table({"body": ["a"], "n": [1]}), tmp_path / "a.parquet")
    assert "no column 'text'. Columns there: body, n" in str(fail("a.parquet").error)


def test_a_damaged_page_keeps_the_rows_before_it(tmp_path, fail):
    texts = [f"{n} " + "abc" * 200 for n in range(3000)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": texts}), path, row_group_size=1000, use_dictionary=False)
    raw = bytearray(path.read_bytes())
    start = pq.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    raw[start : start + 4000] = b"\xff" * 4000
    path.write_bytes(bytes(raw))
    got = fail("a.parquet")
    assert got.texts == texts[:2000]
    assert "a.parquet cannot be read" in str(got.error)


def test_a_missing_number_of_pandas_is_no_name(tmp_path, read):
    """It writes NaN into a column of numbers, where nothing stands."""
    gaps = pa.array([1.0, float("nan"), float("nan")])
    pq.write_table(pa.table({"text": ["a", "b", "c"], "n": gaps}), tmp_path / "a.parquet")
    got = read("a.parquet", id="n")
    assert got.ids == ["1.0"]
    assert got.faults == [("a.parquet row 2", "empty id"), ("a.parquet row 3", "empty id")]
    assert [one.label for one in read("a.parquet", label="n").documents] == ["1.0", None, None]
