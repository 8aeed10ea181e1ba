"""Labels that were taken out of the project file by hand although answers give them."""

from __future__ import annotations

from labelloop.errors import WrongUse
from labelloop.loop.workspace import Workspace
from labelloop.store import label_schema


def refuse_lost_labels(workspace: Workspace) -> None:
    """What the next turn would refuse, said beforehand; nothing is changed.

    Raises:
        WrongUse: Naming the label, how many answers give it, and the command for it.
    """
    labels = workspace.project.settings.labels
    with workspace.store.transaction("compare the labels") as tx:
        present = label_schema.current(tx)
        if present is not None and label_schema.outdated(tx, labels) is None:
            label_schema.refuse_loss(tx, present, labels)


def lost_labels(workspace: Workspace) -> str | None:
    """The same as a line for people; None where nothing is lost."""
    try:
        refuse_lost_labels(workspace)
    except WrongUse as error:
        return str(error)
    return None
