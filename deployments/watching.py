"""Looks at the store while people answer, and says once when there is enough to train on.

The page and the command line know nothing of Prefect; their answers are rows in the store.
``labelloop up`` and ``deployments.serve`` do this in a thread; beside a worker it runs alone:
``python -m deployments.watching --project DIR``.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from threading import Event

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowFilter, FlowRunFilter
from prefect.client.schemas.objects import StateType

from labelloop.cli.ending import ending
from labelloop.errors import LabelloopError
from labelloop.loop import signals
from labelloop.loop.signals import Waiting
from labelloop.loop.workspace import Workspace, open_workspace
from tasks.events import emit_once, want_questions
from tasks.naming import project_slug

logger = logging.getLogger("labelloop.watching")

SECONDS_BETWEEN_LOOKS = 5.0

_UNDER_WAY = [StateType.RUNNING, StateType.PENDING]


def watch(workspace: Workspace, stop: Event) -> None:
    """Look every few seconds until told to stop; a fault is named and the next look tries again."""
    seen = -1
    while not stop.wait(SECONDS_BETWEEN_LOOKS):
        try:
            seen = look(workspace, seen)
        except LabelloopError as error:
            logger.warning("%s", error)
        except Exception:  # the server may be restarting; without this thread nothing would train
            logger.warning("cannot look for new answers now", exc_info=True)


def look(workspace: Workspace, seen: int) -> int:
    """Emit what is due. Returns the number of verdicts acted on, to be given at the next look.

    Args:
        workspace: The project.
        seen: What the last look returned; where nothing came in since, all else is left alone.
    """
    given = signals.verdicts_given(workspace)
    if given in {seen, 0} or _turn_under_way(workspace):
        return seen
    found = signals.waiting(workspace)
    after = workspace.project.settings.training.after_verdicts
    if found.new_answers >= after:
        # Once per crossing: told again only when as many answers more have gone untrained.
        about = f"{found.trained_on}-{found.new_answers // after}"
        emit_once(workspace, "verdicts.ready", about, {"new_answers": found.new_answers})
    elif _ran_dry(found):
        want_questions(workspace, once_about=str(found.verdicts))
    return given


def _ran_dry(found: Waiting) -> bool:
    """All is answered before there is enough to train on: without more questions nothing would move."""
    return not found.open_questions and found.pool > 0


def _turn_under_way(workspace: Workspace) -> bool:
    """A turn learns from what is there and asks anew by itself."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(
            flow_filter=FlowFilter.model_validate({"name": {"any_": ["Active Learning"]}}),
            deployment_filter=DeploymentFilter.model_validate(
                {"name": {"any_": [project_slug(workspace)]}}
            ),
            flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": _UNDER_WAY}}}),
            limit=1,
        )
    return bool(runs)


def main(words: Sequence[str] | None = None) -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.watching",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--project", default=".", help="folder that holds labelloop.toml")
    given = parser.parse_args(words)
    with ending():
        watch(open_workspace(given.project), Event())


if __name__ == "__main__":
    main()
