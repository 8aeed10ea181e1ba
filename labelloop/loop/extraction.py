"""Data Extraction: what a connector yields becomes documents, batch by batch."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from labelloop.errors import LabelloopError, SourceError
from labelloop.learning.duplicates import band_hashes, near_duplicates
from labelloop.learning.languages import detect_languages
from labelloop.loop import project_labels
from labelloop.loop.clock import now
from labelloop.loop.workspace import Workspace
from labelloop.progress import progress, waiting
from labelloop.records import Batch, FetchedDocument, SourceState
from labelloop.setting_sections import SourceSettings
from labelloop.store import documents, intake, sources
from labelloop.store import near_duplicates as links

logger = logging.getLogger(__name__)

_AT_ONCE = 1_000  # documents a transaction: the store is held for less than a tenth of a second


class YieldsBatches(Protocol):
    """The one thing this stage needs of a connector."""

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """New or changed documents since the cursor."""
        ...


@dataclass(frozen=True)
class SourceRun:
    """How reading one source ended.

    Attributes:
        outcome: ``ok``; ``partial`` where some came before it broke; ``failed``.
        counts: New, changed, unchanged, rejected, labelled, and what was skipped by reason.
        error: One line, where it broke.
        exit_status: What a command that did nothing else ends with: 2 for wrong settings.
    """

    name: str
    connector: str
    outcome: sources.Outcome
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str | None = None
    exit_status: int = 0

    def for_people(self) -> str:
        """One line: what came in, or what went wrong."""
        came = ", ".join(f"{count:,} {what}" for what, count in self.counts.items() if count)
        line = f"{self.name}: {came or 'nothing new'}"
        return f"{line}; {self.outcome}: {self.error}" if self.error else line


def extract(
    workspace: Workspace,
    source: SourceSettings,
    connect: Callable[[], YieldsBatches],
    *,
    another_try: bool = False,
) -> SourceRun:
    """Read one source from where the last run ended; every batch is kept as it comes.

    Args:
        workspace: The project.
        source: The source's settings.
        connect: Makes the connector; called once.
        another_try: The same run tries again; what its earlier tries brought is counted in.

    Raises:
        SourceError: The source broke; what came before is kept, and the state says so.
    """
    state = _state(workspace, source.name)
    counts: Counter[str] = Counter(state.counts if state and another_try else {})
    try:
        with waiting(f"Reading {source.name}"):
            for batch in _read(source, connect, state.cursor if state else None):
                counts.update(_keep(workspace, source, batch))
    except SourceError as error:
        read = counts["new"] + counts["changed"] + counts["unchanged"]
        outcome: sources.Outcome = "partial" if read else "failed"
        _record(workspace, SourceRun(source.name, source.connector, outcome, dict(counts), str(error)))
        raise
    run = SourceRun(source.name, source.connector, "ok", dict(counts))
    _record(workspace, run)
    logger.info("Data Extraction · %s", run.for_people())
    return run


def record_failure(workspace: Workspace, name: str, error: LabelloopError) -> SourceRun:
    """How a source that broke for good stands now; names it in the log."""
    source = workspace.source(name)
    state = _state(workspace, name)
    if isinstance(error, SourceError) and state and state.outcome in {"partial", "failed"}:
        outcome, counts = state.outcome, state.counts
        run = SourceRun(name, source.connector, outcome, counts, str(error), error.exit_status)
    else:
        run = SourceRun(name, source.connector, "failed", {}, str(error), error.exit_status)
        _record(workspace, run)
    logger.warning("Data Extraction · %s", run.for_people())
    return run


def link_near_duplicates(workspace: Workspace) -> int:
    """Compare new documents with all others and link those that say the same; how many."""
    found = 0
    with progress("Looking for near-duplicates", None) as advance:
        while True:
            with workspace.store.transaction("list texts to compare") as tx:
                ids, texts = links.without_bands(tx)
            if not ids:
                break
            found += _link(workspace, ids, texts)
            advance(len(ids))
    if found:
        logger.info("Data Extraction · %s near-duplicates found, each asked once", f"{found:,}")
    return found


def _link(workspace: Workspace, ids: Sequence[int], texts: Sequence[str]) -> int:
    import numpy as np

    bands = band_hashes(texts)
    # Bands and links in one transaction: a document whose bands are known is never compared again.
    with workspace.store.transaction("link near-duplicates") as tx:
        links.save_bands(tx, ids, bands)
        pairs = links.candidates(tx, ids)
        text = documents.texts(tx, np.unique(pairs).tolist())
        alike = [near_duplicates(text[a], text[b]) for a, b in pairs.tolist()]
        return links.link(tx, pairs[np.asarray(alike, dtype=bool)])


def _read(
    source: SourceSettings,
    connect: Callable[[], YieldsBatches],
    cursor: Mapping[str, Any] | None,
) -> Iterator[Batch]:
    """The connector's batches; whatever else it throws is named as its fault."""
    try:
        yield from connect().batches(cursor)
    except LabelloopError:
        raise
    except Exception as error:
        logger.debug("connector %s", source.connector, exc_info=True)
        raise SourceError(
            f"source {source.name!r}: the connector {source.connector!r} broke:"
            f" {type(error).__name__}: {error}",
            remedy="Report it to the connector's author",
        ) from error


