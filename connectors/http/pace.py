"""How long to wait before the next request to a host."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from connectors.leave import ask_leave

_HOSTS_KEPT = 10_000


class Pace:
    """Spaces requests to the same host.

    Args:
        delay: Seconds between two requests to one host, unless the host asks for more.
        clock: Seconds that only go forward.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        delay: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._delay = delay
        self._clock = clock
        self._sleep = sleep
        self._next: OrderedDict[str, float] = OrderedDict()
        self._closed: OrderedDict[str, float] = OrderedDict()

    def wait(self, host: str, asked: float | None = None) -> None:
        """Sleep until the host may be asked again, and note that it is asked now.

        Args:
            asked: The delay that the host's robots.txt names, in seconds.
        """
        left = self._next.get(host, 0.0) - self._clock()
        if left > 0:
            self._sleep(left)
        ask_leave(host, max(self._delay, asked or 0.0))
        self._note(self._next, host, self._clock() + max(self._delay, asked or 0.0))

    def postpone(self, host: str, seconds: float) -> None:
        """The host asked for a pause: until then it is not asked at all."""
        self._note(self._closed, host, self._clock() + seconds)

    def pause(self, host: str) -> float:
        """Seconds left of the pause that the host asked for; 0 where there is none."""
        return max(0.0, self._closed.get(host, 0.0) - self._clock())

    def _note(self, table: OrderedDict[str, float], host: str, when: float) -> None:
        table[host] = when
        table.move_to_end(host)
        while len(table) > _HOSTS_KEPT:
            table.popitem(last=False)
