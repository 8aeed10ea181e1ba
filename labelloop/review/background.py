"""The learning half of a turn in a process of its own, watched from the page.

A process, since training holds the interpreter and loads a gigabyte: the page stays quick
and small, and a training that dies takes nobody's page with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Literal

from labelloop.errors import QueueError
from labelloop.loop.clock import now


@dataclass
class Run:
    """One training, or none yet.

    Attributes:
        state: ``none`` before the first since the page began.
        lines: What it said so far, newest last; the result is the last few.
        by: Who started it.
    """

    state: Literal["none", "running", "done", "failed"] = "none"
    by: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=40))
    result: list[str] = field(default_factory=list)


class Learner:
    """Starts one training at a time."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "labelloop.review.training_process", str(folder)]
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None
        self.run = Run()

    def start(self, by: str) -> Run:
        """Begin a training.

        Raises:
            QueueError: One is under way.
        """
        with self._lock:
            if self.run.state == "running":
                raise QueueError(
                    f"a training by {self.run.by!r} is under way", remedy="Wait for its end"
                )
            self.run = Run("running", by, now())
            self._process = subprocess.Popen(  # noqa: S603  (our own module)
                self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            Thread(target=self._watch, args=(self._process, self.run), daemon=True).start()
            return self.run

    def stop(self) -> None:
        """End a training under way, as when the page is closed; the next one goes on from there."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(timeout=20)

    def _watch(self, process: subprocess.Popen[str], run: Run) -> None:
        ended: Literal["done", "failed"] = "failed"
        with process:
            for line in process.stdout or ():
                said = json.loads(line)
                if "line" in said:
                    run.lines.append(said["line"])
                else:
                    ended, run.result = said["state"], said["result"]
        run.result = run.result or ["The training ended without a word; 'labelloop train' says more."]
        run.ended_at = now()
        run.state = ended
