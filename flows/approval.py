"""A person's word before a model becomes the champion: a form in the Prefect UI.

The run is suspended: its process ends, and nothing is held while the person thinks. Sent off,
the form starts the run anew; it finds its answer under the model it was asked about.
"""

from __future__ import annotations

from prefect import runtime
from prefect.context import FlowRunContext
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field

LONGEST_THOUGHT = 14 * 24 * 3600
"""Seconds until an unanswered question is given up; the model stays a candidate."""


class Approval(RunInput):
    """May this model become the champion?"""

    # A switch: the dropdowns of Prefect's own dialogue do not open.
    promote: bool = Field(
        default=False,
        title="Promote",
        description="On: it becomes the champion. Off: it stays a candidate for good.",
    )
    because: str = Field(
        default="",
        max_length=500,
        title="Because",
        description="Kept with the model, for later readers.",
    )


def can_ask() -> bool:
    """Whether this run can be suspended: it was deployed, and is no part of a turn."""
    return bool(runtime.deployment.id) and not runtime.flow_run.parent_flow_run_id


def resumed() -> bool:
    """Whether this run was suspended before and has been taken up again."""
    context = FlowRunContext.get()
    if not can_ask() or context is None or context.flow_run is None:
        return False
    # Not run_count: a resumed run counts from one again.
    return bool(context.flow_run.empirical_policy.pause_keys)


def ask(model_id: str, said: str) -> Approval:
    """The person's answer about this model; the first time round, it ends the process here."""
    form = Approval.with_initial_data(description=f"**{model_id}** {said}.")
    return suspend_flow_run(wait_for_input=form, timeout=LONGEST_THOUGHT, key=model_id)
