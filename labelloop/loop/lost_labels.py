"""Labels that were taken out of the project file by hand although answers give them."""

from __future__ import annotations

from typing import Any

from labelloop.errors import WrongUse
from labelloop.loop.workspace import Workspace
from labelloop.store import label_schema
from labelloop.store.transaction import Transaction


def refuse_lost_labels(workspace: Workspace) -> None:
    """What the next turn would refuse, said beforehand; nothing is changed.

    Raises:
        WrongUse: Naming the label, how many answers give it, and the command for it.
    """
    with workspace.store.transaction("compare the labels") as tx:
        _refuse(tx, workspace)


def lost_labels(tx: Transaction, workspace: Workspace) -> dict[str, Any] | None:
    """The same for reports: answers by lost label and the line for people; None where none is lost."""
    try:
        _refuse(tx, workspace)
    except WrongUse as error:
        present = label_schema.current(tx)
        answers = label_schema.lost(tx, present, workspace.project.settings.labels) if present else {}
        return {"answers": answers, "sentence": str(error)}
    return None


def _refuse(tx: Transaction, workspace: Workspace) -> None:
    labels = workspace.project.settings.labels
    present = label_schema.current(tx)
    if present is not None and label_schema.outdated(tx, labels) is None:
        label_schema.refuse_loss(tx, present, labels)
