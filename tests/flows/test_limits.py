"""One pace per host for all runs of a server: limits made once, used strictly."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from connectors.leave import ask_leave, leave_given_by
from connectors.registry import build
from labelloop.errors import WrongUse
from labelloop.loop.workspace import open_workspace
from labelloop.records import Batch, FetchedDocument
from tasks import limits

SOURCES = """
[[sources]]
name = "wiki"
connector = "wikipedia"
contact = "ada@example.org"
titles = ["Solar power"]
delay = 0.25
[[sources]]
name = "same wiki"
connector = "wikipedia"
contact = "ada@example.org"
titles = ["Wind power"]
delay = 2.0
[[sources]]
name = "talks"
connector = "youtube"
search = ["solar"]
[[sources]]
name = "pages"
connector = "web_search"
provider = "searxng"
base_url = "http://search.example:8888"
contact = "ada@example.org"
queries = ["solar"]
[[sources]]
name = "no pace"
connector = "wikipedia"
contact = "ada@example.org"
api_url = "http://wiki.example/api.php"
titles = ["Sun"]
delay = 0
"""


@pytest.fixture
def with_sources(example: Path) -> Path:
    with (example / "labelloop.toml").open("a", encoding="utf-8") as file:
        file.write(SOURCES)
    return example


def found() -> dict[str, Any]:
    with get_client(sync_client=True) as client:
        return {limit.name: limit for limit in client.read_global_concurrency_limits(limit=100)}


def remove(*hosts: str) -> None:
    with get_client(sync_client=True) as client:
        for host in hosts:
            client.delete_global_concurrency_limit_by_name(limits.limit_name(host))


def test_every_host_gets_one_limit_once_and_peoples_changes_stay(with_sources: Path) -> None:
    from tasks.extraction import ensure_limits

    workspace = open_workspace(with_sources)
    names = ensure_limits(workspace)
    hosts = ["en.wikipedia.org", "www.youtube.com", "search.example:8888"]
    assert names == [limits.limit_name(host) for host in hosts]
    made = found()
    wiki = made["labelloop-en.wikipedia.org"]
    assert (wiki.limit, wiki.slot_decay_per_second) == (1, 0.5)  # the slower of its two sources
    assert wiki.active
    assert "labelloop-wiki.example" not in made

    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name("labelloop-en.wikipedia.org", 3)
    assert ensure_limits(workspace) == names
    again = found()
    assert again["labelloop-en.wikipedia.org"].limit == 3
    assert {n: made[n].id for n in names} == {n: again[n].id for n in names}
    remove(*hosts)


@pytest.mark.parametrize(("delay", "slots"), [(0.001, 100), (0.1, 10), (0.25, 4), (1.5, 1), (60, 1)])
def test_leave_is_fetched_for_about_a_second_at_once(delay: float, slots: int) -> None:
    assert limits.at_a_time(delay) == slots


def test_two_readings_of_one_host_share_its_pace() -> None:
    slots = limits.ensure({"shared.example": 0.4})
    assert slots == {"shared.example": 2}
    first, second = limits.SharedPace(slots), limits.SharedPace(slots)
    began = time.monotonic()
    for pace in (first, second, first, second, first, second):
        with leave_given_by(pace):
            ask_leave("shared.example", 0.4)
            ask_leave("elsewhere.example", 0.4)  # not shared: nothing to wait for
    # Six requests in three lots of two; the first lot is free, each other waits 2 × 0.4 s of decay,
    # less what the server spreads at random.
    assert time.monotonic() - began > 0.8
    remove("shared.example")


def test_a_limit_that_was_removed_is_named_not_passed_over() -> None:
    slots = limits.ensure({"gone.example": 1.0})
    remove("gone.example")
    with pytest.raises(WrongUse, match=r"'labelloop-gone\.example' is not on the Prefect server"):
        limits.SharedPace(slots)("gone.example", 1.0)


class Asking:
    """A connector that asks its host for each of three documents."""

    def hosts(self) -> Mapping[str, float]:
        return {"asked.example": 0.5}

    def batches(self, _cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        for n in range(3):
            ask_leave("asked.example", 0.5)
            yield Batch(
                (FetchedDocument(f"d{n}", f"A text about panels, number {n}, quite long"),), {"n": n}
            )


def test_extraction_makes_and_uses_the_limit(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.data_extraction import data_extraction
    from tasks import extraction

    taken = []
    real = limits.rate_limit

    def counted(name: str, *, occupy: int, strict: bool) -> None:
        taken.append((name, occupy, strict))
        real(name, occupy=occupy, strict=strict)

    monkeypatch.setattr(limits, "rate_limit", counted)
    monkeypatch.setattr(extraction, "build", lambda *_a, **_k: Asking())
    [run] = data_extraction(str(example))
    assert run.counts["new"] == 3
    assert taken == [("labelloop-asked.example", 2, True)] * 2
    remove("asked.example")


def test_files_ask_nobody(example: Path) -> None:
    [source] = open_workspace(example).project.settings.sources
    made = build(source.connector, source.options, source=source.name, folder=example)
    assert made.hosts() == {}
