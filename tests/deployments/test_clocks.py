"""Schedules over a change of daylight saving time: what the server will start, and when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

from deployments.catalogue import FILE

SPRING = ZoneInfo("Europe/Berlin")  # 2026-03-29 02:00 becomes 03:00; 2026-10-25 03:00 becomes 02:00


def due(cron: str, timezone: str, begin: datetime, hours: float) -> list[datetime]:
    schedule = CronSchedule(cron=cron, timezone=timezone)
    found = asyncio.run(schedule.get_dates(n=1000, start=begin, end=begin + timedelta(hours=hours)))
    return [datetime.fromtimestamp(one.timestamp(), UTC) for one in found]


def shipped() -> dict[str, tuple[str, str]]:
    written = yaml.safe_load(FILE.read_text("utf-8"))["deployments"]
    return {
        entry["entrypoint"].rpartition(".")[2]: (one["cron"], one["timezone"])
        for entry in written
        for one in entry.get("schedules", ())
    }


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_shipped_schedules_neither_skip_nor_double(day: str) -> None:
    """They are in UTC: clocks that are put forward or back change nothing."""
    begin = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    turns = due(*shipped()["active_learning"], begin, 48)
    assert [turn.strftime("%H:%M") for turn in turns] == ["02:30", "02:30"]
    readings = due(*shipped()["data_extraction"], begin, 48)
    gaps = {later - earlier for earlier, later in pairwise(readings)}
    assert gaps == {timedelta(hours=1)}
    assert len(readings) == 48


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        # 02:30 does not exist that night: the run comes at 01:30, once.
        ("2026-03-28", 2),
        # 02:30 is there twice that night: the run comes once.
        ("2026-10-24", 2),
    ],
)
def test_a_schedule_in_local_time_runs_once_a_night(day: str, expected: int) -> None:
    begin = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=SPRING)
    turns = due("30 2 * * *", "Europe/Berlin", begin, 48)
    assert len(turns) == expected
    nights = {turn.astimezone(SPRING).date() for turn in turns}
    assert len(nights) == expected
    assert {turn.astimezone(SPRING).hour for turn in turns} <= {1, 2}


@pytest.mark.parametrize(("day", "longest"), [("2026-03-28", 1), ("2026-10-24", 2)])
def test_an_hourly_schedule_in_local_time_misses_an_hour_in_autumn(day: str, longest: int) -> None:
    """Prefect counts the hour that comes twice once: why what ships is in UTC."""
    begin = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=SPRING)
    gaps = [later - earlier for earlier, later in pairwise(due("7 * * * *", "Europe/Berlin", begin, 36))]
    assert max(gaps) == timedelta(hours=longest)
    assert gaps.count(timedelta(hours=2)) == longest - 1
