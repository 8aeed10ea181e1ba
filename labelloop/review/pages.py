"""The pages: the question, documents, disputes, the dashboard."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from labelloop.errors import UnknownName
from labelloop.loop import documents
from labelloop.loop.dashboard import dashboard
from labelloop.review.access import Adjudicator, Annotator, Person, site_of, who
from labelloop.review.guidelines import guidelines_html
from labelloop.review.keys import label_keys
from labelloop.review.log_in import ours, set_cookie
from labelloop.review.messages import Number
from labelloop.review.site import LOCAL_NAME
from labelloop.review.templating import page
from labelloop.store.searching import Order, Search

routes = APIRouter(include_in_schema=False)

_PER_PAGE = 25


@routes.get("/")
def checking_page(request: Request) -> Response:
    """The question. The first visit on a machine of one's own begins a session by itself."""
    site = site_of(request)
    person = who(request)
    if person is None and site.open_locally and not site.accounts():
        if "begun" in request.query_params:  # the cookie of a moment ago did not come back
            words = {
                "message": "This page needs cookies: allow them for this address, then load it again"
            }
            return page(request, "error.html", None, words | {"status": 400}, status=400)
        target = ours(request.query_params.get("next"))
        answer = RedirectResponse(f"/?{urlencode({'begun': '', 'next': target})}", 303)
        set_cookie(request, answer, LOCAL_NAME, None)
        return answer
    if person is None:
        return RedirectResponse("/login", 303)
    if "begun" in request.query_params:
        return RedirectResponse(ours(request.query_params.get("next")), 303)
    present = site.settle()
    labels = present.labels
    values = {
        "keys": label_keys(labels),
        "labels": labels,
        "guidelines": guidelines_html(site.workspace.project.folder),
        "setup": {
            "labels": list(labels),
            "keys": label_keys(labels),
            "schema": present.version,
            "several": site.several,
            "token": person.form_token,
            "owner": f"{site.workspace.project.settings.name}/{person.name}",
        },
    }
    return page(request, "question.html", person, values)


@routes.get("/dashboard")
def dashboard_page(request: Request, person: Annotator) -> Response:
    """Where the project stands, in plots and tables."""
    site = site_of(request)
    values = {
        "board": site.aside(dashboard, names=person.may("adjudicator"), viewer=person.name),
        "run": site.learner.run,
        "setup": {"token": person.form_token},
    }
    return page(request, "dashboard.html", person, values)


@routes.get("/documents")
def documents_page(  # noqa: PLR0917  (the address's parameters; nobody calls it by position)
    request: Request,
    person: Annotator,
    text: Annotated[str, Query(max_length=200)] = "",
    label: str = "",
    source: str = "",
    answered: Literal["", "yes", "no", "doubtful", "disputed"] = "",
    disputed: str = "",
    below: Literal["", "0.5", "0.7", "0.9"] = "",
    order: str = "newest",
    number: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
) -> Response:
    """Search."""
    site = site_of(request)
    what = Search(
        text=text.strip() or None,
        label=label or None,
        source=source or None,
        answered={"yes": True, "no": False}.get(answered),
        disputed=bool(disputed) or answered == "disputed",
        below=float(below) if below else None,
        doubtful=answered == "doubtful",
        order=cast("Order", order) if order in get_args(Order) else "newest",
    )
    total, hits = documents.find(
        site.workspace,
        what,
        viewer=person.name,
        all_answers=_sees_all(request, person),
        limit=_PER_PAGE,
        offset=(number - 1) * _PER_PAGE,
    )
    asked = dict(request.query_params) | {"page": ""}
    values: dict[str, Any] = {
        "hits": hits,
        "total": total,
        "number": number,
        "pages": max(1, -(-total // _PER_PAGE)),
        "asked": {key: value for key, value in asked.items() if value},
        "what": what,
        "answered": answered,
        "below": below,
        "labels": list(site.labels),
        "sources": site.workspace.source_names(),
    }
    return page(request, "documents.html", person, values)


@routes.get("/documents/{document_id}")
def document_page(document_id: Number, request: Request, person: Annotator) -> Response:
    """One document with its history."""
    site = site_of(request)
    found = documents.look(
        site.workspace, document_id, viewer=person.name, all_answers=_sees_all(request, person)
    )
    return page(
        request,
        "document.html",
        person,
        {
            "document": found,
            "meant": documents.meant(site.workspace, document_id),
            "is_web": _is_web(found.url),
            "setup": {"token": person.form_token},
        },
    )


@routes.get("/disputes")
def disputes_page(request: Request, person: Adjudicator) -> Response:
    """Documents whose answers differ, side by side."""
    site = site_of(request)
    values = {
        "disputes": documents.disputes(site.workspace),
        "labels": list(site.labels),
        "setup": {"token": person.form_token},
    }
    return page(request, "disputes.html", person, values)


@routes.get("/guidelines")
def guidelines_page(request: Request, person: Annotator) -> Response:
    """The project's guidelines alone.

    Raises:
        UnknownName: There are none.
    """
    found = guidelines_html(site_of(request).workspace.project.folder)
    if found is None:
        raise UnknownName(
            "this project has no guidelines yet", remedy="Write guidelines.md beside labelloop.toml"
        )
    return page(request, "guidelines.html", person, {"guidelines": found})


def _sees_all(request: Request, person: Person) -> bool:
    return site_of(request).show_others or person.may("adjudicator")


def _is_web(url: str | None) -> bool:
    return (url or "").lower().startswith(("http://", "https://"))
