"""What a label may be called: one rule for project files, changes of the labels, and proposals."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from labelloop.errors import BadInput
from labelloop.label_sets import NONE_READABLE, SEPARATOR, reads_otherwise

LONGEST_NAME = 100
_FORMER = " (former)"


def check_name(name: str) -> None:
    """Refuse what cannot be a label.

    Raises:
        BadInput: It is empty, too long, has characters that cannot be shown, or reads like a label
            that is no more.
    """
    if not name.strip() or name != name.strip():
        raise BadInput(f"the label {name!r} is empty or has spaces around it")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"the label {name[:40]!r}… is longer than {LONGEST_NAME} characters")
    if not is_plain(name):
        raise BadInput(f"the label {name!r} has characters that cannot be shown")
    if is_former(name):
        raise BadInput(
            f"the label {name!r} cannot be told from one that is no more",
            remedy=f"Choose a name without {_FORMER.strip()!r}",
        )


def check_names(names: Iterable[str]) -> None:
    """Refuse labels that cannot be, or that look the same.

    Raises:
        BadInput: Naming the first such label.
    """
    seen: dict[str, str] = {}
    for name in names:
        check_name(name)
        other = seen.setdefault(looks(name), name)
        if other != name:
            raise BadInput(f"the labels {other!r} and {name!r} {difference(other, name)}")


def looks(name: str) -> str:
    """The same for two names that people would take for one: in case, or in how letters are composed."""
    return unicodedata.normalize("NFKC", name).casefold()


def difference(one: str, other: str) -> str:
    """How two names differ that look alike."""
    if one.casefold() == other.casefold():
        return "differ only in case"
    return f"differ in what nobody sees ({one!a}, {other!a})"


def check_in_sets(name: str) -> None:
    """Refuse what cannot stand in a set of labels.

    Raises:
        BadInput: It would be read as several labels, or as none.
    """
    if reads_otherwise(name):
        raise BadInput(
            f"the label {name!r} would be read as several labels, or as none, where multi_label = true",
            remedy=f"Choose a name without {SEPARATOR!r} that does not begin with '['"
            f" and is not {NONE_READABLE!r}",
        )


def check_new_name(name: str) -> None:
    """Refuse what cannot be a label, nor become one once documents may have several.

    Raises:
        BadInput: As ``check_name`` and ``check_in_sets``.
    """
    check_name(name)
    check_in_sets(name)


def is_plain(text: str) -> bool:
    """Whether all of it can be shown."""
    return text.isprintable() and "\ufffd" not in text


def former(label: str) -> str:
    """What a model's label is called once it means nothing any more."""
    return label if is_former(label) else f"{label}{_FORMER}"


def is_former(answer: str) -> bool:
    """Whether a predicted label, or one of a predicted set, means nothing any more."""
    return _FORMER in answer
