"""What the parser refuses, in one line: what, where, value, and how to see more."""

from __future__ import annotations

from typing import Any

import typer

UsageError: Any = typer.BadParameter.__base__
"""The parser's own error; Typer brings its parser along and gives this name to nobody."""


def one_line(error: Any) -> str | None:
    """A refusal as one line; None for the help that a command without its words shows."""
    if type(error).show is not UsageError.show:
        return None
    said = f"{error.format_message().strip().rstrip('.')}{_value(error)}".replace(": Input", ": input")
    where = error.ctx.command_path if error.ctx else "labelloop"
    end = "" if said.endswith("?") else "."
    return f"{said[:1].lower()}{said[1:]}{end} See '{where} --help'"


def _value(error: Any) -> str:
    """What was given, where the message does not say it: the cause is a pydantic error then."""
    faults = getattr(error.__cause__, "errors", None)
    given = faults()[0].get("input") if faults else None
    return "" if given is None or repr(given) in error.format_message() else f", not {given!r}"
