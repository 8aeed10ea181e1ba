"""JSONL: one object a line."""

import json

import pytest


def write(path, *lines):
    path.write_text("".join(line if line.endswith("\n") else line + "\n" for line in lines))


def test_fields_become_a_document(tmp_path, read):
    row = {"body": "Öl\nund Wind", "key": 7, "head": "H", "class": " solar ", "link": None, "more": [1]}
    write(
        tmp_path / "a.jsonl", json.dumps(row), json.dumps({"body": "b", "key": "8", "link": "http://x/"})
    )
    got = read("a.jsonl", text="body", id="key", title="head", label="class", url="link")
    first, second = got.documents
    assert (first.external_id, first.text, first.title) == ("7", "Öl\nund Wind", "H")
    assert (first.label, first.url) == ("solar", None)
    assert (second.external_id, second.title, second.url) == ("8", None, "http://x/")


BAD_LINES = [
    ('{"text": "cut off', "invalid JSON"),
    ("[" * 100_000, "invalid JSON"),
    ('{"text": ' + "9" * 5000 + "}", "invalid JSON"),
    ('["a", "list"]', "not a JSON object"),
    ('"a string"', "not a JSON object"),
    ("null", "not a JSON object"),
    ('{"id": 1}', "no field 'text'"),
    ('{"text": 5}', "text is not a string"),
    ('{"text": ["a"]}', "text is not a string"),
    ('{"text": null}', "empty text"),
    ('{"text": ""}', "empty text"),
    ('{"text": "a\\u0000b"}', "NUL byte in the text"),
    ('{"text": "a\\ud800b"}', "characters that are not Unicode text"),
    ('{"text": "t", "label": [["x"]]}', "label is not a string"),
    ('{"text": "t", "label": true}', "label is not a string"),
    ('{"text": "t", "label": "a\\u0000"}', "NUL byte in the label"),
    ('{"text": "' + "x" * 2_000_000 + '"}', "text over 1,000,000 characters"),
    ('{"text": "' + "x" * 9_000_000 + '"}', "record too long"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES, ids=lambda value: str(value)[:30])
def test_a_bad_line_is_set_aside_and_the_rest_read(tmp_path, read, line, reason):
    good = [json.dumps({"text": f"good {n}", "label": "x"}) for n in range(3)]
    write(tmp_path / "a.jsonl", *good, line, "", *good)
    got = read("a.jsonl", label="label")
    assert got.faults == [("a.jsonl line 4", reason)]
    assert len(got.documents) == 6
    assert got.skipped("blank line") == 1
    assert len(got.rejected[0].excerpt) <= 500
    got.rejected[0].excerpt.encode("utf-8")


def test_bytes_that_are_not_utf8(tmp_path, read):
    good = json.dumps({"text": "Öl"}, ensure_ascii=False).encode()
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "caf\xe9"}\n' + good + b"\n")
    got = read("a.jsonl")
    assert got.texts == ["Öl"]
    assert got.faults == [("a.jsonl line 1", 'bytes that are not utf-8: Set encoding = "latin-1"')]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (
            '[\n {"text": "a"},\n {"text": "b"}\n]\n',
            {},
            "line 1: this is not JSONL",
        ),
        ('{"body": "a"}\n{"body": "b", "n": 1}\n', {}, "no column 'text'. Columns there: body, n"),
        ('{"text": "a"}\n', {"label": "class"}, "no column 'class'"),
        ("", {}, "a.jsonl is empty"),
        ('{"text": "\u00e9\u00e9"}\n', {"encoding": "ascii"}, "Set the encoding it is really in"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path, fail, content, options, said):
    (tmp_path / "a.jsonl").write_text(content)
    assert said in str(fail("a.jsonl", **options).error)


def test_a_field_may_be_missing_from_single_rows(tmp_path, read):
    write(tmp_path / "a.jsonl", '{"text": "a"}', '{"text": "b", "label": "x"}', '{"label": "x"}')
    got = read("a.jsonl", label="label")
    assert [document.label for document in got.documents] == [None, "x"]
    assert got.faults == [("a.jsonl line 3", "no field 'text'")]
