"""From the example to a first accuracy, without reading anything: the real encoder, a real browser."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.encoder,
    pytest.mark.slow,
    pytest.mark.timeout(600),
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
    folder = local_example(tmp_path / "home-energy")
    subprocess.run([*COMMAND, "run", "--project", str(folder)], check=True)
    server = subprocess.Popen(
        [*COMMAND, "review", "--port", "0", "--project", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        address = re.search(r"http://\S+", server.stdout.readline())[0]
        work_through(chromium.new_page(), address)
    finally:
        server.terminate()
        server.wait()


def work_through(page: Any, address: str) -> None:
    with (EXAMPLE / "answers.csv").open(newline="") as file:
        known = {row["external_id"]: row["label"] for row in csv.DictReader(file)}
    names: dict[str, str] = {}
    page.on("response", lambda answer: _remember(answer, names))
    keys = {"solar": "1", "wind": "2", "heating": "3", "storage": "4"}
    page.goto(address)
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
    page.click("button:has-text('Train on the answers')")
    page.wait_for_selector("#training[data-state=running]")
    page.wait_for_selector("#training[data-state=done]", timeout=400_000)
    said = page.inner_text("#training")
    assert "is the champion now" in said
    assert re.search(r"Accuracy: \d+\.\d% \(\d+\.\d% to \d+\.\d%, 95 % interval from \d+ audit", said)
    assert re.search(r"\d+\.\d %", page.inner_text(".figures"))
    page.goto(address)
    page.wait_for_selector("#desk:not([hidden])")


def _remember(answer: Any, names: dict[str, str]) -> None:
    """Which document each question is about: the page itself does not say."""
    if answer.url.endswith("/api/verdicts") and answer.ok:
        for one in answer.json()["items"]:
            names[str(one["item_id"])] = one["external_id"]
