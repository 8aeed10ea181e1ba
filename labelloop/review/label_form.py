"""The form that changes the labels: what its fields say. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pydantic import ValidationError

from labelloop.errors import BadInput
from labelloop.label_changes import Change
from labelloop.label_rules import Rule
from labelloop.review.api_schema import ChangeWanted

ROWS = 4
"""Parts of a split that the form has room for at first."""

MOST_ROWS = 60

PLACES = {
    "any": "title or text",
    "title": "title",
    "text": "text",
    "source": "name of the source",
    "url": "address",
}
"""Where the words of a part are looked for; metadata only the command names."""

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the split form, as typed."""

    name: str = ""
    description: str = ""
    words: str = ""
    place: str = "any"


def text(given: Fields, name: str) -> str:
    """The first value of a field without spaces around it, empty where there is none."""
    return next(iter(given.get(name, ())), "").strip()


def number(given: Fields, name: str) -> int:
    """A field's whole number, 0 where it is none or longer than any of ours."""
    said = text(given, name)
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def parts(given: Fields) -> list[Part]:
    """The rows of the split form, empty ones too; at least ``ROWS``, and three more where asked for."""
    columns = [given.get(name, ()) for name in ("part", "described", "words", "place")]
    typed = ([cell.strip() for cell in row] for row in zip_longest(*columns, fillvalue=""))
    rows = [Part(name, said, words, place or "any") for name, said, words, place in typed]
    more = len(rows) + 3 if text(given, "step") == "more" else ROWS
    rows += [Part()] * (min(more, MOST_ROWS) - len(rows))
    return rows[:MOST_ROWS]


def change_of(given: Fields) -> Change:
    """The change that a filled form describes.

    Raises:
        BadInput: A field is empty that is needed, or the form is none of ours.
    """
    kind = text(given, "kind")
    if kind == "split":
        return _split(given)
    if kind not in ("rename", "merge", "add", "remove"):
        raise BadInput("the form says nothing that could be done")
    old = tuple(name for name in given.get("old", ()) if name)
    new = tuple(name for name in [text(given, "new")] if name)
    if kind != "add" and not old:
        raise BadInput("no label is chosen")
    if kind != "remove" and not new:
        raise BadInput("the new name is empty")
    described = text(given, "description")
    descriptions = {name: described for name in new if described}
    return {
        "rename": Change("rename", old, new, descriptions),
        "merge": Change("merge", old, new, descriptions),
        "add": Change("add", (), new, descriptions),
        "remove": Change("remove", old),
    }[kind]


def _split(given: Fields) -> Change:
    rows = parts(given)
    named = [row for row in rows if row.name]
    for row in rows:
        if not row.name and (row.words or row.description):
            raise BadInput(f"a part has no name, but {row.words or row.description!r}")
    rules = tuple(Rule(row.name, words, row.place) for row in named if (words := _words(row.words)))
    return Change(
        "split",
        tuple(name for name in given.get("old", ()) if name),
        tuple(row.name for row in named),
        {row.name: row.description for row in named if row.description},
        rules,
        _otherwise(given, rows),
    )


def _words(typed: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in typed.split(",") if word.strip())


def _otherwise(given: Fields, rows: Sequence[Part]) -> str | None:
    """The part of a row's number, counted from 1; None where it shall be asked again."""
    chosen, place = text(given, "otherwise"), number(given, "otherwise")
    if not chosen:
        return None
    if not 0 < place <= len(rows) or not rows[place - 1].name:
        raise BadInput(f"what no word decides goes to part {chosen[:20]}, which has no name")
    return rows[place - 1].name


def sealed(change: Change) -> str:
    """A change as the confirming form carries it."""
    return json.dumps(change.as_json())


def unsealed(written: str) -> Change:
    """What ``sealed`` wrote; it came back from a browser.

    Raises:
        BadInput: It is something else, or too much.
    """
    try:
        return ChangeWanted.model_validate_json(written).as_change()
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the form"
        raise BadInput(f"{where}: {fault['msg']}") from None
