"""How far long work has come, as a progress artifact of the run in the Prefect UI."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from labelloop.loop.workspace import Workspace
from labelloop.progress import Advance, heard_by, time_left
from tasks.naming import project_slug, slug

_SECONDS_UNTIL_SHOWN = 2.0
"""What is over sooner is not worth two requests to the server."""
_SECONDS_BETWEEN = 5.0


class _Shown:
    """One progress artifact: made late, updated seldom, full at the end."""

    def __init__(self, key: str, what: str, total: int) -> None:
        self._key, self._what, self._total = key, what, total
        self._done = self._told = 0
        self._looked = time.monotonic()
        self._due = self._looked + _SECONDS_UNTIL_SHOWN
        self._id: UUID | None = None

    def advance(self, done: int) -> None:
        self._done += done
        now = time.monotonic()
        if now >= self._due:
            # At the pace since it was last told: what was resumed was done at once, long before.
            left = time_left(now - self._looked, self._done - self._told, self._total - self._done)
            self._due, self._looked, self._told = now + _SECONDS_BETWEEN, now, self._done
            self._tell(left)

    def end(self) -> None:
        """What was shown ends at what was done."""
        if self._id is not None:
            self._tell("")

    def _tell(self, left: str) -> None:
        # Prefect's progress has no field for the time left; its description shows beside the bar.
        description = f"{self._what}: {self._done:,} of {self._total:,}{left}"
        percent = min(100.0, 100.0 * self._done / self._total)
        if self._id is not None:
            update_progress_artifact(self._id, progress=percent, description=description)
            return
        made = create_progress_artifact(percent, key=self._key, description=description)
        self._id = made if isinstance(made, UUID) else None


@contextmanager
def shown_in_prefect(workspace: Workspace) -> Iterator[None]:
    """Work done inside, in this thread, shows how far it has come where it takes more than seconds."""
    begun: list[_Shown] = []

    def listener(what: str, total: int) -> Advance:
        begun.append(_Shown(f"{project_slug(workspace)}-{slug(what.lower())}", what, total))
        return begun[-1].advance

    with heard_by(listener):
        yield
    for shown in begun:
        shown.end()
