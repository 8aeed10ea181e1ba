"""Where tasks run: threads of this process, or the processes of a Dask or Ray cluster.

``LABELLOOP_TASK_RUNNER=threads|dask|ray`` chooses. Without ``LABELLOOP_TASK_RUNNER_ADDRESS`` a
cluster of this machine is started for each flow run that has work for it (Dask some 7 s, Ray 20 s),
with as many processes as ``LABELLOOP_TASK_RUNNER_WORKERS`` says, else as there are cores. Workers
elsewhere need the project's folder under the same path, and a store on PostgreSQL or a file
system that keeps file locks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import Task

from labelloop.errors import MissingExtra, WrongUse
from labelloop.task_runner import task_runner_name

ADDRESS_VARIABLE = "LABELLOOP_TASK_RUNNER_ADDRESS"
WORKERS_VARIABLE = "LABELLOOP_TASK_RUNNER_WORKERS"


def task_runner() -> TaskRunner[Any]:
    """The task runner that the environment asks for.

    Raises:
        WrongUse: A name nobody knows.
        MissingExtra: Its package is not installed.
    """
    name = task_runner_name()
    if name == "dask":
        return _dask(os.environ.get(ADDRESS_VARIABLE))
    if name == "ray":
        return _ray(os.environ.get(ADDRESS_VARIABLE))
    return ThreadPoolTaskRunner()


def in_one_process() -> bool:
    """Whether tasks run in this process: it loads the encoder once and keeps all cores busy."""
    return task_runner_name() == "threads"


def spread(task: Task[..., Any], project: str, shards: Sequence[Any]) -> list[Any]:
    """Run a task on each shard: side by side on a cluster, one after the other in one process."""
    if in_one_process():
        return [task(project, shard) for shard in shards]
    futures = [task.submit(project, shard) for shard in shards]
    return [future.result() for future in futures]


def _dask(address: str | None) -> TaskRunner[Any]:
    try:
        from prefect_dask import DaskTaskRunner
    except ImportError:
        raise _missing("prefect-dask", "dask") from None
    if address:
        return DaskTaskRunner(address=address)
    # One thread each: an encoder keeps a core busy. No dashboard: its port may be taken.
    alone = {"n_workers": _workers(), "threads_per_worker": 1, "dashboard_address": None}
    return DaskTaskRunner(cluster_kwargs=alone)


def _ray(address: str | None) -> TaskRunner[Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would call home
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # a line of chatter a task
    try:
        from prefect_ray import RayTaskRunner
    except ImportError:
        raise _missing("prefect-ray", "ray") from None
    if address:
        return RayTaskRunner(address=address)
    alone = {"num_cpus": _workers(), "include_dashboard": False, "log_to_driver": False}
    return RayTaskRunner(init_kwargs=alone)


def _workers() -> int:
    said = os.environ.get(WORKERS_VARIABLE) or str(os.cpu_count() or 1)
    if not said.isdecimal() or not int(said):
        raise WrongUse(
            f"{WORKERS_VARIABLE}={said!r} is no number of processes", remedy="Write 1 or more"
        )
    return int(said)


def _missing(package: str, extra: str) -> MissingExtra:
    return MissingExtra(
        f"LABELLOOP_TASK_RUNNER={extra} needs {package}",
        remedy=f"Install it: pip install 'labelloop[{extra}]'",
    )
