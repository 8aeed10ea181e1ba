"""Progress in the log: how far, how long so far, how long still."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from labelloop import progress as module
from labelloop.progress import progress, waiting


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[float]:
    """Its only element is the time; stderr is no terminal."""
    at = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: at[0])
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: False, raising=False)
    caplog.set_level(logging.INFO, logger="labelloop")
    return at


def test_lines_tell_the_time_left(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    with progress("Fine-tuning", 1000, "steps") as advance:
        for seconds, done in ((5.0, 20), (10.0, 30), (20.0, 450), (30.0, 500)):
            clock[0] = seconds
            advance(done)
    assert caplog.messages == [
        "Fine-tuning: 50 of 1,000 steps, 10 s, about 3 min left",
        "Fine-tuning: 500 of 1,000 steps, 20 s, about 11 s left",
        "Fine-tuning: 1,000 of 1,000 steps, 30 s",
    ]


def test_steps_of_before_a_kill_make_the_rest_seem_quick_for_one_line_only(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with progress("Fine-tuning", 1000, "steps") as advance:
        advance(800)
        for seconds in (10.0, 20.0):
            clock[0] = seconds
            advance(10)
    assert caplog.messages[0].endswith("about 2 s left")
    assert caplog.messages[1].endswith("about 3 min left")


def test_without_a_known_end_no_time_is_promised(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with progress("Reading", None) as advance:
        clock[0] = 12.0
        advance(7)
    assert caplog.messages == ["Reading: 7 documents, 12 s"]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """stderr is a terminal, and nobody waits two seconds in a test."""
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(module, "_SECONDS_OF_SILENCE", 0.0)
    caplog.set_level(logging.INFO, logger="labelloop")


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said once something was; five seconds of patience for a busy machine."""
    for _ in range(500):
        if caplog.messages:
            break
        time.sleep(0.01)
    return caplog.messages


@pytest.mark.usefixtures("terminal")
def test_a_terminal_is_told_what_takes_long(caplog: pytest.LogCaptureFixture) -> None:
    with waiting("Loading the encoder"):
        assert said(caplog) == ["Loading the encoder…"]


@pytest.mark.usefixtures("terminal")
def test_work_without_steps_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    with progress("Training", None, "labels"):
        assert said(caplog) == ["Training…"]


def test_a_log_is_not_told(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[object] = []
    monkeypatch.setattr(module.threading.Timer, "start", begun.append)
    with waiting("Loading the encoder"):
        pass
    assert begun == []


@pytest.mark.usefixtures("terminal")
def test_what_is_quick_is_not_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "_SECONDS_OF_SILENCE", 60.0)
    before = threading.active_count()
    with waiting("Loading the encoder"):
        pass
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()
    assert caplog.messages == []
    assert threading.active_count() <= before
