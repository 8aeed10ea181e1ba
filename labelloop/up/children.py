"""One process of ours: started, its log kept, stopped with all it started itself."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LINES_SHOWN = 8
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Child:
    """A running process.

    Attributes:
        name: What a person calls it.
        process: The leader of a process group of its own: the terminal's Ctrl-C reaches us alone,
            and we stop them in order.
        log: File with all that it said.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def last_words(self) -> str:
        """The end of its log, for the error that says it died."""
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-_LINES_SHOWN:])

    def stop(self, patience: float) -> None:
        """Ask it to end, wait, then kill whatever is left of its group."""
        if self.alive:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, which: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            # Its children get the signal from it, or, when it is gone, the last one from us.
            target = os.killpg if which == signal.SIGKILL else os.kill
            target(self.process.pid, which)


def start(
    name: str, words: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
) -> Child:
    """Start a process in a group of its own that dies with this one."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter, our own words)
            list(words),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
    return Child(name, process, log)


def _die_with_parent() -> None:
    """Linux: a kill -9 of the parent ends this process, too; a server left alone would hold its port."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
