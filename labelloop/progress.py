"""Progress on anything that may take more than two seconds.

On a terminal a bar; elsewhere a line in the log every ten seconds. Both tell the time left where the
end is known. It does not decide what is worth showing: the stage that works calls it.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

logger = logging.getLogger(__name__)

Advance = Callable[[int], None]
"""Called with the number of units done since the last call."""

_SECONDS_BETWEEN_LINES = 10.0
_SECONDS_OF_SILENCE = 2.0


Hears = Callable[[str, int], Advance]
"""Called with what begins and its total; what it returns takes the units done since the last call."""

_listener: ContextVar[Hears | None] = ContextVar("hears of progress", default=None)


@contextmanager
def heard_by(listener: Hears) -> Iterator[None]:
    """Inside, in this thread, a listener is told of all progress whose end is known."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def progress(what: str, total: int | None, unit: str = "documents") -> Iterator[Advance]:
    """Show how far ``what`` has come; the yielded function takes units just done."""
    listener = _listener.get()
    tell = listener(what, total) if listener and total else None
    with _shown(what, total, unit) as advance:
        yield _both(advance, tell) if tell else advance


def _both(one: Advance, other: Advance) -> Advance:
    def advance(done: int) -> None:
        one(done)
        other(done)

    return advance


@contextmanager
def _shown(what: str, total: int | None, unit: str) -> Iterator[Advance]:
    if total == 0:
        yield lambda _done: None
    elif sys.stderr.isatty():
        with _bar(what, total, unit) as advance:
            yield advance
    else:
        yield _lines(what, total, unit)


@contextmanager
def waiting(what: str) -> Iterator[Callable[[], None]]:
    """On a terminal, say what is under way once it has taken two seconds; one line, then silence.

    Where nothing can be counted, such as while a library loads. The yielded function ends the wait
    before the block does.
    """
    timer = threading.Timer(_SECONDS_OF_SILENCE, logger.info, ("%s…", what))
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield timer.cancel
    finally:
        timer.cancel()


@contextmanager
def _bar(what: str, total: int | None, unit: str) -> Iterator[Advance]:
    from tqdm import tqdm

    with (
        waiting(what) as begun,  # a bar shows itself at the first step only
        tqdm(total=total, desc=what, unit=f" {unit}", leave=False, delay=0.5) as bar,
    ):

        def advance(done: int) -> None:
            begun()
            bar.update(done)

        yield advance


def _lines(what: str, total: int | None, unit: str) -> Advance:
    started = last = time.monotonic()
    sum_done = at_last = 0

    def advance(done: int) -> None:
        nonlocal sum_done, last, at_last
        sum_done += done
        now = time.monotonic()
        if now - last >= _SECONDS_BETWEEN_LINES:
            of = f" of {total:,}" if total else ""
            # At the pace since the last line: what was resumed was done at once, long before.
            left = time_left(now - last, sum_done - at_last, (total or 0) - sum_done)
            logger.info("%s: %s%s %s, %.0f s%s", what, f"{sum_done:,}", of, unit, now - started, left)
            last, at_last = now, sum_done

    return advance


def time_left(seconds: float, done: int, to_do: int) -> str:
    """``, about 40 s left`` at the pace of so many done in so many seconds; empty where unknown."""
    if done <= 0 or to_do <= 0:
        return ""
    left = seconds * to_do / done
    return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"
