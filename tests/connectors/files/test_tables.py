"""CSV and TSV: what is read, what is set aside, where reading goes on."""

import csv
import threading

import pytest

from labelloop.errors import SourceMisconfigured


def test_columns_become_a_document(tmp_path, read):
    (tmp_path / "a.csv").write_text(
        'key,body,head,class,link\n7," two\nlines ", A head , solar ,http://x/\n8,b,,,\n'
    )
    got = read(text="body", id="key", title="head", label="class", url="link")
    first, second = got.documents
    assert (first.external_id, first.text, first.title) == ("7", " two\nlines ", "A head")
    assert (first.label, first.url, dict(first.metadata)) == ("solar", "http://x/", {"file": "a.csv"})
    assert (second.title, second.label, second.url) == (None, None, None)
    assert not got.rejected


def test_a_label_column_counts_only_when_it_is_named(tmp_path, read):
    (tmp_path / "a.csv").write_text("text,label\nhidden,solar\n")
    assert read().documents[0].label is None


def test_tabs_semicolons_marks_and_line_ends(tmp_path, read):
    (tmp_path / "a.tsv").write_text('text\tn\n"tab\there"\t1\n')
    (tmp_path / "b.csv").write_bytes("\ufefftext;n\r\nwith mark;1\r\n\r\nCRLF;2\r\n".encode())
    assert read("a.tsv").texts == ["tab\there"]
    got = read("b.csv", delimiter=";")
    assert got.texts == ["with mark", "CRLF"]
    assert got.skipped("blank line") == 1


def test_nothing_is_quoted_when_quote_is_empty(tmp_path, read):
    (tmp_path / "a.tsv").write_text('text\tn\n"Hello," she said\t1\n5" pipe\t2\n')
    assert read("a.tsv", quote="").texts == ['"Hello," she said', '5" pipe']


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8", "shift_jis"])
def test_encodings(tmp_path, read, encoding):
    text = "日本" if encoding == "shift_jis" else "Öl und Straße"
    (tmp_path / "a.csv").write_text(f"text,n\n{text},1\n\nb,2\n", encoding=encoding)
    assert read(encoding=encoding).texts == [text, "b"]


def test_a_byte_order_mark_inside_utf16_le_is_taken_off(tmp_path, read):
    (tmp_path / "a.csv").write_bytes("\ufefftext\nÖl\n".encode("utf-16-le"))
    assert read(encoding="utf-16-le").texts == ["Öl"]


BAD_ROWS = [
    (b"short", "too few fields"),
    (b"long,1,2,3", "too many fields"),
    (b'"closed"early,1', "broken quoting"),
    (b'"never closed,1', "broken quoting"),
    (b"caf\xe9,1", 'bytes that are not utf-8: Set encoding = "latin-1"'),
    (b",1", "empty text"),
    (b" \t ,1", "empty text"),
    (b"nul\x00byte,1", "NUL byte in the text"),
    (b"return\rinside,1", "carriage return outside quotes"),
]


