"""What the parser refuses is one line like any other wrong use: what, where, value, remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Call = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nonsense"], "no such command 'nonsense'. See 'labelloop --help'"),
        (["stat"], "no such command 'stat'. Did you mean 'status'? See 'labelloop --help'"),
        (["models", "nonsense"], "no such command 'nonsense'. See 'labelloop models --help'"),
        (["run", "--nope"], "no such option: --nope. See 'labelloop run --help'"),
        (["init"], "missing argument 'DIR'. See 'labelloop init --help'"),
        (
            ["models", "doubtful", "--count", "0"],
            "invalid value for '--count' / '-n': input should be greater than or equal to 1, not '0'."
            " See 'labelloop models doubtful --help'",
        ),
        (
            ["export", "out.csv", "--what", "nothing"],
            "invalid value for '--what': 'nothing' is not one of 'documents', 'labels', 'verdicts'."
            " See 'labelloop export --help'",
        ),
    ],
)
def test_one_line_that_says_where_to_look(labelloop: Call, words: list[str], line: str) -> None:
    ended = labelloop(*words)
    assert ended.status == 2
    assert ended.line == f"labelloop: {line}"


def test_no_word_at_all_shows_the_help(labelloop: Call) -> None:
    ended = labelloop()
    assert ended.status == 2
    assert "Example: labelloop init" in ended.out + ended.err


def test_an_answer_that_ends_at_the_prompt_is_no_traceback(
    labelloop: Call, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    ended = labelloop("schema", "rename", "sport", "games", "--project", project)
    assert ended.status in (1, 2)
    assert "Traceback" not in ended.err
