"""Which files a path means, and those that are there but cannot be read."""

import os
import subprocess
import sys
import textwrap

import pytest

from connectors.files.finding import find_files
from labelloop.errors import SourceMisconfigured, SourceUnavailable


@pytest.fixture
def tree(tmp_path):
    for name in (
        "data/b.csv",
        "data/a.csv",
        "data/x/c.jsonl",
        "data/.git/d.csv",
        "data/.e.csv",
        "data/f.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\nof a file\n" if name.endswith("csv") else '{"text": "line"}\n')
    return tmp_path


def names(path, folder):
    return [file.name for file in find_files(str(path), folder).files]


def test_file_folder_and_glob(tree):
    assert names("data/a.csv", tree) == ["a.csv"]
    assert names("data", tree) == names("data/", tree) == names(tree / "data", tree)
    assert names("data", tree) == ["a.csv", "b.csv", "x/c.jsonl"]
    assert names("data/*.csv", tree) == [".e.csv", "a.csv", "b.csv"]
    assert names("data/[ab].csv", tree) == ["a.csv", "b.csv"]
    assert names("data/x/*", tree) == ["c.jsonl"]
    assert names("**/*.jsonl", tree) == ["data/x/c.jsonl"]
    assert names("data/../data/a.csv", tree) == ["a.csv"]


def test_a_name_with_brackets_is_a_file_before_it_is_a_glob(tree):
    (tree / "data" / "odd[1].csv").write_text("text\nx\n")
    assert names("data/odd[1].csv", tree) == ["odd[1].csv"]


def test_ids_name_the_file_where_there_may_be_several(tree, read):
    one, folder = read("data/a.csv"), read("data")
    assert "#" not in one.ids[0]
    assert [name.split("#")[0] for name in folder.ids] == ["a.csv", "b.csv", "x/c.jsonl"]
    assert folder.ids[0].split("#")[1] == one.ids[0]
    assert len(set(folder.ids)) == 3


def test_links_that_leave_the_folder_are_not_followed(tree, read):
    (tree / "secret.csv").write_text("text\nsecret\n")
    (tree / "outside").mkdir()
    (tree / "outside" / "more.csv").write_text("text\nmore\n")
    (tree / "data" / "link.csv").symlink_to(tree / "secret.csv")
    (tree / "data" / "folder").symlink_to(tree / "outside")
    (tree / "data" / "loop").symlink_to(tree / "data")
    (tree / "data" / "inside.csv").symlink_to(tree / "data" / "b.csv")
    (tree / "data" / "dangling.csv").symlink_to(tree / "nowhere.csv")
    got = read("data")
    assert "secret" not in got.texts and "more" not in got.texts
    assert len(got.documents) == 3
    assert got.skipped("link that leaves the folder") == 1
    assert got.skipped("second link to a file") == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere.csv", "'nowhere.csv' does not exist in"),
        ("data/*.tsv", "no file matches 'data/*.tsv'"),
        ("data/f.png", "data/f.png ends in none of .csv, .tsv"),
        ("pipe.csv", "pipe.csv is not a regular file"),
        ("data/a.csv/b.csv", "'data/a.csv/b.csv' does not exist in"),
        ("empty", "no file matches 'empty'"),
    ],
)
def test_paths_that_mean_nothing(tree, connector, fail, path, said):
    (tree / "empty").mkdir()
    os.mkfifo(tree / "pipe.csv")
    assert said in str(fail(path).error)
    with pytest.raises(SourceMisconfigured):
        connector(path).check()


def test_one_broken_file_does_not_stop_the_others(tree, fail, connector):
    (tree / "data" / "aa.csv").write_text("body\nx\n")
    (tree / "data" / "ab.csv").write_bytes(b"")
    got = fail("data")
    assert len(got.documents) == 3
    assert "2 of 5 files cannot be read: data/aa.csv: there is no column 'text'" in str(got.error)
    assert "data/ab.csv" in str(got.error)
    again = fail("data", cursor=got.cursor)
    assert (again.documents, again.unchanged) == ([], 3)
    assert "2 of 5 files cannot be read" in connector("data").check().summary
    (tree / "data" / "aa.csv").write_text("text\nrepaired\n")
    (tree / "data" / "ab.csv").write_text("text\nfilled\n")
    assert next(connector("data").batches(again.cursor)).documents[0].text == "repaired"


def test_a_file_taken_away_meanwhile_is_a_passing_fault(tree, connector, read):
    batches = connector("data", batch_size=1).batches(None)
    first = next(batches)
    (tree / "data" / "b.csv").unlink()
    kept = [first]
    with pytest.raises(SourceUnavailable, match="1 of 3 files cannot be read: data/b"):
        kept.extend(batches)
    assert [document.external_id[:3] for batch in kept for document in batch.documents] == ["a.c", "x/c"]
    assert read("data", cursor=kept[-1].cursor).unchanged == 2


def test_no_permission(tmp_path):
    """In a child that is not root, for whom there is always permission."""
    script = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from connectors.files import FilesConnector, FilesSettings
        os.umask(0)
        if os.getuid() == 0:
            os.setuid(65534)
        for name in ("closed.csv", "closed"):
            connector = FilesConnector(FilesSettings(path=name), source="s", folder=Path(sys.argv[1]))
            for act in (connector.check, lambda: list(connector.batches(None))):
                try:
                    act()
                except Exception as error:
                    print(type(error).__name__, error)
    """)
    folder = tmp_path
    while folder.stat().st_uid == os.getuid() and folder.stat().st_mode & 0o077 == 0:
        folder.chmod(0o755)
        folder = folder.parent
    (tmp_path / "closed.csv").write_text("text\nx\n")
    (tmp_path / "closed.csv").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 4, done.stdout
    assert lines[0] == lines[1]
    assert lines[0] == (
        "SourceMisconfigured closed.csv cannot be read: Permission denied. Let this user read it"
    )
    assert all("Permission denied" in line for line in lines[2:])


def test_a_file_name_that_is_not_utf8(tmp_path, read):
    (tmp_path / "d").mkdir()
    path = os.fsencode(tmp_path / "d") + b"/caf\xe9.txt"
    with open(path, "w") as file:  # noqa: PTH123 (pathlib takes no bytes)
        file.write("text")
    got = read("d")
    assert got.ids == ["caf\\xe9.txt"]
    assert read("d", cursor=got.cursor).documents == []


def test_check_tries_the_first_files_and_says_what_it_saw(tmp_path, connector):
    (tmp_path / "d").mkdir()
    for number in range(60):
        (tmp_path / "d" / f"{number:02}.csv").write_text("text,n\na,1\nb,2\n" + "c\n" * (number == 7))
    assert connector("d").check().summary == (
        "60 files, about 121 rows; set aside in a trial: 1, as d/07.csv line 4: too few fields"
    )


def test_check_counts_no_header_as_a_row(tmp_path, connector):
    (tmp_path / "a.csv").write_text("text,n\n" + "a,1\n" * 150)
    assert connector("a.csv").check().summary == "1 file, about 150 rows"


def test_check_estimates_long_files(tmp_path, connector):
    (tmp_path / "a.csv").write_text("text,n\n" + f"{'word ' * 20},1\n" * 30_000)
    summary = connector("a.csv").check().summary
    assert summary.startswith("1 file, about ")
    rows = int(summary.removeprefix("1 file, about ").removesuffix(" rows").replace(",", ""))
    assert abs(rows - 30_000) < 300
