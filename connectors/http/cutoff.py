"""Hangs up on servers that take too long in all, however busy they look.

A time-out of a socket starts anew with every byte, so a server that drips holds a reader for
ever. ``CutOff`` ends the connection from outside when the time is over, wherever its reader
waits. One thread watches all of them: a timer of its own for each fetch took 1.7 ms.
"""

from __future__ import annotations

import heapq
import math
import os
import socket
import threading
import time
from contextvars import ContextVar
from itertools import count
from types import TracebackType

_current: ContextVar[CutOff | None] = ContextVar("_current", default=None)
_numbers = count()


def watch(line: socket.socket) -> None:
    """Put a connection under the cut-off that is open in this thread, if one is."""
    cut_off = _current.get()
    if cut_off is not None:
        cut_off.attach(line)


class CutOff:
    """While open, hangs up all connections used in this thread once the time is over.

    Attributes:
        expired: True once it has done so: whatever was read is cut short.
        over: True once it is closed and need not be watched any more.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self.over = False
        self._seconds = seconds
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()

    def attach(self, line: socket.socket) -> None:
        """Watch a connection, through a descriptor of its own: TLS objects are left alone."""
        copy = socket.socket(fileno=os.dup(line.fileno()))
        with self._lock:
            self._lines.append(copy)
            expired = self.expired
        if expired:
            _shut(copy)

    def hang_up(self) -> None:
        """End all connections, now."""
        with self._lock:
            self.expired = self.expired or not self.over
            for line in self._lines:
                _shut(line)

    def __enter__(self) -> CutOff:
        self._token = _current.set(self)
        _watchdog.add(self, self._seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _current.reset(self._token)
        with self._lock:
            self.over = True
            for line in self._lines:
                line.close()
            self._lines.clear()
        _watchdog.tidy()


def _shut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was quicker


class _Watchdog:
    """One thread that sleeps until the earliest cut-off is due."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, CutOff]] = []
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, cut_off: CutOff, seconds: float) -> None:
        with self._condition:
            due = time.monotonic() + seconds
            heapq.heappush(self._due, (due, next(_numbers), cut_off))
            if self._thread is None or not self._thread.is_alive():  # the first, or after a fork
                self._thread = threading.Thread(target=self._run, name="cut-off", daemon=True)
                self._thread.start()
            elif due < self._wakes_at:
                self._condition.notify()

    def tidy(self) -> None:
        """Forget what is over and would be looked at first."""
        with self._condition:
            while self._due and self._due[0][2].over:
                heapq.heappop(self._due)

    def _run(self) -> None:
        with self._condition:
            while True:
                now = time.monotonic()
                while self._due and (self._due[0][0] <= now or self._due[0][2].over):
                    heapq.heappop(self._due)[2].hang_up()
                self._wakes_at = self._due[0][0] if self._due else math.inf
                self._condition.wait(self._wakes_at - now if self._due else None)


_watchdog = _Watchdog()
