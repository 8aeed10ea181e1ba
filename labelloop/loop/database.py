"""Database: the answers' consensus, frozen as a numbered, hashed data set version."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from labelloop.loop.clock import now
from labelloop.loop.known import gather, present_consensus, weigh_ahead
from labelloop.loop.reliability import kept_weighing
from labelloop.loop.workspace import Workspace
from labelloop.plurals import counted
from labelloop.store import datasets, weighing

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Frozen:
    """What the answers come to.

    Attributes:
        version: Number of the data set version; None where nobody has answered yet.
        labels: Documents with a consensus label, audit ones among them.
        audit_labels: Of these, how many are kept for measuring.
        disputed: Documents whose answers disagree; they are asked again.
    """

    version: int | None
    labels: int = 0
    audit_labels: int = 0
    disputed: int = 0


def answers_wait(workspace: Workspace) -> bool:
    """Whether people have said something that no data set version holds yet."""
    weigh_ahead(workspace)
    with workspace.store.transaction("look for new answers") as tx:
        said = present_consensus(tx, workspace.project.settings.annotators.consensus).labels
        present = datasets.present(tx)
        kept = datasets.load(tx, present.version) if present else []
    return {(one.document_id, one.labels) for one in said} != {
        (one.document_id, one.labels) for one in kept
    }


def freeze_dataset(workspace: Workspace) -> Frozen:
    """Freeze what people have said so far; the same answers give the same version."""
    weigh_ahead(workspace)
    with workspace.store.transaction("freeze the data set") as tx:
        known = gather(tx)
        found = known.consensus(workspace.project.settings.annotators.consensus)
        weighing.keep(tx, kept_weighing(found, known.answers))
        if not found.labels:
            logger.info("Database · no answers yet")
            return Frozen(None, disputed=len(found.disagreements))
        version = datasets.freeze(tx, found.labels, now=now())
    frozen = Frozen(version.version, version.labels, version.audit_labels, len(found.disagreements))
    logger.info(
        "Database · data set version %d: %s, %s of them for measuring, %s disputed",
        version.version,
        counted(frozen.labels, "label"),
        f"{frozen.audit_labels:,}",
        f"{frozen.disputed:,}",
    )
    return frozen
