"""Where the flows run their tasks, as the environment says."""

from __future__ import annotations

import os
from typing import Literal, cast, get_args

from labelloop.errors import WrongUse

TaskRunnerName = Literal["threads", "dask", "ray"]


def task_runner_name() -> TaskRunnerName:
    """Where the flows run their tasks, as ``LABELLOOP_TASK_RUNNER`` says.

    Raises:
        WrongUse: It says something else.
    """
    said = os.environ.get("LABELLOOP_TASK_RUNNER") or "threads"
    for name in get_args(TaskRunnerName):
        if said == name:
            return cast(TaskRunnerName, name)
    raise WrongUse(
        f"LABELLOOP_TASK_RUNNER={said!r} is no task runner", remedy="Write threads, dask or ray"
    )
