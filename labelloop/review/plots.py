"""Plots of the dashboard, drawn beside the page."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from fastapi.responses import Response

from labelloop.loop.workspace import Workspace
from labelloop.review import drawing
from labelloop.review.access import Annotator, TheSite
from labelloop.review.drawing import Theme
from labelloop.review.site import Site

routes = APIRouter(prefix="/plots", include_in_schema=False)


@routes.get("/learning-curve.svg")
def curve_plot(site: TheSite, person: Annotator, theme: Theme = "light") -> Response:
    """Accuracy on the audit lane over labels."""
    return _svg(site, drawing.curve_plot, theme)


@routes.get("/lanes.svg")
def lanes_plot(site: TheSite, person: Annotator, theme: Theme = "light") -> Response:
    """Answers per turn and lane."""
    return _svg(site, drawing.lanes_plot, theme)


@routes.get("/confusion.svg")
def confusion_plot(site: TheSite, person: Annotator, theme: Theme = "light") -> Response:
    """People's labels against the champion's.

    Raises:
        UnknownName: There is no champion yet, or it gives sets of labels.
    """
    return _svg(site, drawing.confusion_plot, theme)


@routes.get("/calibration.svg")
def calibration_plot(site: TheSite, person: Annotator, theme: Theme = "light") -> Response:
    """Accuracy over the champion's confidence.

    Raises:
        UnknownName: There is no model, or no audit answer yet.
    """
    return _svg(site, drawing.calibration_plot, theme)


def _svg(site: Site, draw: Callable[[Workspace, Theme], bytes], theme: Theme) -> Response:
    return Response(site.aside(draw, theme), media_type="image/svg+xml")
