"""Labels that people miss while they answer: proposed, accepted, declined."""

from __future__ import annotations

from dataclasses import dataclass

from labelloop.errors import BadInput
from labelloop.label_changes import LONGEST_DESCRIPTION, Change
from labelloop.label_names import check_new_name, looks
from labelloop.loop import project_labels, schema
from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace
from labelloop.store import label_migration, label_proposals, label_schema
from labelloop.store.label_proposals import Proposal, State
from labelloop.store.transaction import Transaction

_LONGEST_REASON = 500


@dataclass(frozen=True)
class Accepted:
    """A proposal that became a label.

    Attributes:
        label: Its name.
        proposals: How many proposals this answered.
        documents: How many documents they came from that are asked again.
    """

    label: str
    proposals: int
    documents: int


def propose(
    workspace: Workspace, name: str, description: str, *, document_id: int | None, by: str
) -> Proposal:
    """Keep a proposal for whoever decides about labels.

    Raises:
        BadInput: It cannot be a label, or is one already.
        UnknownName: There is no such document.
    """
    name, description = " ".join(name.split()), " ".join(description.split())
    check_new_name(name)
    if len(description) > LONGEST_DESCRIPTION or not description.isprintable():
        raise BadInput("the description is too long, or cannot be shown")
    with workspace.store.transaction("propose a label") as tx:
        _refuse_known(tx, workspace, name)
        return label_proposals.propose(
            tx, name, description, document_id=document_id, proposed_by=by, now=now()
        )


def proposals(workspace: Workspace, state: State | None = None) -> list[Proposal]:
    """What was proposed, oldest first."""
    with workspace.store.transaction("proposed labels") as tx:
        return label_proposals.listed(tx, state)


def accept(
    workspace: Workspace,
    proposal_id: int,
    *,
    by: str,
    name: str | None = None,
    description: str | None = None,
) -> Accepted:
    """Make a proposal a label, last in key order, and ask again about the documents it came from.

    Proposals with the same name are accepted with it.

    Raises:
        UnknownName: There is no such proposal.
        WrongUse: It was decided already, or cannot be a label.
    """
    with workspace.store.transaction("accept a label") as tx:
        label_schema.hold(tx)
        alike = label_proposals.alike(tx, proposal_id)
        chosen = next(one for one in alike if one.proposal_id == proposal_id)
        label = chosen.name if name is None else " ".join(name.split())
        said = chosen.description if description is None else " ".join(description.split())
        done = schema.make(tx, workspace, Change("add", (), (label,), {label: said}), by=by)
        label_proposals.decide(tx, alike, "accepted", decided_by=by, now=now(), label=label)
        about = list(dict.fromkeys(one.document_id for one in alike if one.document_id is not None))
        again = label_migration.reopen(tx, label_migration.as_relabel(tx, about), now=now())
    schema.finish(workspace, done)
    return Accepted(label, len(alike), again)


def decline(workspace: Workspace, proposal_id: int, reason: str, *, by: str) -> int:
    """Turn a proposal down, and those with the same name; how many.

    Raises:
        UnknownName: There is no such proposal.
        WrongUse: It was decided already.
        BadInput: No reason is given: whoever proposed it wants to know.
    """
    why = " ".join(reason.split())
    if not why or len(why) > _LONGEST_REASON:
        raise BadInput("a reason is needed", remedy="A few words, for who proposed it")
    with workspace.store.transaction("decline a label") as tx:
        alike = label_proposals.alike(tx, proposal_id)
        label_proposals.decide(tx, alike, "declined", decided_by=by, now=now(), reason=why)
    return len(alike)


def _refuse_known(tx: Transaction, workspace: Workspace, name: str) -> None:
    known = project_labels.settle(tx, workspace).labels
    for label in known:
        if looks(label) == looks(name):
            raise BadInput(f"{label!r} is a label already", remedy="Answer with it")
