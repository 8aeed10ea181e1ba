"""The page as a process of its own, and tabs of people at it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


class Server:
    """The checking page as a process of its own, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.start()

    def start(self) -> None:
        command = "from labelloop.cli import main; main()"
        options = ["review", "--port", str(self.port), "--project", str(self.folder)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", command, *options], stdout=subprocess.PIPE, text=True
        )
        said = self.process.stdout.readline()
        self.address = re.search(r"http://\S+", said)[0]
        self.port = int(self.address.rsplit(":", 1)[1].strip("/"))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server(made: Any) -> Iterator[Callable[[], Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(made.workspace.project.folder))
        return started[0]

    yield start
    for one in started:
        one.kill()


class Tab:
    """One tab of a person, with what went wrong in it."""

    def __init__(self, browser: Any, address: str, **context: Any) -> None:
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.address = address
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console", lambda line: self.faults.append(line.text) if line.type == "error" else None
        )

    def open(self, path: str = "") -> Any:
        self.page.goto(self.address + path)
        return self.page

    def begin(self) -> Any:
        self.open()
        self.page.wait_for_selector("#desk:not([hidden])")
        return self.page

    def item(self) -> str:
        return str(self.page.evaluate("document.body.dataset.item"))

    def press(self, key: str) -> None:
        """A key as a person presses it: after the question has been seen."""
        self.page.wait_for_selector("#desk:not([hidden])")
        before = self.item()
        self.page.wait_for_timeout(120)
        self.page.keyboard.press(key)
        self.page.wait_for_function(
            "before => document.body.dataset.item !== before || document.getElementById('desk').hidden",
            arg=before,
        )

    def settled(self) -> None:
        """Wait until every answer has been sent."""
        self.page.wait_for_function(
            "() => !Object.keys(localStorage).some((key) => /^labelloop:.*:[0-9a-f]{32}$/.test(key))"
        )

    def log_in(self, name: str) -> None:
        self.open("login")
        self.page.fill("#name", name)
        self.page.fill("#password", "correct horse")
        self.page.click("button.primary")
        self.page.wait_for_selector("#desk:not([hidden]), #empty:not([hidden])")


@pytest.fixture
def tab(chromium: Any) -> Iterator[Callable[..., Tab]]:
    opened: list[Tab] = []

    def new(address: str, **context: Any) -> Tab:
        opened.append(Tab(chromium, address, **context))
        return opened[-1]

    yield new
    for one in opened:
        one.context.close()
