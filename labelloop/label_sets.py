"""Several labels as one text, where a document may have zero, one or many (``multi_label = true``).

A set is written as its labels in alphabetical order with ``|`` between them; the empty set, the
answer 'none of these', as ``[]``. One label is written as itself, as in projects of one label each.
Pure functions, standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence

from labelloop.errors import BadInput

SEPARATOR = "|"
NONE = "[]"
"""The empty set. An empty cell is another thing: a document that nobody has answered."""

NONE_READABLE = "none of these"
_WRONG_SEPARATORS = (";", ",", "/", "\t", "+", "&")


def written(labels: Iterable[str]) -> str:
    """The text of a set: the same set has the same text, in whatever order it was given."""
    return SEPARATOR.join(sorted(labels)) or NONE


def read(text: str) -> tuple[str, ...]:
    """The set that ``written`` wrote."""
    return () if text == NONE else tuple(text.split(SEPARATOR))


def readable(labels: Sequence[str]) -> str:
    """A set for a person."""
    return ", ".join(labels) if labels else NONE_READABLE


def reads_otherwise(label: str) -> bool:
    """Whether files, or people, would take this label for a set, or for the answer 'none of these'."""
    return SEPARATOR in label or label.startswith("[") or label.casefold() == NONE_READABLE


def read_cell(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The labels that a cell of somebody's file gives, in its order.

    Taken are ``a|b``, a JSON list, and for the empty set ``[]`` or 'none of these'.

    Raises:
        BadInput: It is no such thing, names a label twice, or parts labels by something else.
    """
    bare = text.strip()
    if bare.casefold() == NONE_READABLE:
        return ()
    labels = _listed(bare) if bare.startswith("[") else _parted(bare)
    for label in labels:
        if labels.count(label) > 1:
            raise BadInput(f"the label {label!r} stands twice in {bare!r}")
        if label not in known:
            _refuse_separator(label, known)
    return labels


def _listed(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(label, str) for label in found):
        raise BadInput(
            f"{text[:80]!r} is no list of labels", remedy='Write a|b, or a JSON list: ["a", "b"]'
        )
    return tuple(label.strip() for label in found)


def _parted(text: str) -> tuple[str, ...]:
    labels = tuple(part.strip() for part in text.split(SEPARATOR))
    if not all(labels):
        raise BadInput(
            f"{text[:80]!r} has an empty label", remedy=f"Write {NONE} where none of them fits"
        )
    return labels


def _refuse_separator(label: str, known: Collection[str]) -> None:
    """An unknown label that is made of known ones was parted by the wrong character."""
    for mark in _WRONG_SEPARATORS:
        parts = [part.strip() for part in label.split(mark)]
        if len(parts) > 1 and any(part in known for part in parts):
            raise BadInput(
                f"the labels {label[:80]!r} are separated by {mark!r}",
                remedy=f"Separate labels by {SEPARATOR!r}, or write a JSON list",
            )
