"""Query strategies by name. Each is one file; ``strategy(name)`` loads it."""

from __future__ import annotations

from importlib import import_module

from labelloop.errors import UnknownName
from labelloop.learning.query_strategies.base import Strategy

DEFAULT = "cluster_margin"

_MODULES = {
    "random": "random_draw",
    "least_confidence": "least_confidence",
    "margin": "margin",
    "entropy": "entropy",
    "committee": "committee",
    "cluster_margin": "cluster_margin",
    "typiclust": "typiclust",
    "badge": "badge",
    "coreset": "coreset",
}

STRATEGIES: tuple[str, ...] = tuple(_MODULES)
"""Names of all query strategies."""


def strategy(name: str) -> Strategy:
    """The query strategy of that name.

    Raises:
        UnknownName: There is none; the message lists the names.
    """
    if name not in _MODULES:
        raise UnknownName(
            f"there is no query strategy {name!r}", remedy=f"Known are {', '.join(STRATEGIES)}"
        )
    module = import_module(f"{__name__}.{_MODULES[name]}")
    chosen: Strategy = module.choose
    return chosen
