"""Requests to one host are spaced, those to others are not held up."""

from __future__ import annotations

from connectors.http import Pace


class Time:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def paced(delay: float) -> tuple[Pace, Time]:
    time = Time()
    return Pace(delay, clock=lambda: time.now, sleep=time.sleep), time


def test_one_host_is_asked_at_intervals() -> None:
    pace, time = paced(2.0)
    pace.wait("a")
    pace.wait("b")
    assert time.slept == []
    time.now += 0.5
    pace.wait("a")
    assert time.slept == [1.5]
    time.now += 10
    pace.wait("a")
    assert time.slept == [1.5]


def test_a_host_may_ask_for_more_but_not_for_less() -> None:
    pace, time = paced(2.0)
    pace.wait("a", asked=5.0)
    pace.wait("a", asked=0.1)
    pace.wait("a")
    assert time.slept == [5.0, 2.0]


def test_a_pause_passes() -> None:
    pace, time = paced(0.0)
    assert pace.pause("a") == 0
    pace.postpone("a", 30)
    assert pace.pause("a") == 30 and pace.pause("b") == 0
    time.now += 31
    assert pace.pause("a") == 0


def test_hosts_do_not_pile_up() -> None:
    pace, _ = paced(1.0)
    for number in range(12_000):
        pace.wait(f"host{number}")
    assert len(pace._next) == 10_000
