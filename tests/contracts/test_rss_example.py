"""The guide, followed word for word, builds the RSS example, which keeps the contract."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.scaffold import new_connector

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "rss-connector"
PUT = re.compile(r"^Put this into `([^`]+)`:\n\n```\w+\n(.*?)```$", re.M | re.S)
REPLACE = re.compile(
    r"^In `([^`]+)`, replace\n\n```\w+\n(.*?)\n```\n\nby\n\n```\w+\n(.*?)\n```$", re.M | re.S
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The package that comes of following connectors/README.md."""
    guide = (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    [command] = re.findall(r"^labelloop sources new (\w+) \S+$", guide, re.M)
    folder = tmp_path_factory.mktemp("guide") / "rss-connector"
    new_connector(command, folder)
    for name, old, new in REPLACE.findall(guide):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} times"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    for name, text in PUT.findall(guide):
        assert (folder / name).exists(), f"the guide fills {name}, which nothing wrote"
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def test_the_example_is_what_the_guide_builds(built):
    assert files(built) == files(EXAMPLE)


def test_what_the_guide_builds_keeps_the_contract(built):
    environment = {**os.environ, "PYTHONPATH": str(built), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(
        command, cwd=built, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 20  # the contract and one more
