"""A new connector's package: written, installed for real, tested, and found."""

import os
import re
import subprocess
import sys

import pytest

from connectors.scaffold import new_connector
from labelloop.errors import WrongUse


def python(*arguments, path, cwd):
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=cwd,
    )


def test_the_package_installs_passes_its_tests_and_is_found(tmp_path):
    folder, target = tmp_path / "new" / "package", tmp_path / "site"
    written = new_connector("company_wiki2", folder)
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "pyproject.toml",
        "README.md",
        "labelloop_company_wiki2.py",
        "tests/test_company_wiki2.py",
    ]
    pip = ["-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index"]
    installed = python(*pip, "--target", target, folder, path="", cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    assert sorted(path.name for path in target.glob("*.py")) == ["labelloop_company_wiki2.py"]
    tests = python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", folder / "tests", path=target, cwd=tmp_path
    )
    assert tests.returncode == 0, tests.stdout
    assert int(re.search(r"(\d+) passed", tests.stdout)[1]) >= 20
    script = (
        "from pathlib import Path; from connectors.registry import build;"
        "made = build('company_wiki2', {'path': 'a.txt'}, source='s', folder=Path('.'));"
        "print([d.text for b in made.batches(None) for d in b.documents])"
    )
    (tmp_path / "a.txt").write_text("one\n\ntwo\n")
    found = python("-c", script, path=target, cwd=tmp_path)
    assert found.stdout == "['one', 'two']\n", found.stderr


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Wiki",
        "9wiki",
        "my-wiki",
        "my wiki",
        "a__b",
        "_a",
        "a_",
        "class",
        "ä",
        "../x",
        "x" * 41,
        "a\n",
    ],
)
def test_names_that_cannot_be_used(tmp_path, name):
    with pytest.raises(WrongUse) as caught:
        new_connector(name, tmp_path / "new")
    assert "cannot be a connector's name" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken(tmp_path):
    with pytest.raises(WrongUse, match="there is a connector 'files' already"):
        new_connector("files", tmp_path / "new")


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(WrongUse, match="not an empty folder"):
        new_connector("mine", tmp_path)
    with pytest.raises(WrongUse, match="not an empty folder"):
        new_connector("mine", tmp_path / "README.md")
    with pytest.raises(WrongUse, match="below"):
        new_connector("mine", tmp_path / "README.md" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_an_empty_folder_will_do(tmp_path):
    (tmp_path / "new").mkdir()
    assert len(new_connector("mine", tmp_path / "new")) == 4
