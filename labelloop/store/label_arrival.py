"""Labels that come in under the names of an earlier version: what they are called now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from labelloop.errors import LabelGone, LabelsChanged
from labelloop.store import label_schema
from labelloop.store.label_schema import LabelSchema
from labelloop.store.transaction import Transaction


def version(tx: Transaction) -> int:
    """The number of the present version, 0 before the first."""
    present = label_schema.current(tx)
    return present.version if present else 0


def demand(tx: Transaction, since: int) -> None:
    """Let nothing in that was made with the labels of an earlier version.

    Raises:
        LabelsChanged: They changed since.
    """
    label_schema.answer_by(tx)
    if version(tx) != since:
        raise LabelsChanged(
            "the labels changed while this was under way, and nothing of it was kept",
            remedy="Run it again: it begins with the present labels",
        )


def meant(
    tx: Transaction, labels: Sequence[str], since: int | None, present: LabelSchema | None = None
) -> tuple[str, ...]:
    """These labels by their present names; renamed and merged ones are followed.

    Args:
        tx: The transaction.
        labels: As somebody gave them. One that was never known stays as it is.
        since: Version they saw; None where they did not say: then the last that had the name.
        present: The present version, where it is known already.

    Raises:
        LabelGone: One was split or removed since.
    """
    present = present or label_schema.current(tx)
    if present is None or since == present.version:
        return tuple(labels)
    if since is None and all(label in present.labels for label in labels):
        return tuple(labels)
    found = [_meant(tx, label, present, since) for label in labels]
    return tuple(dict.fromkeys(found))


def follower(tx: Transaction) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """``meant`` for the rows of a file that names no version: each set of labels is looked up once."""
    present = label_schema.current(tx)
    known: dict[tuple[str, ...], tuple[str, ...] | LabelGone] = {}

    def followed(labels: Sequence[str]) -> tuple[str, ...]:
        asked = tuple(labels)
        if asked not in known:
            try:
                known[asked] = meant(tx, asked, None, present)
            except LabelGone as error:
                known[asked] = error
        found = known[asked]
        if isinstance(found, LabelGone):
            raise LabelGone(found.message, remedy=found.remedy)
        return found

    return followed


def _meant(tx: Transaction, label: str, present: LabelSchema, since: int | None) -> str:
    if since is None and label in present.labels:
        return label
    had = since or max(
        (one.version for one in label_schema.versions(tx) if label in one.labels), default=None
    )
    if had is None:
        return label
    carried = label_schema.carried(tx, had)
    name = carried.get(label, label)
    if name is None:
        raise LabelGone(
            f"the label {label!r} has been split or removed meanwhile",
            remedy=f"Choose again, between: {', '.join(present.labels)}",
        )
    return name
