"""Models under present labels: a kept head goes on through renames, merges and splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from labelloop.label_names import former
from labelloop.loop.heads import head_of
from labelloop.loop.sets import KIND as MULTI_LABEL
from labelloop.loop.workspace import Workspace
from labelloop.records import ModelVersion
from labelloop.store import label_schema, models
from labelloop.store.predictions import Predictions
from labelloop.store.transaction import Transaction

if TYPE_CHECKING:
    from labelloop.learning.head import Head


def names_since(tx: Transaction, model: ModelVersion) -> dict[str, str | None]:
    """What the labels that a model was trained under are called now; None for those that are gone."""
    since = models.schema_version(tx, model.model_id)
    return label_schema.carried(tx, since) if since is not None else {}


def load_head(workspace: Workspace, model: ModelVersion) -> Head:
    """A model's head, speaking in present labels.

    Raises:
        ArtefactMismatch: Its file is not the one that was kept.
    """
    from labelloop.learning.carrying import carry

    head = head_of(workspace, model)
    with workspace.store.transaction("what labels are called now") as tx:
        return carry(head, names_since(tx, model))


def thresholds_now(tx: Transaction, model: ModelVersion) -> dict[str, float]:
    """Of a model of sets: the threshold of each present label, the lowest of merged ones."""
    onto, found = names_since(tx, model), dict[str, float]()
    for label, threshold in model.recipe["thresholds"].items():
        now = onto.get(label, label)
        name = former(label) if now is None else now
        found[name] = min(threshold, found.get(name, threshold))
    return found


@dataclass(frozen=True)
class Measured:
    """What a model was measured with, by present labels; rows of the matrix are people's answers."""

    labels: tuple[str, ...]
    per_class: Mapping[str, Mapping[str, Any]]
    confusion: tuple[tuple[int, ...], ...]


def measured_now(
    tx: Transaction, model: ModelVersion, measured: Mapping[str, Any], labels: Sequence[str]
) -> Measured | None:
    """Results by label under the present names; of merged labels computed anew from the matrix.

    Args:
        tx: The transaction.
        model: Whose results they are.
        measured: As training kept them.
        labels: Of the project, in key order.

    Returns:
        None where nobody can say which row of the matrix is which label.
    """
    import numpy as np

    from labelloop.learning.carrying import carried_confusion, columns
    from labelloop.learning.evaluation import by_class

    per_class, onto = measured["per_class"], names_since(tx, model)
    if set(per_class) == set(labels) and all(onto.get(name, name) == name for name in labels):
        rows = tuple(tuple(row) for row in measured["confusion"])
        return Measured(tuple(labels), per_class, rows)
    if set(per_class) != set(onto) or len(measured["confusion"]) != len(onto):
        return None
    found = columns(list(onto), onto)
    confusion = carried_confusion(np.asarray(measured["confusion"], dtype=np.int64), found)
    rows = tuple(tuple(row) for row in confusion.tolist())
    return Measured(found.labels, by_class(confusion, found.labels), rows)


def in_present_labels(tx: Transaction, said: Predictions) -> Predictions:
    """What a model said in the labels it was trained under, in those of now."""
    model = models.get(tx, said.model_id)
    onto = {old: name for old, name in names_since(tx, model).items() if name != old}
    if not set(said.labels).intersection(onto):
        return said
    return carried_predictions(said, onto, several=model.kind == MULTI_LABEL)


def carried_predictions(said: Predictions, onto: Mapping[str, str | None], several: bool) -> Predictions:
    """Stored predictions under other names; those of merged labels are added up.

    Args:
        said: As they are stored.
        onto: What becomes of labels that change; None where they mean nothing any more.
        several: Whether a document may have several labels.
    """
    from labelloop.learning.carrying import columns

    found = columns(said.labels, onto)
    if several:
        return _sets(said, found.labels, found.at_least_one(said.probabilities), onto)
    if found.one_to_one:
        return _replaced(said, labels=found.labels)
    return predicted(said, found.labels, found.added_up(said.probabilities))


def predicted(said: Predictions, labels: Sequence[str], probabilities: object) -> Predictions:
    """The same documents with these probabilities (n, j), and all that follows from them."""
    import numpy as np

    from labelloop.learning.uncertainty import entropy, margin

    p = np.asarray(probabilities, dtype=np.float32)
    return _replaced(
        said,
        labels=tuple(labels),
        probabilities=p,
        label=p.argmax(axis=1).astype(np.int64),
        confidence=p.max(axis=1).astype(np.float64),
        margin=1.0 - margin(p).astype(np.float64),
        entropy=entropy(p).astype(np.float64),
    )


def _sets(
    said: Predictions, labels: Sequence[str], probabilities: object, onto: Mapping[str, str | None]
) -> Predictions:
    """Sets under other names; how sure each is stays as it was."""
    import numpy as np

    from labelloop.label_sets import read, written

    renamed = [
        written({former(label) if (name := onto.get(label, label)) is None else name
                 for label in read(one)})
        for one in said.answers
    ]  # fmt: skip
    sets = tuple(dict.fromkeys(renamed))
    place = np.asarray([sets.index(one) for one in renamed] or [0], dtype=np.int64)
    return _replaced(
        said,
        labels=tuple(labels),
        probabilities=np.asarray(probabilities, dtype=np.float32),
        label=np.where(said.label < 0, -1, place[said.label]),
        sets=sets,
    )


def _replaced(said: Predictions, **values: object) -> Predictions:
    return replace(said, **values)  # type: ignore[arg-type]