@pytest.mark.parametrize(("row", "reason"), BAD_ROWS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_bad_row_is_set_aside_and_the_rest_read(tmp_path, read, row, reason, end):
    good = [f"gut Öl {n},{n}".encode() for n in range(3)]
    quoted = b'"two\nlines",9'
    (tmp_path / "a.csv").write_bytes(end.join([b"text,n", *good, row, quoted, *good, b""]))
    got = read()
    assert got.faults == [("a.csv line 5", reason)]
    assert len(got.documents) == 7 and "two\nlines" in got.texts
    assert len(got.rejected[0].excerpt) <= 500
    assert "\x00" not in got.rejected[0].excerpt


def test_a_stray_quote_in_a_text_of_several_lines_makes_no_false_document(tmp_path, read):
    (tmp_path / "a.csv").write_text(
        'text,n\ngood,1\n"line one\nline "two" is odd\nline three",2\nalso good,3\n"and\nthis",4\n'
    )
    got = read()
    assert got.texts == ["good", "also good", "and\nthis"]
    assert [place for place, _ in got.faults] == [f"a.csv line {n}" for n in (3, 4, 5)]


def test_an_unclosed_quote_at_the_end_loses_its_row_only(tmp_path, read):
    (tmp_path / "a.csv").write_text('text,n\na,1\n"open,2\n' + "".join(f"b{n},3\n" for n in range(50)))
    got = read()
    assert len(got.documents) == 51
    assert got.faults == [("a.csv line 3", "broken quoting")]


def test_bytes_that_cannot_be_decoded_matter_only_in_columns_that_are_read(tmp_path, read):
    (tmp_path / "a.csv").write_bytes("text,note\nÖl,x\n".encode() + b"plain,caf\xe9\n")
    assert read().texts == ["Öl", "plain"]
    assert read(title="note").faults[0][0] == "a.csv line 3"


def test_ids(tmp_path, read):
    (tmp_path / "a.csv").write_text("text,n\na,1\nb,\nc,1\nd, 2 \n")
    got = read(id="n")
    assert got.ids == ["1", "2"]
    assert got.faults == [("a.csv line 3", "empty id"), ("a.csv line 4", "id stands there twice")]


def test_ids_from_the_text_survive_another_order_and_equal_rows(tmp_path, read):
    rows = ["same", "other", "same", "same", "third"]
    (tmp_path / "a.csv").write_text("text\n" + "\n".join(rows))
    first = read().ids
    (tmp_path / "a.csv").write_text("text\n" + "\n".join(reversed(rows)))
    second = read().ids
    assert len(set(first)) == 5
    assert set(first) == set(second)


def test_a_text_over_the_limit_is_set_aside(tmp_path, read):
    (tmp_path / "a.csv").write_text("text,n\n" + "x" * 101 + ",1\nshort,2\n")
    got = read(max_characters=100)
    assert got.texts == ["short"]
    assert got.faults == [("a.csv line 2", "text over 100 characters")]


@pytest.mark.parametrize(("quoted", "lines"), [(True, True), (True, False), (False, False)])
def test_fifty_megabytes_in_one_cell(tmp_path, read, quoted, lines):
    mega = ("x" * 999 + ("\n" if lines else "x")) * 1000
    with (tmp_path / "a.csv").open("w") as file:
        file.write("text,n\nbefore,1\n" + '"' * quoted)
        for _ in range(50):
            file.write(mega)
        file.write('"' * quoted + ",2\nafter,3\n")
    got = read()
    assert got.texts == ["before", "after"]
    assert got.faults == [("a.csv line 3", "record too long")]


def test_an_unclosed_quote_before_megabytes_of_rows_loses_its_row_only(tmp_path, read):
    rows = 20_000
    (tmp_path / "a.csv").write_text(
        'text,n\n"open,0\n' + "".join(f"{'y' * 90} {n},1\n" for n in range(rows))
    )
    got = read(max_characters=1000)  # records up to 1 MiB, so that the file is longer than one
    assert len(got.documents) == rows
    assert got.faults == [("a.csv line 2", "record too long")]


def test_the_limit_of_csv_is_left_as_it_was(tmp_path, connector):
    (tmp_path / "a.csv").write_text("text\n" + "row\n" * 10 + "z" * 200_000 + "\n")
    before = csv.field_size_limit()
    one, two = (connector(batch_size=2).batches(None) for _ in range(2))
    next(one), next(two)
    list(one)
    assert sum(len(batch.documents) for batch in two) == 9  # the long one too, after the other closed
    assert csv.field_size_limit() == before


def test_readers_in_threads_do_not_disturb_each_other(tmp_path, read):
    (tmp_path / "a.csv").write_text("text\n" + ("w" * 150_000 + "\n") * 20)
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(len(read().documents))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [20] * 4


FATAL = [
    (b"", {}, "a.csv is empty"),
    (b"\xef\xbb\xbf \r\n\n", {}, "a.csv is empty"),
    (b"body,class\nx,y\n", {}, "there is no column 'text'. Columns there: body, class"),
    (b"text,class\nx,y\n", {"label": "lable"}, "no column 'lable'. Columns there: text, class"),
    (b"text;class\nx;y\n", {}, 'perhaps set delimiter = ";"'),
    (b"text,n,text\nx,1,y\n", {}, "'text' stands there twice"),
    (
        "text,n\ncafé,1\nÖl,2\n".encode("latin-1"),
        {},
        'a.csv line 2: bytes that are not utf-8. Set encoding = "latin-1"',
    ),
    ("text,größe\na,1\n".encode("latin-1"), {}, "a.csv line 1: bytes that are not utf-8"),
    ("text,n\nÖl,1\n".encode("utf-16"), {}, 'Set encoding = "utf-16"'),
    ("text,n\nÖl,1\n".encode() + b"\x81", {"encoding": "utf-16"}, "bytes that are not utf-16"),
    (b"PK\x03\x04" + bytes(range(256)) * 10, {}, "an Excel workbook, not text"),
    (bytes(range(256)) * 10, {}, "a.csv is binary"),
    (b"text,n\ra,1\rb,2\r", {}, "carriage return alone"),
    (b'"text,n\na,1\n', {}, "line 1: the column names cannot be read"),
]


@pytest.mark.parametrize(("content", "options", "said"), FATAL)
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path, fail, content, options, said):
    (tmp_path / "a.csv").write_bytes(content)
    got = fail(**options)
    assert said in str(got.error)
    assert "a.csv" in str(got.error)


@pytest.mark.parametrize(("content", "options", "said"), FATAL)
def test_check_names_it_too(tmp_path, connector, content, options, said):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(SourceMisconfigured) as caught:
        connector(**options).check()
    assert said in str(caught.value)


def test_a_header_alone_is_no_fault(tmp_path, read, connector):
    (tmp_path / "a.csv").write_text("text,label\n")
    assert read().documents == []
    assert "0 rows: nothing stands under the header" in connector().check().summary


def test_one_latin_1_row_in_a_long_utf8_file_is_a_row(tmp_path, read):
    rows = b"".join(b"plain row %d,1\n" % n for n in range(200))
    (tmp_path / "a.csv").write_bytes(b"text,n\n" + rows + b"caf\xe9,1\n")
    got = read()
    assert len(got.documents) == 200
    assert got.rejected[0].place == "a.csv line 202"
    assert got.rejected[0].excerpt.startswith("caf")