def _keep(workspace: Workspace, source: SourceSettings, batch: Batch) -> Counter[str]:
    """Store a batch: small parts, each by itself, so that people at the page never wait long."""
    counts: Counter[str] = Counter()
    parts = in_parts(batch, _AT_ONCE)
    for number, part in enumerate(parts, 1):
        counts.update(_keep_part(workspace, source, part, to_be_continued=number < len(parts)))
    counts.update({f"skipped: {reason}": count for reason, count in batch.skipped.items()})
    return counts


def in_parts(batch: Batch, size: int) -> list[Batch]:
    """A batch as several of at most ``size`` documents; what else it says goes with the last."""
    cuts = range(0, len(batch.documents), size)
    parts = [batch.documents[cut : cut + size] for cut in cuts] or [()]
    return [*(Batch(part, {}) for part in parts[:-1]), replace(batch, documents=parts[-1])]


def _keep_part(
    workspace: Workspace, source: SourceSettings, batch: Batch, *, to_be_continued: bool
) -> Counter[str]:
    wanted, languages, left_out = _sift(source, batch.documents)
    query = workspace.project.settings.query
    ready = intake.prepare(wanted, languages)  # a tenth of the time, in which nobody need wait
    with workspace.store.transaction(f"keep documents of {source.name}") as tx:
        project_labels.settle(tx, workspace)
        project_labels.settle_kind(tx, workspace)
        kept = documents.save_batch(
            tx,
            source=source.name,
            connector=source.connector,
            batch=batch,
            ready=ready,
            audit_share=query.audit_share,
            seed=query.seed,
            known_labels=workspace.project.label_names,
            now=now(),
            to_be_continued=to_be_continued,
        )
    counts = Counter(
        {
            "new": kept.new,
            "changed": kept.changed,
            "unchanged": kept.unchanged,
            "exact duplicates": kept.exact_duplicates,
            "rejected": kept.rejected,
            "labelled": kept.labelled,
        }
    )
    counts.update(left_out)
    return counts


def _sift(
    source: SourceSettings, found: Sequence[FetchedDocument]
) -> tuple[list[FetchedDocument], list[str | None], Counter[str]]:
    """Leave out what is too short or in another language, and count it."""
    left_out: Counter[str] = Counter()
    detected = detect_languages([document.text for document in found])
    wanted, languages = [], []
    for document, guess in zip(found, detected, strict=True):
        language = document.language or guess
        if len(document.text.strip()) < source.min_characters:
            left_out["skipped: too short"] += 1
        elif source.language_filter and language not in (*source.language_filter, None):
            left_out["skipped: other language"] += 1
        else:
            wanted.append(document)
            languages.append(language)
    return wanted, languages, left_out


def _state(workspace: Workspace, name: str) -> SourceState | None:
    with workspace.store.transaction(f"where {name} stands") as tx:
        return sources.state(tx, name)


def _record(workspace: Workspace, run: SourceRun) -> None:
    with workspace.store.transaction(f"how {run.name} ended") as tx:
        sources.record(
            tx, run.name, run.connector, run.outcome, counts=dict(run.counts), error=run.error, now=now()
        )
