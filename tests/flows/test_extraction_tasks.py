"""Reading sources as tasks: tries, time limits, keys."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from labelloop.errors import SourceError, SourceRefused, SourceUnavailable
from labelloop.loop.status import project_status
from labelloop.loop.workspace import open_workspace
from labelloop.records import Batch, FetchedDocument


class Faulty:
    """A source that breaks as often as told, after its first batch."""

    def __init__(self, faults: list[Exception]) -> None:
        self.faults = faults
        self.began_at: list[Mapping[str, Any] | None] = []

    def hosts(self) -> Mapping[str, float]:
        return {}

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        self.began_at.append(cursor)
        at = cursor["at"] if cursor else 0
        yield Batch(
            (FetchedDocument(f"d{at}", f"A text about panels, number {at}, long enough"),),
            {"at": at + 1},
        )
        if self.faults:
            raise self.faults.pop(0)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Any:
    from tasks import extraction

    def made(*faults: Exception) -> Faulty:
        source = Faulty(list(faults))
        monkeypatch.setattr(extraction, "build", lambda *_a, **_k: source)
        monkeypatch.setattr(extraction._read, "retry_delay_seconds", [0, 0])
        return source

    return made


def test_a_passing_fault_is_tried_again_from_the_cursor(example: Path, faulty: Any) -> None:
    from flows.data_extraction import data_extraction

    source = faulty(SourceUnavailable("busy", retry_after=0.01), SourceUnavailable("busy"))
    [run] = data_extraction(str(example))
    assert run.outcome == "ok"
    assert run.counts["new"] == 3
    assert source.began_at == [None, {"at": 1}, {"at": 2}]


def test_a_rest_that_the_source_names_is_a_delay_that_prefect_shows(example: Path, faulty: Any) -> None:
    """Not a sleep inside the condition: the run says 'AwaitingRetry', and until when."""
    from prefect.client.orchestration import get_client

    from flows.data_extraction import data_extraction

    faulty(SourceUnavailable("busy", retry_after=1.5))
    [run] = data_extraction(str(example))
    assert run.outcome == "ok"
    with get_client(sync_client=True) as client:
        reading = [r for r in client.read_task_runs() if r.name == "read articles"]
        newest = max(reading, key=lambda r: r.expected_start_time)
        states = client.read_task_run_states(newest.id)
    [waits] = [state for state in states if state.name == "AwaitingRetry"]
    rest = waits.state_details.scheduled_time - waits.timestamp
    assert 1.4 <= rest.total_seconds() <= 1.9


@pytest.mark.parametrize(
    "fault", [SourceRefused("no"), SourceError("broken"), SourceUnavailable("rest", retry_after=500)]
)
def test_lasting_faults_are_not_tried_again(example: Path, faulty: Any, fault: Exception) -> None:
    from flows.data_extraction import data_extraction

    source = faulty(fault)
    [run] = data_extraction(str(example))
    assert run.outcome == "partial"
    assert len(source.began_at) == 1


def test_a_source_without_end_is_left_between_batches(example: Path) -> None:
    from tasks.time_limit import TimeLimited

    class Endless:
        def batches(self, _cursor: Any) -> Iterator[Batch]:
            while True:
                yield Batch((), {})

    kept = 0
    with pytest.raises(SourceError, match="'wiki' was read for 0 seconds"):
        for _batch in TimeLimited(Endless(), "wiki", 0.0).batches(None):
            kept += 1
    assert kept == 1


def test_no_warning_about_time_outs_in_worker_threads(
    example: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from flows.data_extraction import data_extraction

    with caplog.at_level(logging.WARNING):
        data_extraction(str(example))
    assert "worker thread" not in caplog.text


def test_keys_come_from_secret_blocks_and_show_nowhere(
    example: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import json
    import os

    from prefect.blocks.system import Secret
    from prefect.client.orchestration import get_client

    from flows.data_extraction import data_extraction

    key = "sk-9f1c2d-not-to-be-seen"
    monkeypatch.delenv("LABELLOOP_SERPER_KEY", raising=False)
    monkeypatch.setenv("LABELLOOP_BRAVE_KEY", "already here")
    Secret(value=key).save("labelloop-serper-key", overwrite=True)
    Secret(value="other").save("labelloop-brave-key", overwrite=True)
    Secret(value="unrelated").save("somebody-elses", overwrite=True)
    with caplog.at_level(logging.DEBUG):
        data_extraction(str(example))
    assert os.environ["LABELLOOP_SERPER_KEY"] == os.environ["SERPER_KEY"] == key
    assert os.environ["LABELLOOP_BRAVE_KEY"] == "already here"
    assert "SOMEBODY_ELSES" not in os.environ
    for name in ("LABELLOOP_SERPER_KEY", "SERPER_KEY", "BRAVE_KEY"):
        monkeypatch.setenv(name, "")
    with get_client(sync_client=True) as client:
        seen = [run.model_dump_json() for run in client.read_flow_runs()]
        seen += [a.model_dump_json() for a in client.read_artifacts()]
        seen += [run.model_dump_json() for run in client.read_task_runs()]
        seen += [log.message for log in client.read_logs()]
    assert len(seen) > 5
    assert key not in json.dumps(seen)
    assert key not in caplog.text
    assert key.encode() not in (example / "labelloop.duckdb").read_bytes()


def test_a_source_name_nobody_knows_ends_the_run(example: Path) -> None:
    from flows.data_extraction import data_extraction
    from labelloop.errors import UnknownName

    with pytest.raises(UnknownName, match="no source 'nowhere'"):
        data_extraction(str(example), ["nowhere"])
    assert project_status(open_workspace(example))["documents"] == 0
