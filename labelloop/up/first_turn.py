"""How the first turn is coming along, asked of the Prefect server now and then."""

from __future__ import annotations

import json
import time

from labelloop.up import health
from labelloop.up.plan import Plan

_SECONDS_BETWEEN_LOOKS = 2.0
_ENDED = {
    "COMPLETED": "is done",
    "FAILED": "failed",
    "CRASHED": "crashed",
    "CANCELLED": "was cancelled",
}


class FirstTurn:
    """Watches one run until it has ended.

    Args:
        plan: Where the server is.
        run_id: Id of the turn's run; None where none was started.
    """

    def __init__(self, plan: Plan, run_id: str | None) -> None:
        self._plan = plan
        self._run_id = run_id
        self._began = self._looked = time.monotonic()

    def news(self) -> str | None:
        """One line once it has ended; None before, and ever after."""
        now = time.monotonic()
        if self._run_id is None or now - self._looked < _SECONDS_BETWEEN_LOOKS:
            return None
        self._looked = now
        ended = _ENDED.get(self._state() or "")
        if ended is None:
            return None
        where = f"{self._plan.ui}/runs/flow-run/{self._run_id}"
        self._run_id = None
        return f"  The first turn {ended}, {now - self._began:.0f} s later. What it did: {where}"

    def _state(self) -> str | None:
        status, body = health.ask(f"{self._plan.api}/flow_runs/{self._run_id}", self._plan.auth)
        try:
            found = json.loads(body) if status == 200 else {}
        except ValueError:  # somebody between here and the server answers with a page
            return None
        return found.get("state_type") if isinstance(found, dict) else None
