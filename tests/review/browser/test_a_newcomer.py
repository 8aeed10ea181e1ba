"""From the example to a first accuracy, without reading anything: the real encoder, a real browser."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.encoder,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]

EXAMPLE = Path(__file__).parents[3] / "examples" / "home-energy"
COMMAND = [sys.executable, "-c", "from labelloop.cli import main; main()"]


def local_example(folder: Path) -> Path:
    """The example with the sources that need no network."""
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("*.duckdb*", "models", ".labelloop"))
    path = folder / "labelloop.toml"
    head, first, *others = re.split(r"(?m)^\[\[sources\]\]$", path.read_text())
    path.write_text(f"{head}[[sources]]{first}\n{others[-1][others[-1].index('[encoder]') :]}")
    return folder


def test_twenty_answers_then_train_then_the_first_accuracy(tmp_path: Path, chromium: Any) -> None:
    """What ``make run`` does, and what it prints, is all that the newcomer has."""
    folder = local_example(tmp_path / "home-energy")
    options = ["up", "--port", "0", "--page-port", "0", "--project", str(folder)]
    started = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(started.stdout.readline, "")
        printed = (re.search(r"checking page +(http://\S+)", line) for line in lines)
        work_through(chromium.new_page(), next(found[1] for found in printed if found))
    finally:
        started.terminate()
        started.communicate(timeout=120)


def work_through(page: Any, address: str) -> None:
    with (EXAMPLE / "answers.csv").open(newline="") as file:
        known = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    names: dict[str, str] = {}
    page.on("response", lambda answer: _remember(answer, names))
    keys = {"solar": "1", "wind": "2", "heating": "3", "storage": "4"}
    page.goto(address)  # the first turn is under way: the page says so, and the questions come
    page.wait_for_selector("#desk:not([hidden])", timeout=300_000)
    for _ in range(20):
        page.wait_for_selector("#desk:not([hidden])")
        item = page.evaluate("document.body.dataset.item")
        label = known.get(names[item])
        page.wait_for_timeout(150)
        page.keyboard.press(keys[label] if label else "s")
        page.wait_for_function(
            "item => document.body.dataset.item !== item || document.getElementById('desk').hidden",
            arg=item,
        )
    page.wait_for_selector("#empty:not([hidden])")
    page.click("text=Train on the answers")
    # The flow that trains by itself after so many answers may be at it, too: both are fine.
    page.wait_for_selector("#training[data-state=done]", timeout=400_000)
    accuracy = re.compile(r"\d+\.\d % \d+\.\d % to \d+\.\d %, from \d+ audit answers?")
    assert accuracy.search(" ".join(page.inner_text(".figures").split()))
    said = page.inner_text("#training")
    assert re.search(r"Accuracy: \d+\.\d% \(\d+\.\d% to \d+\.\d%, 95 % interval from \d+ audit", said)
    page.goto(address)
    page.wait_for_selector("#desk:not([hidden])", timeout=60_000)  # the next questions


def _remember(answer: Any, names: dict[str, str]) -> None:
    """Which document each question is about: the page itself does not say."""
    from playwright.sync_api import Error

    if answer.url.endswith("/api/verdicts") and answer.ok:
        with suppress(Error):  # the page was left before it came
            for one in answer.json()["items"]:
                names[str(one["item_id"])] = one["external_id"]
