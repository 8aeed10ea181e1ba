"""Templates: always escaped, with what every page needs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.templating import Jinja2Templates

from labelloop.label_sets import read, readable
from labelloop.loop.sets import EXACT_MATCH
from labelloop.plurals import counted
from labelloop.review.access import Person, site_of

_HERE = Path(__file__).parent


def page(
    request: Request,
    template: str,
    person: Person | None,
    values: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response:
    """A page of ours."""
    site = site_of(request)
    shared = {
        "project": site.workspace.project.settings.name,
        "person": person,
        "static": _static,
        "several": site.several,
        "measure": EXACT_MATCH if site.several else "accuracy",
        "path": request.url.path,
    }
    return _templates().TemplateResponse(request, template, shared | dict(values), status_code=status)


@lru_cache(maxsize=1)
def _templates() -> Jinja2Templates:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,  # a misspelt name is an error, not an empty place
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    environment.filters["percent"] = percent
    environment.filters["when"] = when
    environment.filters["span"] = span
    environment.filters["combine_page"] = with_page
    environment.filters["labels"] = readable
    environment.filters["answer"] = answer
    return Jinja2Templates(env=environment)


@lru_cache(maxsize=8)
def _static(name: str) -> str:
    """The address of a file of ours, new with every change of it."""
    content = (_HERE / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def with_page(asked: Mapping[str, str], number: int) -> str:
    """The query of another page of the same search."""
    return urlencode({**asked, "page": str(number)})


def answer(text: str | None, several: bool) -> str:
    """A stored suggestion or prediction for a person; of sets ``a|b`` is kept as ``a, b``."""
    return readable(read(text)) if text is not None and several else text or ""


def percent(value: float | None, digits: int = 0) -> str:
    """A share of 1 as a percentage, a dash where unknown."""
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def when(moment: datetime | str | None) -> str:
    """A moment (UTC) to the minute."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return "–" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def span(seconds: float | None) -> str:
    """A time span for people."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
