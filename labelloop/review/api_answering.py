"""The API of a person at work: questions, answers, undo, leases, explanations."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from labelloop.loop import checking
from labelloop.loop.explaining import Explanation, explain
from labelloop.review.access import Annotator, TheSite
from labelloop.review.messages import (
    HandedOver,
    ItemsNamed,
    NextWanted,
    Number,
    TakenBack,
    UndoWanted,
    VerdictsGiven,
    handed_over,
    question,
)

routes = APIRouter(prefix="/api", tags=["answering"])


class Me(BaseModel):
    """Who asks, and the labels in key order."""

    name: str
    role: str
    project: str
    labels: dict[str, str]
    schema_version: int
    multi_label: bool


@routes.get("/me")
def me(site: TheSite, person: Annotator) -> Me:
    """Who I am here, and between which labels to choose."""
    schema, settings = site.settle(), site.workspace.project.settings
    return Me(
        name=person.name,
        role=person.role,
        project=settings.name,
        labels=dict(schema.labels),
        schema_version=schema.version,
        multi_label=settings.multi_label,
    )


@routes.post("/next")
def next_questions(wanted: NextWanted, site: TheSite, person: Annotator) -> HandedOver:
    """Further questions in rank order, leased to you; what you hold is renewed."""
    return handed_over(
        checking.hand_over(site.workspace, person.name, count=wanted.count, holding=wanted.holding),
        several=site.several,
        words=site.telling,
    )


@routes.post("/verdicts")
def take_verdicts(given: VerdictsGiven, site: TheSite, person: Annotator) -> HandedOver:
    """Answers in; each has its own outcome, and ``stored`` or ``known`` means: it is on disk."""
    return handed_over(
        checking.hand_over(
            site.workspace,
            person.name,
            [one.as_given() for one in given.verdicts],
            count=given.count,
            holding=given.holding,
        ),
        several=site.several,
        words=site.telling,
    )


@routes.post("/undo")
def undo(wanted: UndoWanted, site: TheSite, person: Annotator) -> TakenBack:
    """Take back your newest answer that stands."""
    item, hidden = checking.take_back(site.workspace, person.name, wanted.undo_id)
    asked = (
        question(item, explained=not hidden, several=site.several, words=site.telling) if item else None
    )
    return TakenBack(item=asked)


@routes.post("/release")
def release(named: ItemsNamed, site: TheSite, person: Annotator) -> dict[str, int]:
    """Give questions back unanswered."""
    return {"released": checking.give_back(site.workspace, person.name, named.items)}


@routes.get("/items/{item_id}/why")
def why(item_id: Number, site: TheSite, person: Annotator) -> Explanation:
    """Why a question is asked; nothing for blind and audit ones."""
    return explain(site.workspace, item_id)


@routes.get("/queue")
def waiting_queue(site: TheSite, person: Annotator) -> dict[str, Any]:
    """How many questions are open, leased, done, withdrawn."""
    return checking.queue_counts(site.workspace)
