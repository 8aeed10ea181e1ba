"""A limit on how long one source is read, kept between batches.

Prefect's own time-out throws into a worker thread at any instruction, or not at all while a
call blocks. Between two batches nothing is half done: documents and cursor are on disk.
A single request cannot hang for ever: connectors carry deadlines of their own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from labelloop.errors import SourceError
from labelloop.loop.extraction import YieldsBatches
from labelloop.records import Batch


class TimeLimited:
    """A connector whose batches end once its time is up."""

    def __init__(self, connector: YieldsBatches, source: str, seconds: float) -> None:
        self._connector = connector
        self._source = source
        self._seconds = seconds

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """The connector's batches.

        Raises:
            SourceError: The time was up before they ended; the next run goes on from there.
        """
        deadline = time.monotonic() + self._seconds
        for batch in self._connector.batches(cursor):
            yield batch
            if time.monotonic() > deadline:
                raise SourceError(
                    f"source {self._source!r} was read for {self._seconds:,.0f} seconds and is not at"
                    " its end",
                    remedy="What came is kept; the next run goes on from there",
                    reason="time is up",
                )
