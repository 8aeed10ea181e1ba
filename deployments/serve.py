"""Serves every flow of one project from one process: ``python -m deployments.serve --project DIR``.

Registers the deployments with the server that ``PREFECT_API_URL`` names, runs them as they
fall due, and emits ``labelloop.verdicts.ready`` as people answer. Ctrl-C ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread, Timer

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilter
from prefect.client.schemas.objects import StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.states import Crashed

from deployments.catalogue import deployments
from deployments.watching import watch
from flows.local import check_named_server
from labelloop.cli.ending import ending
from labelloop.errors import LabelloopError, WrongUse
from labelloop.loop.workspace import Workspace, open_workspace
from tasks.extraction import ensure_limits

TURN = "flows.active_learning.active_learning"
RUNS_AT_A_TIME = 4
"""Processes at most: each loads the encoder, some 0.5 GB."""
_POLL_SECONDS = 2.0
_SECONDS_TO_END = 15.0
_PATIENCE = 150.0
"""Seconds to wait for a server that is starting."""


class _Runner(Runner):
    """A runner that ends its runs before itself; the original's handler awaits nothing."""

    def handle_sigterm(self, *_signal: object) -> None:
        """Cancel what runs, in the loop, then return from ``start``."""
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(lambda: loop.create_task(self.astop()))
        last_resort = Timer(_SECONDS_TO_END, _kill_group)
        last_resort.daemon = True
        last_resort.start()


def _kill_group() -> None:
    """Where the server is gone, too, nobody can be told; a run left alone would work on unseen."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)


async def serve(workspace: Workspace, *, turn: bool, ready: Path | None) -> None:
    """Register and serve until stopped.

    Args:
        workspace: The project.
        turn: Start a turn at once.
        ready: A file to write once everything is registered, with the id of the turn's run.
    """
    runner = _Runner(
        name=f"labelloop {workspace.project.settings.name}",
        limit=RUNS_AT_A_TIME,
        query_seconds=_POLL_SECONDS,
        pause_on_shutdown=True,  # what nobody can run shall not pile up as late runs
    )
    served = deployments(workspace)
    await _server_answers()
    await asyncio.to_thread(ensure_limits, workspace)
    ids = {d.entrypoint: await runner.aadd_deployment(d) for d in served}
    async with get_client() as client:
        await bury_leftovers(client, list(ids.values()))
        first = await client.create_flow_run_from_deployment(ids[_turn(served)]) if turn else None
    if ready:
        _say_ready(ready, str(first.id) if first else "")
    stop = Event()
    watching = Thread(target=watch, args=(workspace, stop), daemon=True)
    watching.start()
    try:
        await runner.start()
    finally:
        stop.set()


def _say_ready(file: Path, turn_id: str) -> None:
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(f"{turn_id}\n", "utf-8")
    part.replace(file)  # never there half written


async def _server_answers() -> None:
    """Wait for the server, which may be starting beside us, and see that it is of our version.

    Raises:
        LabelloopError: It does not come.
        WrongUse: It cannot be used.
    """
    deadline = time.monotonic() + _PATIENCE
    async with get_client() as client:
        while fault := await client.api_healthcheck():
            if time.monotonic() > deadline:
                raise LabelloopError(
                    f"the Prefect server {client.api_url} does not answer: {fault}",
                    remedy="Start it, or let PREFECT_API_URL name another",
                )
            await asyncio.sleep(0.5)
    while True:
        try:
            return await asyncio.to_thread(check_named_server)
        except WrongUse:
            raise
        except LabelloopError:  # it was there a moment ago: busy
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


def _turn(served: Sequence[RunnerDeployment]) -> str | None:
    return next(d.entrypoint for d in served if d.entrypoint == TURN)


async def bury_leftovers(client: PrefectClient, ids: Sequence[object]) -> None:
    """Runs of an earlier process that was killed still say 'running', and would hold their limit."""
    under_way = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    runs = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter.model_validate({"state": {"type": {"any_": under_way}}}),
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(ids))),
    )
    for run in runs:
        message = "Its process ended with an earlier start; the next run goes on from there."
        await client.set_flow_run_state(run.id, Crashed(message=message), force=True)


def main(words: Sequence[str] | None = None) -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--project", default=".", help="folder that holds labelloop.toml")
    parser.add_argument("--turn", action="store_true", help="start a turn at once")
    parser.add_argument("--ready", type=Path, help="file to write once all flows are registered")
    given = parser.parse_args(words)
    with ending():
        os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "labelloop")
        asyncio.run(serve(open_workspace(given.project), turn=given.turn, ready=given.ready))


if __name__ == "__main__":
    main()
