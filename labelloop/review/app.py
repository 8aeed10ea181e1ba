"""The application: routes, errors in people's words, what guards it all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.staticfiles import StaticFiles

from labelloop import __version__
from labelloop.errors import (
    LabelloopError,
    LearningError,
    QueueError,
    StoreLocked,
    UnknownName,
    WrongUse,
)
from labelloop.loop.workspace import Workspace
from labelloop.review import api_answering, api_project, api_schema, label_pages, log_in, pages, plots
from labelloop.review.aside import Aside
from labelloop.review.protection import HEADERS, Protection
from labelloop.review.site import Site
from labelloop.review.templating import page

STATIC = Path(__file__).parent / "static"

_STATUS: tuple[tuple[type[LabelloopError], int], ...] = (
    (UnknownName, 404),
    (QueueError, 409),
    (LearningError, 409),
    (WrongUse, 400),
    (StoreLocked, 503),
    (LabelloopError, 500),
)


def create_app(
    workspace: Workspace,
    *,
    open_locally: bool = True,
    hosts: Collection[str] | None = None,
    show_others: bool = False,
    beside: Aside | None = None,
) -> FastAPI:
    """The checking page of a project as an ASGI application.

    Args:
        workspace: The project.
        open_locally: Whether one person may work without log-in while nobody has an account;
            only for addresses that nobody else can reach.
        hosts: Names the page answers to; None for any.
        show_others: Whether annotators may see what others answered.
        beside: Does rare heavy work, for several pages; None for one of its own.
    """
    site = Site(workspace, open_locally=open_locally, show_others=show_others, beside=beside)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        site.learner.stop()
        site.beside.stop()

    app = FastAPI(
        title=f"labelloop: {workspace.project.settings.name}",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its scripts come from another host
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.site = site
    for room in (api_answering, api_project, api_schema, log_in, plots, label_pages, pages):
        app.include_router(room.routes)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(LabelloopError, _failed)
    app.add_exception_handler(AnyHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(Exception, _broken)
    app.add_middleware(Protection, hosts=hosts)
    return app


def _failed(request: Request, error: Exception) -> Response:
    status = next(number for kind, number in _STATUS if isinstance(error, kind))
    return _told(request, status, str(error))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException | HTTPException)  # noqa: S101  (as registered)
    if error.status_code == 401 and not _is_api(request) and request.method == "GET":
        return RedirectResponse(f"/login?next={request.url.path}", 303)
    return _told(request, error.status_code, str(error.detail))


def _misunderstood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (as registered)
    faults = error.errors()
    where = ".".join(str(part) for part in faults[0]["loc"]) if faults else "the request"
    return _told(request, 422, f"{where}: {faults[0]['msg'] if faults else 'not understood'}")


def _broken(request: Request, _error: Exception) -> Response:
    """A fault of ours; the server's log has where it is."""
    answer = _told(request, 500, "Something went wrong here. Nothing that was answered is lost")
    answer.headers.update(HEADERS)  # this answer is made outside of what guards the others
    return answer


def _told(request: Request, status: int, message: str) -> Response:
    if _is_api(request):
        return JSONResponse({"error": HTTPStatus(status).phrase, "message": message}, status)
    return page(request, "error.html", None, {"message": message, "status": status}, status=status)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")
