"""The parts of ``labelloop up``, one by one, without Prefect."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

import pytest

from labelloop.errors import LabelloopError, WrongUse
from labelloop.up import children, first, health, plan, ports, secret


def test_a_taken_port_is_named_with_its_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(WrongUse) as error:
            ports.require_free("127.0.0.1", port, "Prefect server", "--port")
    said = str(error.value)
    assert f"port {port} for the Prefect server is taken" in said
    assert f"--port {port + 1}" in said
    if sys.platform == "linux":
        assert f"by process {os.getpid()} (" in said


def test_a_port_is_kept_for_the_start_that_found_it_free() -> None:
    port = ports.require_free("127.0.0.1", 0, "Prefect server", "--port")
    code = f"from labelloop.up import ports\nwith ports.reserved({port}): pass"
    with ports.reserved(port):  # the server has not come so far as to take it
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert f"port {port} is wanted by another 'labelloop up'" in other.stderr
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_folder_for_ports_that_is_somebody_elses_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports.tempfile, "gettempdir", lambda: str(tmp_path))
    (tmp_path / "theirs").mkdir()
    (tmp_path / f"labelloop-{os.getuid()}").symlink_to(tmp_path / "theirs")
    with pytest.raises(WrongUse, match="belongs to somebody else"), ports.reserved(1):
        pass
    assert not list((tmp_path / "theirs").iterdir())


def test_port_nought_is_any_free_one() -> None:
    port = ports.require_free("127.0.0.1", 0, "checking page", "--page-port")
    assert port > 1023
    assert ports.require_free("127.0.0.1", port, "checking page", "--page-port") == port


def test_the_password_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = secret.auth_string(tmp_path / "home")
    assert secret.auth_string(tmp_path / "home") == made
    assert secret.auth_string(tmp_path / "other") != made
    path = secret.password_file(tmp_path / "home")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    secret.auth_string(tmp_path / "home")
    assert path.stat().st_mode & 0o777 == 0o600


def test_only_one_at_a_time_even_after_a_kill(tmp_path: Path) -> None:
    with first.the_only_one(tmp_path) as alone:
        assert alone
        first.tell(tmp_path, {"prefect": "http://127.0.0.1:1"})
        with first.the_only_one(tmp_path) as second:
            assert not second
        assert first.told(tmp_path)["prefect"] == "http://127.0.0.1:1"
    assert first.told(tmp_path) == {}

    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path,))
    holder.start()
    while not (tmp_path / "held").exists():
        time.sleep(0.02)
    with first.the_only_one(tmp_path) as alone:
        assert not alone
    first.tell(tmp_path, {"prefect": "of the one that is killed"})
    holder.kill()
    holder.join()
    with first.the_only_one(tmp_path) as alone:
        assert alone
        assert first.told(tmp_path) == {}


def _hold(home: Path) -> None:
    with first.the_only_one(home):
        (home / "held").touch()
        time.sleep(60)


def test_a_child_that_will_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = (
        "import signal, subprocess, sys, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(inner.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "logs" / "stubborn.log"
    child = children.start(
        "stubborn", [sys.executable, "-c", stubborn], folder=tmp_path, log=log, environment=os.environ
    )
    while not log.read_text().strip():
        time.sleep(0.02)
    inner = int(log.read_text())
    assert child.alive
    child.stop(0.2)
    assert not child.alive
    assert _ended(inner)


def _ended(pid: int) -> bool:
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def server() -> Iterator[type[BaseHTTPRequestHandler]]:
    """A server that says what it is told to: ``answer`` is status and body."""

    class Said(BaseHTTPRequestHandler):
        answer = (200, b"{}")
        url = ""

        def do_GET(self) -> None:
            self.send_response(self.answer[0])
            self.end_headers()
            self.wfile.write(self.answer[1])

        def log_message(self, *_words: object) -> None:
            pass

    listening = HTTPServer(("127.0.0.1", 0), Said)
    Said.url = f"http://127.0.0.1:{listening.server_port}/api"
    Thread(target=listening.serve_forever, daemon=True).start()
    yield Said
    listening.shutdown()
    listening.server_close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, b'"2.19.0"'), "is of version 2.19.0, this is"),
        ((401, b"{}"), "wants a password"),
        ((404, b"{}"), "is no Prefect server: it answered 404"),
        ((200, b"<html>"), "is no Prefect server"),
    ],
)
def test_a_server_that_cannot_be_used_is_named(server: object, answer: object, said: str) -> None:
    server.answer = answer  # type: ignore[attr-defined]
    with pytest.raises(WrongUse, match=said):
        health.check_server(server.url, None)  # type: ignore[attr-defined]


def test_a_server_of_our_version_will_do(server: object) -> None:
    server.answer = (200, f'"{version("prefect")}"'.encode())  # type: ignore[attr-defined]
    health.check_server(server.url, "user:password")  # type: ignore[attr-defined]


def test_no_server_at_all_is_named() -> None:
    with pytest.raises(LabelloopError, match=r"does not answer.*unset PREFECT_API_URL"):
        health.check_server("http://127.0.0.1:9/api", None)


def test_the_server_of_the_environment_is_used(tmp_path: Path) -> None:
    wanted = plan.Wanted(0, 0, public=False, turn=True, page=True)
    there = {"PREFECT_API_URL": "http://prefect.example/api", "PREFECT_API_AUTH_STRING": "a:b"}
    made = plan.make_plan(tmp_path, tmp_path / ".labelloop", wanted, there)
    assert made.server_port is None
    assert made.ui == "http://prefect.example"
    assert made.environment()["PREFECT_API_AUTH_STRING"] == "a:b"


def test_spans_go_where_the_command_line_says(tmp_path: Path) -> None:
    home = tmp_path / ".labelloop"
    wanted = plan.Wanted(0, 0, False, True, True, otlp="http://collector.example:4318")
    made = plan.make_plan(tmp_path, home, wanted, {})
    assert made.environment()["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector.example:4318"
    silent = plan.make_plan(tmp_path, home, plan.Wanted(0, 0, False, True, True), {})
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in silent.environment()


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (["--otlp", "collector"], {}, "--otlp 'collector' is no address. Write http://HOST:4318"),
        ([], {"LABELLOOP_TASK_RUNNER": "spark"}, "LABELLOOP_TASK_RUNNER='spark' is no task runner"),
    ],
)
def test_settings_that_cannot_work_are_one_line_before_anything_starts(
    tmp_path: Path, words: list[str], variables: dict[str, str], said: str
) -> None:
    (tmp_path / "labelloop.toml").write_text('name = "p"\n[labels]\na = ""\nb = ""\n', "utf-8")
    command = [sys.executable, "-c", "from labelloop.cli import main; main()", "up", "--project"]
    ended = subprocess.run(
        [*command, str(tmp_path), *words],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert said in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / ".labelloop" / "logs").exists()


def test_only_public_listens_for_others_and_then_behind_a_password(tmp_path: Path) -> None:
    home = tmp_path / ".labelloop"
    mine = plan.make_plan(tmp_path, home, plan.Wanted(0, 0, False, True, True), {})
    assert mine.host == "127.0.0.1"
    assert mine.auth is None
    assert not secret.password_file(home).exists()
    public = plan.make_plan(tmp_path, home, plan.Wanted(0, 0, True, True, True), {})
    assert public.host == "0.0.0.0"
    environment = public.server_environment()
    assert environment["PREFECT_SERVER_API_AUTH_STRING"] == public.auth
    assert environment["PREFECT_SERVER_CSRF_PROTECTION_ENABLED"] == "true"
    # Clients ask for the tokens that it checks then; a server of others may check them, too.
    asks = "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED"
    assert asks not in public.environment()
    theirs = {"PREFECT_API_URL": "http://prefect.example/api"}
    other = plan.make_plan(tmp_path, home, plan.Wanted(0, 0, False, True, True), theirs)
    assert asks not in other.environment()
    assert mine.environment()[asks] == "false"
    assert not any(public.auth in word for word in [*public.server_words(), *public.page_words()])
