"""Parameters that several flows share, as the forms of the Prefect UI show them.

Bounds and titles stand here. The texts stand in the ``Args`` of each flow: Prefect reads them
there and drops a ``Field(description=…)``; titles survive as extra of the schema alone. None of
them may be None: a form shows 'int or None' as a switch that nobody understands.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field


def _titled(title: str, **bounds: Any) -> Any:
    return Field(json_schema_extra={"title": title}, **bounds)


ProjectFolder = Annotated[str, _titled("Project folder", min_length=1)]
SourceNames = Annotated[list[str], _titled("Sources")]
Questions = Annotated[int, _titled("Questions that wait", ge=0, le=100_000)]
FineTuneWhen = Literal["no", "where due", "now"]
FineTune = Annotated[FineTuneWhen, _titled("Fine-tune the encoder")]
Again = Annotated[bool, _titled("Train again")]

StrategyName = Literal[
    "as in the project",
    "random",
    "least_confidence",
    "margin",
    "entropy",
    "committee",
    "cluster_margin",
    "typiclust",
    "badge",
    "coreset",
]
"""The names are those of ``labelloop.learning.query_strategies``, kept so by a test."""
Strategy = Annotated[StrategyName, _titled("Query strategy")]
PROJECTS_OWN: StrategyName = "as in the project"
