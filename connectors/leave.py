"""Leave to ask a host, from whoever runs the connectors.

Each connector keeps its own pace. Where several readings ask the same host at once, in several
processes, one pace for all has to come from outside: whoever runs them gives leave, request by
request. Without such a giver there is nothing to wait for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

GivesLeave = Callable[[str, float], None]
"""Called with a host and the seconds its source keeps between requests; returns when it may be asked."""

_giver: ContextVar[GivesLeave | None] = ContextVar("gives leave to ask hosts", default=None)


def ask_leave(host: str, delay: float) -> None:
    """Wait until the host may be asked; connectors call this before each request."""
    giver = _giver.get()
    if giver is not None:
        giver(host, delay)


@contextmanager
def leave_given_by(giver: GivesLeave) -> Iterator[None]:
    """Inside, in this thread, every request waits for leave from ``giver``."""
    token = _giver.set(giver)
    try:
        yield
    finally:
        _giver.reset(token)
