"""The API of a project: status, documents, disputes, export, training, models."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from labelloop.errors import BadInput
from labelloop.loop import documents, exporting, models
from labelloop.loop.reliability import only_own
from labelloop.loop.status import project_status
from labelloop.review.access import Adjudicator, Admin, Annotator, TheSite
from labelloop.review.background import Run
from labelloop.review.messages import Number, Question, Reported, VerdictId, question
from labelloop.store.disputes import Disputed
from labelloop.store.opening import Opened
from labelloop.store.searching import Hit, Order, Search

routes = APIRouter(prefix="/api", tags=["project"])

_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}


class Found(BaseModel):
    """A search: how many fit, and some of them."""

    total: int
    documents: list[Hit]


class Settled(BaseModel):
    """The last word on a disputed document."""

    verdict_id: VerdictId
    label: str | None = Field(default=None, description="The label, where each document has one")
    labels: list[str] | None = Field(default=None, max_length=500, description="Or several, or none")


class SentBack(BaseModel):
    """How many people shall answer a document again."""

    people: int = Field(default=1, ge=1, le=20)


@routes.get("/status")
def status(site: TheSite, person: Annotator) -> dict[str, Any]:
    """All numbers of ``labelloop status --json``; how reliable others are only adjudicators see."""
    found = site.aside(project_status)
    return found if person.may("adjudicator") else only_own(found, person.name)


@routes.get("/documents")
def find_documents(  # noqa: PLR0917  (the address's parameters; nobody calls it by position)
    site: TheSite,
    person: Annotator,
    text: Annotated[str | None, Query(max_length=200)] = None,
    label: str | None = None,
    source: str | None = None,
    answered: bool | None = None,
    disputed: bool = False,
    below: Annotated[float | None, Query(ge=0, le=1)] = None,
    order: Order = "newest",
    limit: Annotated[int, Query(ge=1, le=200)] = 25,
    offset: Annotated[int, Query(ge=0)] = 0,
    doubtful: bool = False,
) -> Found:
    """Documents by text, label, source, doubt, dispute. Others' answers from adjudicators up."""
    total, hits = documents.find(
        site.workspace,
        Search(text, label, source, answered, disputed, below, order, doubtful),
        viewer=person.name,
        all_answers=site.show_others or person.may("adjudicator"),
        limit=limit,
        offset=offset,
    )
    return Found(total=total, documents=hits)


@routes.get("/documents/{document_id}")
def one_document(document_id: Number, site: TheSite, person: Annotator) -> Opened:
    """A document with its revisions and history, as far as you may know them."""
    sees_all = site.show_others or person.may("adjudicator")
    return documents.look(site.workspace, document_id, viewer=person.name, all_answers=sees_all)


@routes.post("/documents/{document_id}/ask")
def ask_me(document_id: Number, site: TheSite, person: Annotator) -> Question:
    """Put this document before me next, to answer it (again)."""
    item = documents.ask_me(site.workspace, document_id, person.name)
    return question(item, explained=False, several=site.several, words=site.telling)


@routes.post("/documents/{document_id}/send-back")
def send_back(
    document_id: Number, wanted: SentBack, site: TheSite, person: Adjudicator
) -> dict[str, int]:
    """Ask this document again of so many people."""
    return {"item_id": documents.send_back(site.workspace, document_id, wanted.people)}


@routes.post("/documents/{document_id}/settle")
def settle(document_id: Number, vote: Settled, site: TheSite, person: Adjudicator) -> dict[str, str]:
    """Settle a disputed document, whatever others said."""
    if (vote.label is None) == (vote.labels is None):
        raise BadInput("an answer names either 'label' or 'labels'")
    labels = [vote.label] if vote.label is not None else vote.labels or []
    stored = documents.settle(site.workspace, document_id, person.name, labels, vote.verdict_id)
    return {"verdict_id": vote.verdict_id, "outcome": "stored" if stored else "known"}


@routes.get("/disputes")
def disputes(site: TheSite, person: Adjudicator) -> list[Disputed]:
    """Documents whose answers differ, side by side."""
    return documents.disputes(site.workspace)


@routes.get("/export")
def export(
    site: TheSite,
    person: Adjudicator,
    what: Literal["documents", "labels", "verdicts"] = "labels",
    form: Annotated[Literal["csv", "jsonl", "parquet"], Query(alias="format")] = "jsonl",
) -> FileResponse:
    """Everything as a file, with lane, propensity and model version."""
    folder = tempfile.TemporaryDirectory()
    out = Path(folder.name) / f"{what}.{form}"
    site.aside(exporting.export_table, what, out, form)
    return FileResponse(
        out, media_type=_TYPES[form], filename=out.name, background=BackgroundTask(folder.cleanup)
    )


@routes.get("/training")
def training(site: TheSite, person: Annotator) -> Reported:
    """Where the training stands that was started here."""
    return _reported(site.learner.run)


@routes.post("/training", status_code=202)
def train(site: TheSite, person: Admin) -> Reported:
    """Learn from all answers in a process beside this one."""
    return _reported(site.learner.start(person.name))


@routes.get("/models")
def list_models(site: TheSite, person: Annotator) -> list[dict[str, Any]]:
    """Every model version, oldest first."""
    return models.model_rows(site.workspace)


@routes.post("/models/{model_id}/promote")
def promote(model_id: str, site: TheSite, person: Admin) -> dict[str, str]:
    """Make a model the champion, and re-score the pool with it."""
    return {"message": site.alone(models.promote_model, model_id)}


@routes.post("/models/rollback")
def roll_back(site: TheSite, person: Admin) -> dict[str, str]:
    """Go back to the champion before this one."""
    return {"message": site.alone(models.roll_back)}


def _reported(run: Run) -> Reported:
    return Reported.model_validate(asdict(run) | {"lines": list(run.lines)})
