"""Changes of a project's labels: what each does to the labels, and to an answer. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from labelloop.errors import BadInput, UnknownName, WrongUse
from labelloop.label_names import check_name, check_new_name, difference, is_plain, looks
from labelloop.label_rules import AnsweredText, Rule, fits, is_place

Kind = Literal["add", "remove", "rename", "merge", "split"]

LONGEST_DESCRIPTION = 500
_COUNTS: dict[Kind, tuple[int | None, int | None]] = {
    "add": (0, 1), "remove": (1, 0), "rename": (1, 1), "merge": (None, 1), "split": (1, None),
}  # fmt: skip
"""Labels that go and come; None: two or more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the labels.

    Attributes:
        old: Labels that go: one, or for ``merge`` two or more; none for ``add``.
        new: Labels that come: one, or for ``split`` two or more; none for ``remove``.
        descriptions: Of new labels, where one is given.
        rules: Which answers of a split label go where.
        otherwise: Part that takes what no rule decides; None asks it again.
    """

    kind: Kind
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    descriptions: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    otherwise: str | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON values; ``from_json`` reads them back."""
        return {
            "kind": self.kind,
            "old": list(self.old),
            "new": list(self.new),
            "descriptions": dict(self.descriptions),
            "rules": [{"label": r.label, "words": list(r.words), "place": r.place} for r in self.rules],
            "otherwise": self.otherwise,
        }

    def for_people(self) -> str:
        """What it does, in a few words."""
        old, new = (" and ".join(repr(name) for name in names) for names in (self.old, self.new))
        return {
            "add": f"{new} added",
            "remove": f"{old} removed",
            "rename": f"{old} renamed to {new}",
            "merge": f"{old} merged into {new}",
            "split": f"{old} split into {new}",
        }[self.kind]


def from_json(written: Mapping[str, Any]) -> Change:
    """The change that ``Change.as_json`` wrote."""
    return Change(
        kind=written["kind"],
        old=tuple(written["old"]),
        new=tuple(written["new"]),
        descriptions=dict(written["descriptions"]),
        rules=tuple(Rule(r["label"], tuple(r["words"]), r["place"]) for r in written["rules"]),
        otherwise=written["otherwise"],
    )


def moved(change: Change) -> dict[str, str | None]:
    """What becomes of each label that goes; None where the label alone does not say."""
    if change.kind in ("rename", "merge"):
        return dict.fromkeys(change.old, change.new[0])
    return dict.fromkeys(change.old, None)


def changed(labels: Mapping[str, str], change: Change) -> dict[str, str]:
    """The labels after a change, in key order: what comes takes the place of what goes.

    Raises:
        UnknownName: A label that shall go is not there.
        BadInput: A label that shall come cannot be one, or is there already.
        WrongUse: The change does nothing, or leaves fewer than two labels.
    """
    _check_shape(labels, change)
    kept = {name: said for name, said in labels.items() if name not in change.old}
    place = min((list(labels).index(name) for name in change.old), default=len(labels))
    coming = {name: _description(labels, change, name) for name in change.new}
    names = [name for name in labels if name not in change.old]
    first = sum(list(labels).index(name) < place for name in names)
    ordered = [*names[:first], *change.new, *names[first:]]
    found = {name: coming.get(name, kept.get(name, "")) for name in ordered}
    if len(found) < 2:
        raise WrongUse(
            f"only {', '.join(repr(name) for name in found) or 'nothing'} would be left to choose from",
            remedy="A project needs two labels at least; add one first",
        )
    return found


def _description(labels: Mapping[str, str], change: Change, name: str) -> str:
    """The one given; for a new name the old one's, where it still fits."""
    if name in change.descriptions:
        return change.descriptions[name]
    if name in labels:
        return labels[name]
    return labels[change.old[0]] if change.kind == "rename" else ""


