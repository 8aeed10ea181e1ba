"""The command line called in this process: status, what it printed, what it complained of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from labelloop.cli import main


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """What a person reads; it must be one line."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Call = Callable[..., Ended]


@pytest.fixture
def labelloop(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*words: object) -> Ended:
        status = 0
        try:
            main([str(word) for word in words])
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        printed = capsys.readouterr()
        return Ended(status, printed.out, printed.err)

    return call


PROJECT = """
name = "small"
[labels]
sport = "Games, matches, players"
money = "Banks, prices, markets"
[[sources]]
name = "texts"
connector = "files"
path = "texts.csv"
id = "id"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two labels and no documents yet."""
    (tmp_path / "labelloop.toml").write_text(PROJECT)
    (tmp_path / "texts.csv").write_text("id,text\n1,The match ended in a draw\n")
    return tmp_path
