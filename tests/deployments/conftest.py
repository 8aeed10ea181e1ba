"""Tests that start everything as processes run only where asked for: ``pytest -m e2e``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parents[2] / "examples" / "home-energy"
PATIENCE = 240.0
# Whoever runs the tests in the background ignores Ctrl-C, and children inherit that.
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
LABELLOOP = [sys.executable, "-c", f"{HEEDING}; from labelloop.cli import main; main()"]


@pytest.fixture
def example(tmp_path: Path, home_energy: Any) -> Path:
    """The example project's own documents, fifty questions a turn, training after fifty answers."""
    path = home_energy.offline_example(tmp_path) / "labelloop.toml"
    written = path.read_text("utf-8").replace("batch_size = 20 ", "batch_size = 50 ")
    path.write_text(written.replace("after_verdicts = 15 ", "after_verdicts = 50 "), "utf-8")
    return tmp_path


@dataclass
class Up:
    """A running ``labelloop up``."""

    process: subprocess.Popen[str]
    folder: Path
    output: Path

    @property
    def told(self) -> dict[str, Any]:
        """What it wrote down for others; empty until all is ready."""
        state = self.folder / ".labelloop" / "up.json"
        found: dict[str, Any] = json.loads(state.read_text("utf-8")) if state.exists() else {}
        return found

    def api(self, path: str, body: object = None, *, auth: str | None = None) -> Any:
        """One call of Prefect's API."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.told["prefect"] + "/api" + path, data=data)
        request.add_header("Content-Type", "application/json")
        if auth:
            request.add_header("Authorization", auth)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def runs(self, flow: str, state: str = "COMPLETED") -> list[dict[str, Any]]:
        """Runs of a flow on its own (not as part of a turn) in that state."""
        wanted = {
            "flows": {"name": {"any_": [flow]}},
            "flow_runs": {"state": {"type": {"any_": [state]}}},
        }
        return [run for run in self.api("/flow_runs/filter", wanted) if run["deployment_id"]]

    def children(self) -> list[int]:
        """Its processes, and theirs."""
        found, todo = [], [self.process.pid]
        while todo:
            parent = todo.pop()
            listed = subprocess.run(
                ["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False
            )
            born = [int(pid) for pid in listed.stdout.split()]
            found += born
            todo += born
        return found

    def wait(self, what: Callable[[], Any], why: str, patience: float = PATIENCE) -> Any:
        """Poll until ``what`` is true; fails with everything that was said."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.everything()
            if found := what():
                return found
            time.sleep(0.5)
        raise AssertionError(f"{why}\n{self.everything()}")

    def everything(self) -> str:
        """Output and logs."""
        logs = sorted((self.folder / ".labelloop" / "logs").glob("*.log"))
        return "\n".join(
            f"== {path.name}\n" + "\n".join(path.read_text("utf-8").splitlines()[-40:])
            for path in [self.output, *logs]
        )

    def stop(self, which: signal.Signals = signal.SIGINT) -> int:
        """End it and wait."""
        self.process.send_signal(which)
        return self.process.wait(90)


Start = Callable[..., Up]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts ``labelloop up`` and waits until it says it is ready; kills what is left in the end."""
    begun: list[Up] = []

    def starting(folder: Path, *words: str) -> Up:
        output = tmp_path / f"up-{len(begun)}.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT")}
        with output.open("w") as out:
            process = subprocess.Popen(
                [*LABELLOOP, "up", "--project", str(folder), "--port", "0", "--page-port", "0", *words],
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                env=environment | {"PYTHONUNBUFFERED": "1"},
            )
        up = Up(process, folder, output)
        begun.append(up)
        up.wait(lambda: up.told.get("pid") == process.pid, "not ready")
        return up

    yield starting
    for up in begun:
        left = up.children()
        if up.process.poll() is None:
            up.process.kill()
            up.process.wait()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
