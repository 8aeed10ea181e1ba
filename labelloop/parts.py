"""What the engine calls but must not import: the rooms above it, found through package metadata.

Imports run one way, from flows down to the engine. The command line is part of the engine
and still starts flows and tries connectors; it asks the installed packages for them, under
the entry-point group ``labelloop.parts``.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from labelloop.errors import MissingExtra

GROUP = "labelloop.parts"


def part(name: str) -> Any:
    """The function that an installed package offers under ``name``.

    Raises:
        MissingExtra: No installed package offers it.
    """
    for point in entry_points(group=GROUP, name=name):
        return point.load()
    raise MissingExtra(
        f"no installed package offers the part {name!r} of labelloop",
        remedy="Install labelloop as a package: pip install -e .",
    )
