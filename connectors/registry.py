"""Finds connectors by name, through the entry-point group ``labelloop.connectors``."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from connectors.base import Connector
from labelloop.errors import SourceMisconfigured, UnknownName

GROUP = "labelloop.connectors"


def installed() -> dict[str, EntryPoint]:
    """Name and entry point of every installed connector, without loading any."""
    return {point.name: point for point in sorted(entry_points(group=GROUP))}


def connector_class(name: str) -> type[Connector[Any]]:
    """The class of a connector.

    Raises:
        UnknownName: No installed package offers it.
    """
    points = installed()
    if name not in points:
        raise UnknownName(f"there is no connector {name!r}", remedy=f"Installed: {', '.join(points)}")
    loaded: type[Connector[Any]] = points[name].load()
    return loaded


def build(connector: str, options: Mapping[str, Any], *, source: str, folder: Path) -> Connector[Any]:
    """One configured source, its settings validated; nothing is read yet.

    Raises:
        UnknownName: No such connector.
        SourceMisconfigured: The settings are not what the connector takes.
    """
    found = connector_class(connector)
    try:
        settings = found.Settings.model_validate(dict(options))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"]) or "its settings"
        known = ", ".join(found.Settings.model_fields)
        wrong = f": {fault['msg']}"
        if fault["type"] == "extra_forbidden":
            near = get_close_matches(str(fault["loc"][-1]), list(found.Settings.model_fields), n=1)
            wrong = " is not a setting" + (f": did you mean {near[0]}?" if near else "")
        raise SourceMisconfigured(
            f"source {source!r}: {field}{wrong}",
            remedy=f"The connector {connector!r} takes: {known}",
        ) from None
    return found(settings, source=source, folder=folder)