def _check_shape(labels: Mapping[str, str], change: Change) -> None:
    for names, wanted in zip((change.old, change.new), _COUNTS[change.kind], strict=True):
        if wanted is not None and len(names) != wanted:
            raise BadInput(f"{change.kind} takes {wanted} labels here, not {len(names)}")
    for names in (change.old, change.new):
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"the label {name!r} is named twice")
    for name in change.old:
        if name not in labels:
            raise UnknownName(
                f"there is no label {name!r}", remedy=f"The labels are: {', '.join(labels)}"
            )
    if change.kind == "merge" and len(change.old) < 2:
        raise WrongUse(
            f"{' '.join(map(repr, change.old)) or 'nothing'} alone is no merge",
            remedy="Name two labels or more; to give it a new name: labelloop schema rename",
        )
    if change.kind == "split" and len(change.new) < 2:
        raise WrongUse("one part is no split", remedy="Name two parts or more, each with --into")
    if change.old == change.new:
        raise WrongUse(f"the label is called {change.old[0]!r} already")
    check_new_names(change, labels)
    for name in change.new:
        _check_new(name, [one for one in labels if one not in change.old], change)
    _check_rules(change)


def _check_new(name: str, others: Sequence[str], change: Change) -> None:
    check_name(name)
    described = change.descriptions.get(name, "")
    if not is_plain(described) or len(described) > LONGEST_DESCRIPTION:
        raise BadInput(f"the description of {name!r} is too long, or cannot be shown")
    siblings = [one for one in change.new if one != name]
    for other in (*others, *siblings):
        if looks(other) == looks(name):
            why = (
                "is there already"
                if other == name
                else f"would {difference(other, name)} from {other!r}"
            )
            raise BadInput(f"{name!r} {why}", remedy=_remedy(change, other))


def _remedy(change: Change, other: str) -> str:
    if change.kind not in ("rename", "merge"):
        return "Choose another name"
    every = " ".join(repr(name) for name in (*change.old, other))
    return f"To put them together: labelloop schema merge {every} --into {other!r}"


def check_new_names(change: Change, labels: Collection[str]) -> None:
    """Refuse what cannot stand in sets; a name that is in use goes on, where documents have one label.

    Raises:
        BadInput: A name comes that would be read as several labels, or as none.
    """
    for name in change.new:
        if name not in labels:
            check_new_name(name)


def _check_rules(change: Change) -> None:
    for name in (*(rule.label for rule in change.rules), change.otherwise):
        if name is not None and name not in change.new:
            raise UnknownName(
                f"{name!r} is none of the parts", remedy=f"They are: {', '.join(change.new)}"
            )
    for rule in change.rules:
        if not rule.words or not all(word.strip(" *") for word in rule.words):
            raise BadInput(
                f"the rule for {rule.label!r} has a word that is empty, which fits everything"
            )
        if not is_place(rule.place):
            raise BadInput(f"the rule for {rule.label!r} looks at {rule.place!r}, which no document has")


def parts_of(change: Change, about: AnsweredText) -> tuple[str, ...]:
    """The parts whose rules fit a document, in the order of the parts; else the one for all others."""
    fitting = {rule.label for rule in change.rules if fits(rule, about)}
    if not fitting and change.otherwise is not None:
        return (change.otherwise,)
    return tuple(name for name in change.new if name in fitting)


def relabelled(
    labels: Sequence[str], change: Change, about: AnsweredText | None, *, several: bool
) -> tuple[str, ...] | None:
    """What an answer means after a change, its labels in alphabetical order.

    Args:
        labels: What it means before.
        change: The change.
        about: Its document, where rules are to decide.
        several: Whether a document may have several labels: then all parts whose rules fit.

    Returns:
        None where it cannot be said: no rule fits, or several do where one is wanted.
    """
    goes = moved(change)
    found: set[str] = set()
    for label in labels:
        if several and change.kind == "remove" and label in goes:
            continue  # it was one of a set: the others, or none, still hold
        onto = (label,) if label not in goes else _onto(goes[label], change, about)
        if not onto or (len(onto) > 1 and not several):
            return None
        found.update(onto)
    return tuple(sorted(found))


def _onto(goes: str | None, change: Change, about: AnsweredText | None) -> tuple[str, ...]:
    if goes is not None:
        return (goes,)
    if about is not None:
        return parts_of(change, about)
    return () if change.otherwise is None else (change.otherwise,)
