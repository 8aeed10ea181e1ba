"""Rare heavy work beside the page, in one process that ends when it has had nothing to do for a while.

Statistics, plots and tables of everything want numpy, scipy, pyarrow and matplotlib: 150 MB that no
process gives back once it has loaded them, and seconds in which the interpreter answers nobody else.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock
from typing import Any, Concatenate, ParamSpec, TypeVar

from labelloop.errors import LabelloopError
from labelloop.loop.workspace import Workspace, open_workspace

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Workspace, P], T]

IDLE_SECONDS = 30.0
"""A dashboard and its plots come at once; then nobody may look for hours."""

logger = logging.getLogger(__name__)


class Aside:
    """Does one work at a time; begins with the first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    def run(self, folder: Path, work: Work[P, T], *args: P.args, **given: P.kwargs) -> T:
        """What ``work`` makes of the project in ``folder``.

        Args:
            folder: The project's.
            work: A function of a module, which is imported there.
            args: Its further arguments; they and the result are copied.
            given: The same, by name.

        Raises:
            LabelloopError: What the work raised, or that it ended its process.
        """
        with self._lock:
            done, said = self._asked((folder, work, args, given))
        if not done:
            raise said
        result: T = said
        return result

    def stop(self) -> None:
        """End it, with the page; the next work begins anew."""
        if self._process is not None:
            self._process.terminate()
            self._process.join()

    def _asked(self, wish: Any) -> Any:
        line = self._ready()
        try:
            if not self._taken(line, wish):  # it had gone idle, or was killed
                self._line = None
                line = self._ready()
                self._taken(line, wish)
            return line.recv()
        except (EOFError, OSError):
            self._line = None
            raise LabelloopError(
                "the process that makes statistics and plots ended in the middle",
                remedy="Try again; where memory is short, 'labelloop status' needs less",
            ) from None

    @staticmethod
    def _taken(line: Connection, wish: Any) -> bool:
        """Whether the other side has got it; work that it began is never begun twice."""
        try:
            line.send(wish)
            return bool(line.recv())
        except (EOFError, OSError):
            return False

    def _ready(self) -> Connection:
        if self._line is not None and self._process is not None and self._process.is_alive():
            return self._line
        context = get_context("spawn")  # a fork would inherit the page's threads half-way
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, IDLE_SECONDS), daemon=True)
        self._process.start()
        theirs.close()  # so that either end notices that the other is gone
        return self._line


def _serve(line: Connection, idle_seconds: float) -> None:
    """Do what is wished until nothing is for so long, or the page is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the page, which ends this one
    try:
        while line.poll(idle_seconds):
            folder, work, args, given = line.recv()
            line.send(True)
            line.send(_outcome(folder, work, args, given))
    except (EOFError, OSError):
        return


def _outcome(folder: Path, work: Any, args: Any, given: Any) -> tuple[bool, Any]:
    """Whether it was done, and the result or what was raised."""
    try:
        return True, work(open_workspace(folder), *args, **given)
    except LabelloopError as error:
        return False, error
    except Exception as error:
        logger.exception("beside the page")  # the traceback stays on this side
        return False, RuntimeError(f"{type(error).__name__}: {error}")
