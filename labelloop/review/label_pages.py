"""The page of the labels, and the form that changes them: works without script.

A change is looked at first, with its counts, and made by a second form that carries the version of
the labels it was looked at with.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from labelloop.errors import ProjectFileError, WrongUse
from labelloop.label_changes import Change
from labelloop.loop import proposals, schema
from labelloop.loop.schema_words import in_words
from labelloop.review import label_form
from labelloop.review.access import Annotator, Person, allowed, refuse_forged, site_of, who
from labelloop.review.api_schema import visible
from labelloop.review.label_form import Fields
from labelloop.review.templating import page
from labelloop.store.label_schema import SchemaVersion

routes = APIRouter(include_in_schema=False)

_MOST_FIELDS = 1000


@routes.get("/labels")
def labels_page(request: Request, person: Annotator) -> Response:
    """The labels: in use, proposed, and how they came about."""
    return _page(request, person)


@routes.post("/labels")
async def change_labels(request: Request) -> Response:
    """Look at a change, or make one that was looked at."""
    body = (await request.body()).decode("utf-8", "replace")
    return await run_in_threadpool(_changed, request, body)


def _changed(request: Request, body: str) -> Response:
    try:
        given = parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(413, f"At most {_MOST_FIELDS} fields") from None
    refuse_forged(request, label_form.text(given, "token"))
    person = allowed(who(request), "admin")
    if label_form.text(given, "step") == "more":
        return _page(request, person, given)
    return _confirmed(request, person, given) if "change" in given else _seen(request, person, given)


def _seen(request: Request, person: Person, given: Fields) -> Response:
    """The page with what a change would do; nothing is changed."""
    try:
        seen = schema.preview(site_of(request).workspace, label_form.change_of(given))
        label_form.unsealed(label_form.sealed(seen.change))  # what is too much, before it is confirmed
    except WrongUse as error:
        return _page(request, person, given, message=str(error), status=400)
    return _page(request, person, given, seen=seen)


def _confirmed(request: Request, person: Person, given: Fields) -> Response:
    workspace = site_of(request).workspace
    change = label_form.unsealed(label_form.text(given, "change"))
    version = label_form.number(given, "version")
    try:
        schema.apply(workspace, change, by=person.name, version=version)
    except ProjectFileError:
        raise  # stored, but the file does not say so yet: nobody must miss that
    except WrongUse as error:
        if not _is_made(schema.history(workspace), change, version):  # a double click
            return _page(request, person, message=str(error), status=409)
    return RedirectResponse(f"/labels?done={version + 1}", 303)


def _is_made(history: list[SchemaVersion], change: Change, version: int) -> bool:
    return any(one.version == version + 1 and one.change == change for one in history)


def _page(
    request: Request,
    person: Person,
    given: Fields | None = None,
    *,
    seen: schema.Preview | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    workspace = site_of(request).workspace
    history = schema.history(workspace)
    done = request.query_params.get("done") if request.method == "GET" else None
    given = given or {}
    values: dict[str, Any] = {
        "present": schema.present(workspace),
        "history": history,
        "proposals": visible(proposals.proposals(workspace), person),
        "setup": {"token": person.form_token},
        "message": message,
        "done": next((one for one in history if str(one.version) == done), None),
        "seen": seen,
        "words": in_words(seen) if seen else [],
        "sealed": label_form.sealed(seen.change) if seen else "",
        "given": given,
        "kind": label_form.text(given, "kind"),
        "parts": label_form.parts(given),
        "places": label_form.PLACES,
    }
    return page(request, "labels.html", person, values, status=status)
