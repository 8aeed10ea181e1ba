"""The API of the labels: shown, proposed, changed with a preview."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from labelloop.label_changes import LONGEST_DESCRIPTION, Change
from labelloop.label_names import LONGEST_NAME
from labelloop.label_rules import Rule
from labelloop.loop import proposals, schema
from labelloop.review.access import Admin, Annotator, Person, TheSite
from labelloop.review.messages import Number
from labelloop.store.label_proposals import Proposal

routes = APIRouter(prefix="/api", tags=["labels"])

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Description = Annotated[str, Field(max_length=LONGEST_DESCRIPTION)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Proposed(_Message):
    """A label that is missed, and the document that it is missed for."""

    name: Name
    description: Description = ""
    document_id: Number | None = None


class AcceptedAs(_Message):
    """Another name or description than was proposed, where one is given."""

    name: Name | None = None
    description: Description | None = None


class Declined(_Message):
    """Why a proposal is turned down; who proposed it reads it."""

    reason: str = Field(max_length=500)


class RuleGiven(_Message):
    """Answers about documents with one of these words go to this part."""

    label: Name
    words: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        min_length=1, max_length=200
    )
    place: str = Field(
        default="any", pattern=r"^(any|text|title|source|url|metadata\..+)$", max_length=200
    )


class ChangeWanted(_Message):
    """A change of the labels, as ``labelloop schema`` makes it.

    ``version`` is that of the labels in the preview: where they changed since, nothing is done.
    """

    kind: Literal["add", "remove", "rename", "merge", "split"]
    old: list[Name] = Field(default=[], max_length=500)
    new: list[Name] = Field(default=[], max_length=500)
    descriptions: dict[Name, Description] = {}
    rules: list[RuleGiven] = Field(default=[], max_length=500)
    otherwise: Name | None = None
    version: int | None = None

    def as_change(self) -> Change:
        """As the loop takes it."""
        rules = tuple(Rule(one.label, tuple(one.words), one.place) for one in self.rules)
        return Change(
            self.kind, tuple(self.old), tuple(self.new), dict(self.descriptions), rules, self.otherwise
        )


@routes.get("/labels")
def labels(site: TheSite, person: Annotator) -> dict[str, Any]:
    """The labels in key order, with how many answers give each."""
    return schema.present(site.workspace)


@routes.get("/labels/history")
def history(site: TheSite, person: Annotator) -> list[dict[str, Any]]:
    """Every version of the labels, oldest first."""
    return [
        {
            "version": one.version,
            "labels": dict(one.labels),
            "change": one.change.as_json() if one.change else None,
            "changed_by": one.changed_by,
            "created_at": one.created_at.isoformat(),
        }
        for one in schema.history(site.workspace)
    ]


@routes.post("/labels/preview")
def preview(wanted: ChangeWanted, site: TheSite, person: Admin) -> dict[str, Any]:
    """What a change would do: answers by label, what is asked again, models; nothing is changed."""
    return schema.preview(site.workspace, wanted.as_change()).as_json()


@routes.post("/labels/change")
def change(wanted: ChangeWanted, site: TheSite, person: Admin) -> dict[str, Any]:
    """Change the labels, in the store and in the project file."""
    done = schema.apply(site.workspace, wanted.as_change(), by=person.name, version=wanted.version)
    return done.as_json()


@routes.get("/proposals")
def listed(site: TheSite, person: Annotator) -> list[dict[str, Any]]:
    """What was proposed: your own; everybody's from adjudicators up."""
    return [asdict(one) for one in visible(proposals.proposals(site.workspace), person)]


@routes.post("/proposals", status_code=201)
def propose(wanted: Proposed, site: TheSite, person: Annotator) -> dict[str, Any]:
    """Propose a label; whoever runs the project decides."""
    made = proposals.propose(
        site.workspace,
        wanted.name,
        wanted.description,
        document_id=wanted.document_id,
        by=person.name,
    )
    return asdict(made)


@routes.post("/proposals/{proposal_id}/accept")
def accept(proposal_id: Number, wanted: AcceptedAs, site: TheSite, person: Admin) -> dict[str, Any]:
    """Make it a label, and ask again about the documents it was proposed for."""
    done = proposals.accept(
        site.workspace,
        proposal_id,
        by=person.name,
        name=wanted.name,
        description=wanted.description,
    )
    return asdict(done)


@routes.post("/proposals/{proposal_id}/decline")
def decline(proposal_id: Number, wanted: Declined, site: TheSite, person: Admin) -> dict[str, int]:
    """Turn it down, with the reason."""
    return {"declined": proposals.decline(site.workspace, proposal_id, wanted.reason, by=person.name)}


def visible(found: list[Proposal], person: Person) -> list[Proposal]:
    """Those that a person may see: others' are for who decides."""
    return [one for one in found if person.may("adjudicator") or one.proposed_by == person.name]
