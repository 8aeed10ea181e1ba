"""A fetcher that may read this machine and does not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.http import Fetcher, FetchPolicy

MakeFetcher = Callable[..., Fetcher]


@pytest.fixture
def make_fetcher() -> Iterator[MakeFetcher]:
    """``make_fetcher(deadline=1)``: any field of the policy; session, clock and sleep, too."""
    made: list[Fetcher] = []

    def make(*, session: Any = None, clock: Any = None, sleep: Any = None, **policy: Any) -> Fetcher:
        settings = {"allow_addresses": ("127.0.0.1",), "delay": 0.0, "respect_robots": False, **policy}
        given = {"session": session, "clock": clock, "sleep": sleep}
        fetcher = Fetcher(
            FetchPolicy("labelloop/test (+ops@example.org)", **settings),
            **{name: value for name, value in given.items() if value is not None},
        )
        made.append(fetcher)
        return fetcher

    yield make
    for fetcher in made:
        fetcher.close()
