"""Spans of runs reach a collector where one is named, and carry no texts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as proto


@pytest.fixture
def collector() -> Iterator[Any]:
    """An OTLP collector that keeps what it is sent."""

    class Keeps(BaseHTTPRequestHandler):
        heard: list[tuple[str, bytes]] = []  # noqa: RUF012  (one server a test)

        def do_POST(self) -> None:
            self.heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    Keeps.heard = []
    listening = HTTPServer(("127.0.0.1", 0), Keeps)
    Keeps.url = f"http://127.0.0.1:{listening.server_port}"  # type: ignore[attr-defined]
    Thread(target=listening.serve_forever, daemon=True).start()
    yield Keeps
    listening.shutdown()
    listening.server_close()


def extract(project: Path, **more: str) -> subprocess.CompletedProcess[str]:
    from prefect.settings import PREFECT_API_URL

    environment = os.environ | {"PREFECT_API_URL": str(PREFECT_API_URL.value())} | more
    words = [sys.executable, "-m", "flows.data_extraction", "--project", str(project)]
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, timeout=200, check=True
    )


def test_spans_of_the_runs_reach_the_collector(example: Path, collector: Any) -> None:
    ended = extract(example, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert "opentelemetry" not in ended.stderr
    bodies = [body for path, body in collector.heard if path == "/v1/traces"]
    requests = [proto.ExportTraceServiceRequest.FromString(body) for body in bodies]
    of_resources = [resource for request in requests for resource in request.resource_spans]
    services = {
        one.value.string_value
        for resource in of_resources
        for one in resource.resource.attributes
        if one.key == "service.name"
    }
    assert services == {"labelloop"}
    spans = [span for one in of_resources for scope in one.scope_spans for span in scope.spans]
    names = {span.name for span in spans}
    assert {"extract articles", "read articles"} <= names
    assert len({span.trace_id for span in spans}) == 1  # the tasks hang under their flow run
    [reading] = [span for span in spans if span.name == "read articles"]
    assert {e.key: e.value.string_value for e in reading.attributes}["prefect.run.type"] == "task"

    import duckdb

    with duckdb.connect(str(example / "labelloop.duckdb"), read_only=True) as store:
        texts = [text for (text,) in store.execute("SELECT text FROM revisions").fetchall()]
    assert len(texts) == 206
    assert not [text for text in texts if any(text[:30].encode() in body for body in bodies)]


def test_a_collector_that_is_away_holds_nothing_up(example: Path) -> None:
    ended = extract(example, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert "outcome='ok'" in ended.stdout
    assert "127.0.0.1:9" not in ended.stderr
