"""The batch that is being filled, and the account of the whole run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from connectors.web_search.memory import Memory
from connectors.web_search.reading import Outcome
from labelloop.errors import SourceError, SourceRefused, SourceUnavailable
from labelloop.records import Batch, FetchedDocument

_SECONDS = 60.0  # a run that is killed loses no more work than this
_CHARACTERS = 20_000_000  # of a batch, whatever its number of documents
_FIRST_BATCH = 50


class Gathering:
    """Collects outcomes until a batch is full.

    Args:
        memory: Goes into every batch's cursor.
        batch_size: Documents of a batch at most.
        clock: Seconds.

    Attributes:
        documents: Of the batch that is being filled.
        looked_at: Results taken or left out in this run.
    """

    def __init__(self, memory: Memory, batch_size: int, *, clock: Callable[[], float]) -> None:
        self.memory = memory
        self.looked_at = 0
        self._batch_size = batch_size
        self._clock = clock
        self._fine = 0
        self._failed: Counter[str] = Counter()
        self._passing = False
        self._empty()

    def _empty(self) -> None:
        self.documents: list[FetchedDocument] = []
        self._unchanged = 0
        self._skipped: Counter[str] = Counter()
        self._characters = 0
        self._since = self._clock()

    def take(self, outcome: Outcome) -> None:
        """Count what became of one result."""
        self.looked_at += 1
        if outcome.document:
            self.documents.append(outcome.document)
            self._characters += len(outcome.document.text)
        if outcome.skipped:
            self.skip(outcome.skipped, failed=outcome.failed)
            self._passing = self._passing or outcome.passing
        self._unchanged += outcome.unchanged
        self._fine += not outcome.failed

    def skip(self, reason: str, *, failed: bool = False) -> None:
        """Count something left out."""
        self._skipped[reason] += 1
        if failed:
            self._failed[reason] += 1

    def is_full(self) -> bool:
        """Whether it is time to yield: enough documents, text or seconds, and something to say.

        Batches grow with the memory, as it is saved whole with each of them.
        """
        enough = min(self._batch_size, _FIRST_BATCH + len(self.memory) // 100)
        if len(self.documents) >= enough or self._characters >= _CHARACTERS:
            return True
        return bool(self.documents) and self._clock() - self._since >= _SECONDS

    def batch(self, *, finished: bool) -> Batch:
        """What was gathered; begins the next batch."""
        batch = Batch(
            documents=tuple(self.documents),
            cursor=self.memory.cursor(finished=finished),
            unchanged=self._unchanged,
            skipped=dict(self._skipped),
        )
        self._empty()
        return batch

    def faults(self, source: str) -> list[SourceError]:
        """The error of a run in which pages were asked and none could be read, or none."""
        if self._fine or not self._failed:
            return []
        reasons = ", ".join(f"{count} × {reason}" for reason, count in self._failed.most_common(4))
        kind = SourceUnavailable if self._passing else SourceRefused
        total = f"{self._failed.total():,}"
        said = f"source {source!r}: none of {total} pages could be read: {reasons}"
        inside = "If they are meant to be read, name their host in allow_addresses"
        return [kind(said, remedy=inside if self._failed["private address"] else None)]
