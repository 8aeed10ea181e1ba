"""Extraction, encoding and scoring on a local Dask and a local Ray cluster: the same to the bit."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest

from labelloop.errors import WrongUse
from labelloop.loop import asking, generation
from labelloop.loop.answering import Desk
from labelloop.loop.workspace import open_workspace

SOURCES, ROWS = 3, 750
"""Three sources of short texts: 2,250 of them, more than one shard to encode."""

clusters = pytest.mark.parametrize(
    "runner", [pytest.param("dask", marks=pytest.mark.dask), pytest.param("ray", marks=pytest.mark.ray)]
)


def make(folder: Path) -> Path:
    """A project of three files of made-up texts, two labels."""
    folder.mkdir()
    toml = 'name = "clusters"\n[labels]\nsun = "the sun"\nwind = "the wind"\n[query]\nbatch_size = 20\n'
    for n in range(SOURCES):
        with (folder / f"s{n}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "text"))
            rows = range(n * ROWS, (n + 1) * ROWS)
            words = ("sun on the roof", "wind off the coast")
            writer.writerows((i, f"{words[i % 2]} number {i} of {i * 7919 % 1009}") for i in rows)
        toml += f'[[sources]]\nname = "s{n}"\nconnector = "files"\npath = "s{n}.csv"\nid = "id"\n'
    (folder / "labelloop.toml").write_text(toml, "utf-8")
    return folder


def fly(flow: str, project: Path, runner: str) -> str:
    """Run a flow in a process of its own; what it said."""
    from prefect.settings import PREFECT_API_URL

    environment = os.environ | {
        "PREFECT_API_URL": str(PREFECT_API_URL.value()),
        "LABELLOOP_TASK_RUNNER": runner,
        "LABELLOOP_TASK_RUNNER_WORKERS": "2",
    }
    ended = subprocess.run(
        [sys.executable, "-m", f"flows.{flow}", "--project", str(project)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def rows(project: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(project / "labelloop.duckdb")) as store:
        return list(store.execute(sql).fetchall())


VECTORS = "SELECT content_hash, encoder_id, vector FROM embeddings ORDER BY 1, 2"
PREDICTIONS = "SELECT * EXCLUDE (document_id), document_id FROM predictions ORDER BY document_id"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A project read, encoded, answered, trained and predicted in this process, by threads."""
    from flows.data_extraction import data_extraction
    from flows.labels_generation import labels_generation
    from flows.model_training import model_training

    project = make(tmp_path / "threads")
    workspace = open_workspace(project)
    data_extraction(str(project))
    labels_generation(str(project))
    asking.ask(workspace, manual=True)
    desk = Desk(workspace, "ada")
    while (item := desk.next()) is not None:
        desk.label(
            item, "sun" if item.text.startswith("sun") else "wind", 1.0, verdict_id=f"v{item.item_id}"
        )
    assert model_training(str(project)).promoted
    labels_generation(str(project))
    return project


@clusters
@pytest.mark.encoder
@pytest.mark.timeout(900)
def test_a_cluster_gives_the_same_to_the_bit(trained: Path, runner: str, tmp_path: Path) -> None:
    assert find_spec(f"prefect_{runner}"), f"the extra {runner} is not installed: make test-clusters"
    read = make(tmp_path / "read")
    fly("data_extraction", read, runner)
    found = rows(read, "SELECT source, count(*) FROM documents GROUP BY 1 ORDER BY 1")
    assert found == [(f"s{n}", ROWS) for n in range(SOURCES)]

    copy = tmp_path / runner
    shutil.copytree(trained, copy)
    shutil.rmtree(copy / ".labelloop" / "vectors")
    for table in ("embeddings", "predictions", "prediction_state"):
        rows(copy, f"DELETE FROM {table}")  # noqa: S608  (names from above)
    said = fly("labels_generation", copy, runner)
    assert "m0001" in said
    vectors = rows(copy, VECTORS)
    assert len(vectors) > 2048
    assert vectors == rows(trained, VECTORS)
    predictions = rows(copy, PREDICTIONS)
    assert len(predictions) == len(rows(trained, PREDICTIONS)) > 2048
    assert predictions == rows(trained, PREDICTIONS)
    assert not list((copy / ".labelloop" / "scoring").glob("*/*"))


def test_a_runner_nobody_knows_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.runners import task_runner

    monkeypatch.setenv("LABELLOOP_TASK_RUNNER", "spark")
    with pytest.raises(
        WrongUse, match=r"^LABELLOOP_TASK_RUNNER='spark' is no task runner. Write threads"
    ):
        task_runner()
    monkeypatch.setenv("LABELLOOP_TASK_RUNNER", "dask")
    monkeypatch.setitem(sys.modules, "prefect_dask", None)
    with pytest.raises(
        WrongUse, match=r"needs prefect-dask. Install it: pip install 'labelloop\[dask\]'"
    ):
        task_runner()
    monkeypatch.setitem(sys.modules, "prefect_ray", None)
    monkeypatch.setenv("LABELLOOP_TASK_RUNNER", "ray")
    with pytest.raises(WrongUse, match="needs prefect-ray"):
        task_runner()


def test_threads_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from prefect.task_runners import ThreadPoolTaskRunner

    from tasks.runners import task_runner

    monkeypatch.delenv("LABELLOOP_TASK_RUNNER", raising=False)
    assert isinstance(task_runner(), ThreadPoolTaskRunner)


def test_a_number_of_workers_that_is_none_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("prefect_dask", reason="the extra 'dask' is not installed: make test-clusters")
    from tasks.runners import task_runner

    monkeypatch.setenv("LABELLOOP_TASK_RUNNER", "dask")
    monkeypatch.setenv("LABELLOOP_TASK_RUNNER_WORKERS", "many")
    with pytest.raises(WrongUse, match="'many' is no number of processes"):
        task_runner()


def test_nothing_is_encoded_twice_in_shards(example: Path) -> None:
    from tasks.extraction import extract

    extract.fn(str(example), "articles")
    workspace = open_workspace(example)
    shards = generation.shards_to_encode(workspace)
    assert [len(shard) for shard in shards] == [len({*shards[0]})]
    assert shards == generation.shards_to_encode(workspace)
