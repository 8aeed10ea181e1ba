"""Starts everything in order, shows health until all is ready, watches, stops everything in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from labelloop.errors import LabelloopError
from labelloop.up import children, first, health
from labelloop.up.children import Child
from labelloop.up.first_turn import FirstTurn
from labelloop.up.plan import Plan

Say = Callable[[str], None]

PATIENCE = 180.0
"""Seconds until a part must be ready: a fresh database takes Prefect 20 s, on a busy machine more."""
_LOOK = 0.2
_SECONDS_BETWEEN_LINES = 5.0
_STOPPING = {"flows": 30.0, "checking page": 20.0, "Prefect server": 15.0}
"""Seconds each gets to end by itself."""


def bring_up(plan: Plan, say: Say, *, turn: bool) -> None:
    """Run everything until Ctrl-C or SIGTERM; returns when all of it has ended.

    Raises:
        LabelloopError: A part did not start, or died.
    """
    running: list[Child] = []
    with _terminable(), _stopped_in_the_end(running, say):
        turn_id = _start(plan, running, say, turn=turn)
        _show(plan, say, turn=turn)
        first_turn = FirstTurn(plan, turn_id)
        while True:
            time.sleep(_LOOK)
            _all_alive(running)
            if line := first_turn.news():
                say(line)


def _start(plan: Plan, running: list[Child], say: Say, *, turn: bool) -> str | None:
    """All at once: the flows load their libraries while the server migrates its database.

    Returns the id of the first turn's run, None where none was wanted.
    """
    logs, began = plan.home / "logs", time.monotonic()
    ready = plan.home / "flows.ready"
    ready.unlink(missing_ok=True)
    checks: dict[str, Callable[[], bool]] = {}

    def launch(name: str, words: list[str], environment: dict[str, str]) -> None:
        log = logs / f"{name.replace(' ', '-').lower()}.log"
        folder = plan.folder
        running.append(children.start(name, words, folder=folder, log=log, environment=environment))

    if plan.server_port is not None:
        launch("Prefect server", plan.server_words(), plan.server_environment())
        checks["Prefect server"] = lambda: health.answers(f"{plan.api}/health")
    if plan.page:
        page = plan.page
        launch("checking page", plan.page_words(), plan.environment())
        checks["checking page"] = lambda: health.answers(page)
    launch("flows", plan.flows_words(turn=turn, ready=ready), plan.environment())
    checks["flows"] = ready.exists
    _until_ready(running, checks, began, say)
    return ready.read_text("utf-8").strip() or None


def _until_ready(
    running: list[Child], checks: dict[str, Callable[[], bool]], began: float, say: Say
) -> None:
    told = began
    waiting = dict(checks)
    while waiting:
        _all_alive(running)
        for name in [name for name, is_ready in waiting.items() if is_ready()]:
            del waiting[name]
            say(f"  {name:<15} ready after {time.monotonic() - began:.1f} s")
        now = time.monotonic()
        if now - began > PATIENCE:
            raise LabelloopError(
                f"{' and '.join(waiting)} not ready after {PATIENCE:.0f} seconds",
                remedy=f"The logs are in {running[0].log.parent}",
            )
        if waiting and now - told > _SECONDS_BETWEEN_LINES:
            told = now
            say(f"  waiting for {' and '.join(waiting)}, {now - began:.0f} s")
        time.sleep(_LOOK)


def _show(plan: Plan, say: Say, *, turn: bool) -> None:
    addresses = {"prefect": plan.ui, **({"page": plan.page} if plan.page else {})}
    first.tell(plan.home, addresses)
    say("")
    for line in describe(addresses):
        say(line)
    if turn:
        say("  A turn has been started; watch it there.")
    say("Ctrl-C stops all of it.")


def describe(addresses: dict[str, str]) -> Iterator[str]:
    """Lines with the addresses, for the first start and for whoever finds it running."""
    yield f"  Prefect         {addresses.get('prefect', 'is starting')}"
    if "page" in addresses:
        yield f"  checking page   {addresses['page']}"


def _all_alive(running: list[Child]) -> None:
    for child in running:
        if not child.alive:
            raise LabelloopError(
                f"the {child.name} ended by itself with status {child.process.returncode}",
                remedy=f"Its log, {child.log}, ends: {child.last_words()}",
            )


@contextmanager
def _stopped_in_the_end(running: list[Child], say: Say) -> Iterator[None]:
    """Flows first, the server last: runs can still say how they ended. Ctrl-C is a plain end."""
    try:
        yield
    except KeyboardInterrupt:
        say("\nStopping.")
    finally:
        order = list(_STOPPING)
        for child in sorted(running, key=lambda child: order.index(child.name)):
            _stop(child, say)


def _stop(child: Child, say: Say) -> None:
    try:
        child.stop(_STOPPING[child.name])
    except KeyboardInterrupt:  # a second Ctrl-C: no more patience
        child.stop(0)
    say(f"  {child.name} stopped")


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM, as containers and services send it, means the same as Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
