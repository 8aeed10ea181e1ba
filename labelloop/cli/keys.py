"""From keys to choices: one key a label, or the beginning of its name where labels are many."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import typer

LABEL_KEYS = "123456789abcdeghijklmnoprtvwxyz"
"""Keys for labels: all but those with a meaning of their own (f, q, s, u)."""

COMMANDS: dict[str, Literal["skip", "flag", "undo", "quit"]] = {
    "s": "skip",
    "f": "flag",
    "u": "undo",
    "q": "quit",
}
_ENTER = ("\r", "\n", "")
_QUIT = "q"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose; ``label``, or ``labels`` where they choose sets, with the kind ``label``."""

    kind: Literal["label", "skip", "flag", "undo", "quit"]
    label: str = ""
    labels: tuple[str, ...] = ()


def by_key(labels: Sequence[str], suggestion: str | None, say: Callable[[str], None]) -> Choice:
    """Read keys until one of them means something."""
    while True:
        key = _read_key()
        if key in COMMANDS:
            return Choice(COMMANDS[key])
        if key in _ENTER and suggestion:
            return Choice("label", suggestion)
        if key and key in LABEL_KEYS[: len(labels)]:
            return Choice("label", labels[LABEL_KEYS.index(key)])
        say(f"{key!r} means nothing here; keys: {LABEL_KEYS[: len(labels)]} s f u q")


def by_name(labels: Sequence[str], suggestion: str | None, say: Callable[[str], None]) -> Choice:
    """Read lines until one of them is a command, or part of exactly one label's name."""
    while True:
        line = read_line("label> ")
        if line in COMMANDS:
            return Choice(COMMANDS[line])
        if not line:
            if suggestion:
                return Choice("label", suggestion)
            continue
        meant = matching(labels, line)
        if len(meant) == 1:
            return Choice("label", meant[0])
        say("no label has that in its name" if not meant else "which one: " + ", ".join(meant[:12]))


def matching(labels: Sequence[str], typed: str) -> list[str]:
    """The labels meant by ``typed``: the equal one, else those that begin so, else that contain it."""
    low = typed.casefold()
    for test in (str.__eq__, str.startswith, str.__contains__):
        meant = [label for label in labels if test(label.casefold(), low)]
        if meant:
            return meant
    return []


def _read_key() -> str:
    """One key on a terminal; a line elsewhere, so that answers can be piped in."""
    if sys.stdin.isatty():
        return typer.getchar()
    return read_line("")


def read_line(prompt: str) -> str:
    """A line without its end, in small letters; the end of the input quits."""
    if sys.stdin.isatty():
        sys.stdout.write(prompt)
        sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip().casefold() if line else _QUIT
