"""Text and Markdown: one document a file."""

import pytest

from connectors.files.plain import first_heading


def test_one_document_a_file_named_by_its_path(tmp_path, read):
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    (tmp_path / "notes" / "a.txt").write_bytes("\ufeffÖl\r\nund Wind\n".encode())
    (tmp_path / "notes" / "deep" / "b.MD").write_text("Intro.\n\n## Heading ##\n\ntext\n")
    got = read("notes")
    first, second = got.documents
    assert (first.external_id, first.title, first.text) == ("a.txt", None, "Öl\r\nund Wind\n")
    assert (second.external_id, second.title) == ("deep/b.MD", "Heading")
    assert read("notes/a.txt").ids == ["a.txt"]


def test_a_changed_file_is_the_same_document(tmp_path, read):
    (tmp_path / "a.txt").write_text("one")
    first = read("a.txt")
    (tmp_path / "a.txt").write_text("another")
    second = read("a.txt", cursor=first.cursor)
    assert second.texts == ["another"]
    assert second.ids == first.ids


def test_what_is_no_text_is_set_aside_and_named(tmp_path, read):
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"caf\xe9")
    (folder / "b.txt").write_bytes("Öl".encode("utf-16"))
    (folder / "c.txt").write_bytes(b"")
    (folder / "e.md").write_bytes(b"%PDF-1.4 \xe2\xe3")
    (folder / "f.txt").write_bytes(b"x" * 500)
    (folder / "g.txt").write_bytes(b"x" * 101)
    (folder / "h.txt").write_bytes(b"a\0b")
    (folder / "i.txt").write_text("fine")
    got = read("d", max_characters=100)
    assert got.texts == ["fine"]
    assert got.faults == [
        ("d/a.txt", 'bytes that are not utf-8: Set encoding = "latin-1"'),
        ("d/b.txt", 'in UTF-16: Set encoding = "utf-16"'),
        ("d/c.txt", "empty text"),
        ("d/e.md", "a PDF, not text"),
        ("d/f.txt", "text over 100 characters"),
        ("d/g.txt", "text over 100 characters"),
        ("d/h.txt", "NUL byte in the text"),
    ]


@pytest.mark.parametrize(
    ("markdown", "title"),
    [
        ("# One\n# Two", "One"),
        ("text\n\n### Three ###\n", "Three"),
        ("Under\n=====\n", "Under"),
        ("Under\n---\n", "Under"),
        ("```\n# a comment\n```\n# Real", "Real"),
        ("~~~\n# a comment\n```\n~~~\n# Real", "Real"),
        ("---\ntitle: x\n---\n# Real", "Real"),
        ("---\nno end\n", None),
        ("#hashtag\n", None),
        ("plain", None),
        ("", None),
    ],
)
def test_first_heading(markdown, title):
    assert first_heading(markdown) == title
