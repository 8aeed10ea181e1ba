"""From a typed line to a set of labels: ``1 3``, ``0`` for none of these, or parts of names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from labelloop.cli.keys import COMMANDS, LABEL_KEYS, Choice, matching, read_line
from labelloop.label_sets import NONE_READABLE, read

_NONE = ("0", "none", NONE_READABLE, "[]")


def by_line(labels: Sequence[str], suggestion: str | None, say: Callable[[str], None]) -> Choice:
    """Read lines until one of them is a command, an empty one that accepts, or a set of labels."""
    while True:
        line = read_line("labels> ")
        if line in COMMANDS:
            return Choice(COMMANDS[line])
        if not line and suggestion is None:
            say("labels by their keys (1 3), 0 where none of them fits, or s f u q")
            continue
        try:
            meant = read(suggestion) if not line and suggestion else named(line, labels)
        except ValueError as error:
            say(str(error))
            continue
        return Choice("label", labels=meant)


def named(line: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The labels that a line names, by keys or by parts of names, in the order of the labels.

    Raises:
        ValueError: A part names no label, or several; in words for a person.
    """
    if line in _NONE:
        return ()
    keys = LABEL_KEYS[: len(labels)]
    parts = [part for part in re.split(r"[\s,|]+", line) if part]
    if len(labels) <= len(LABEL_KEYS) and all(part in keys for part in parts):
        meant = {labels[keys.index(part)] for part in parts}
    else:
        meant = {_one(part, labels) for part in re.split(r"\s*[,|]\s*", line) if part}
    return tuple(label for label in labels if label in meant)


def _one(part: str, labels: Sequence[str]) -> str:
    found = matching(labels, part)
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{part!r}, which one: {', '.join(found[:12])}")
    raise ValueError(f"{part!r} is no key and in no label's name; names are parted by commas")
