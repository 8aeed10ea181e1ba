"""The labels in a project file, changed in place: comments and everything else stay as they are.

Pure functions on text. What comes out is read back and compared, so that a file written in a way
that is not understood here is refused, never damaged.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelloop.errors import ProjectFileError

_HEAD = re.compile(r"^\s*\[\s*labels\s*\]\s*(#.*)?$")
_ANY_HEAD = re.compile(r"^\s*\[")
_VALUE = re.compile(r"^labels\s*=")
_KEY = re.compile(r"""^(\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)(\s*=)""")


@dataclass(frozen=True)
class _Entry:
    """One label as it stands in the file: lines above it (comments), and its own."""

    name: str
    above: tuple[str, ...]
    lines: tuple[str, ...]


def with_labels(text: str, labels: Mapping[str, str], renamed: Mapping[str, str] | None = None) -> str:
    """A project file with these labels in this order.

    Args:
        text: The file.
        labels: Name and description, in key order.
        renamed: Old name → new name, of labels that keep their place and comments.

    Raises:
        ProjectFileError: The labels stand there in a way that cannot be edited.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    begin = next((n for n, line in enumerate(lines) if _HEAD.match(line)), None)
    made = _value(lines, labels) if begin is None else _table(lines, begin, labels, renamed or {})
    found = newline.join(made)
    _check(text, found, labels)
    return found


def _table(
    lines: list[str], begin: int, labels: Mapping[str, str], renamed: Mapping[str, str]
) -> list[str]:
    """``[labels]`` with one line per label, or several for a long description."""
    entries, end = _entries(lines, begin + 1)
    called = {renamed.get(entry.name, entry.name): entry for entry in entries}
    body: list[str] = []
    for name, description in labels.items():
        entry = called.get(name)
        body += (*entry.above, *_kept(entry, name, description)) if entry else [_line(name, description)]
    # What stood above a label that is gone stays.
    body += [line for entry in entries if called[renamed.get(entry.name, entry.name)] is not entry
             or renamed.get(entry.name, entry.name) not in labels for line in entry.above]  # fmt: skip
    return [*lines[: begin + 1], *body, *lines[end:]]


def _entries(lines: list[str], place: int) -> tuple[list[_Entry], int]:
    """The labels from a line on, and the line after the last of them."""
    found: list[_Entry] = []
    above: list[str] = []
    end = place
    while place < len(lines) and not _ANY_HEAD.match(lines[place]):
        key = _KEY.match(lines[place])
        if key is None:
            above.append(lines[place])
            place += 1
            continue
        last = _last_line(lines, place)
        found.append(_Entry(_unquoted(key[2]), tuple(above), tuple(lines[place : last + 1])))
        above, place = [], last + 1
        end = place
    return found, end


def _last_line(lines: Sequence[str], first: int) -> int:
    """Where the statement that begins there ends."""
    for last in range(first, len(lines)):
        try:
            tomllib.loads("\n".join(lines[first : last + 1]))
        except tomllib.TOMLDecodeError:
            continue
        return last
    raise _unreadable()


def _unquoted(key: str) -> str:
    return next(iter(tomllib.loads(f"{key} = 0")))


def _kept(entry: _Entry, name: str, description: str) -> list[str]:
    """Its own lines, under a new name or with a new description where it has one."""
    ((_, said),) = tomllib.loads("\n".join(entry.lines)).items()
    first = _KEY.match(entry.lines[0])
    if first is None or said != description:
        return [_line(name, description)]
    key = first[2] if entry.name == name else _key(name)
    return [f"{first[1]}{key}{first[3]}{entry.lines[0][first.end() :]}", *entry.lines[1:]]


def _value(lines: list[str], labels: Mapping[str, str]) -> list[str]:
    """``labels = […]`` or ``labels = {…}`` at the top of the file."""
    begin = next((n for n, line in enumerate(lines) if _VALUE.match(line)), None)
    if begin is None:
        raise _unreadable()
    end = _last_line(lines, begin)
    if any(labels.values()):
        made = ", ".join(f"{_key(name)} = {_text(said)}" for name, said in labels.items())
        return [*lines[:begin], f"labels = {{ {made} }}", *lines[end + 1 :]]
    made = ", ".join(map(_text, labels))
    return [*lines[:begin], f"labels = [{made}]", *lines[end + 1 :]]


def _line(name: str, description: str) -> str:
    return f"{_key(name)} = {_text(description)}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _check(before: str, after: str, labels: Mapping[str, str]) -> None:
    try:
        old, new = tomllib.loads(before), tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        raise _unreadable() from None
    written = new.pop("labels", None)
    old.pop("labels", None)
    if isinstance(written, list):
        written = dict.fromkeys(written, "")
    if old != new or not isinstance(written, dict) or list(written.items()) != list(labels.items()):
        raise _unreadable()


def _unreadable() -> ProjectFileError:
    return ProjectFileError(
        "the labels stand in the project file in a way that cannot be edited by a program",
        remedy='Write them as a table: [labels], then one line per label: name = "description"',
    )
