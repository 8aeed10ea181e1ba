"""The connector itself: finds the files, leaves out the unchanged, reads the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from connectors.base import Checked, Connector, ConnectorSettings
from connectors.files.finding import Found, FoundFile, find_files, unreadable
from connectors.files.gathering import Gathering
from connectors.files.head import estimated_rows, read_head
from connectors.files.jsonl import jsonl_rows
from connectors.files.lines import open_text
from connectors.files.parquet import parquet_row_count, parquet_rows
from connectors.files.plain import plain_rows
from connectors.files.progress import Progress, Reading, stamp_of
from connectors.files.records import Record
from connectors.files.rows import RowReader
from connectors.files.settings import FilesSettings
from connectors.files.tables import table_rows
from labelloop.errors import SourceError, SourceMisconfigured, SourceUnavailable
from labelloop.records import Batch, FetchedDocument, Rejected

CHECKED_FILES = 50
CHECKED_ROWS = 100
"""How many files ``check`` tries, and how many rows of each."""

_READERS: dict[str, Callable[[FoundFile, FilesSettings], Iterator[Record]]] = {
    ".csv": table_rows,
    ".tsv": table_rows,
    ".jsonl": jsonl_rows,
    ".parquet": parquet_rows,
    ".txt": plain_rows,
    ".md": plain_rows,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What the first rows of a file showed: about how many rows it has, and the rejects."""

    rows: int
    rejected: tuple[Rejected, ...]


class FilesConnector(Connector[FilesSettings]):
    """Reads files of this machine; a broken file does not stop the others."""

    name: ClassVar[str] = "files"
    Settings: ClassVar[type[ConnectorSettings]] = FilesSettings

    def check(self) -> Checked:
        """Read the first rows of the first files; see the base class."""
        found = find_files(self.settings.path, self.folder)
        problems: dict[str, SourceError] = {}
        trials = []
        for file in found.files[:CHECKED_FILES]:
            try:
                trials.append(self._try(file, found))
            except SourceError as error:
                problems[file.shown] = error
        if not trials:
            raise _together(problems, found)
        return Checked(_summary(trials, problems, found))

    def _try(self, file: FoundFile, found: Found) -> Trial:
        """Read the first rows of a file.

        Raises:
            SourceMisconfigured: It cannot be read, or none of these rows is a document.
        """
        reader = RowReader(file, found, self.settings)
        try:
            outcomes = [reader.take(row) for row in islice(self._rows(file), CHECKED_ROWS)]
            rows = len(outcomes) if len(outcomes) < CHECKED_ROWS else self._estimate(file)
        except OSError as error:
            raise unreadable(file.shown, error) from None
        rejected = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
        if rejected and not any(isinstance(outcome, FetchedDocument) for outcome in outcomes):
            raise SourceMisconfigured(
                f"{rejected[0].place}: {rejected[0].reason}"
                f" (none of the first {len(rejected)} rows can be used)",
                remedy="Correct the settings of this source, or the file",
            )
        return Trial(rows, tuple(rejected))

    def _estimate(self, file: FoundFile) -> int:
        if file.ending == ".parquet":
            return parquet_row_count(file)
        with open_text(file.path, file.shown, self.settings.encoding) as (handle, _):
            lines = estimated_rows(read_head(handle), file.path.stat().st_size)
        return lines - 1 if file.ending in {".csv", ".tsv"} else lines  # the first names the columns

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield new and changed rows, file by file; see the base class.

        Files that cannot be read are named by one error after the others were read.
        """
        progress = Progress(cursor, self.settings)
        found = find_files(self.settings.path, self.folder)
        progress.keep_only(file.name for file in found.files)
        gathering = Gathering(self.batch_size)
        gathering.skipped.update(found.skipped)
        problems: dict[str, SourceError] = {}
        for file in found.files:
            try:
                yield from self._read(file, found, progress, gathering)
            except SourceError as error:
                problems[file.shown] = error
            except OSError as error:
                problems[file.shown] = unreadable(file.shown, error)
        yield gathering.batch(progress.cursor())
        if problems:
            raise _together(problems, found)

    def _read(
        self, file: FoundFile, found: Found, progress: Progress, gathering: Gathering
    ) -> Iterator[Batch]:
        """Read one file from where it was left, if it is not as it was."""
        known = progress.of(file.name)
        if known and known.rows is None and _untouched(file, known):
            gathering.unchanged += known.documents
            return
        stamp = stamp_of(file.path)
        same = known if known and known.stamp.content == stamp.content else None
        if same and same.rows is None:
            progress.note(file.name, Reading(stamp, same.documents))
            gathering.unchanged += same.documents
            return
        passed = same.rows or 0 if same else 0
        documents = same.documents if same else 0
        reader = RowReader(file, found, self.settings)
        for number, row in enumerate(self._rows(file), start=1):
            outcome = reader.take(row)
            if number <= passed:
                continue  # an earlier run handed it on; it was read for the ids alone
            gathering.add(outcome)
            documents += isinstance(outcome, FetchedDocument)
            if gathering.full:
                progress.note(file.name, Reading(stamp, documents, rows=number))
                yield gathering.batch(progress.cursor())
        # When it changed meanwhile, the stamp does not fit it any more, and it is read again.
        progress.note(file.name, Reading(stamp, documents))

    def _rows(self, file: FoundFile) -> Iterator[Record]:
        return _READERS[file.ending](file, self.settings)


def _summary(trials: list[Trial], problems: dict[str, SourceError], found: Found) -> str:
    """One line on what the trials showed."""
    files = len(found.files)
    rows = sum(trial.rows for trial in trials)
    if len(found.files) > CHECKED_FILES:
        rows = round(rows / len(trials) * files)
    said = [f"{files:,} file{'' if files == 1 else 's'}, about {rows:,} rows"]
    if not rows:
        said = [f"{said[0]}: nothing stands under the header. Add rows, or name other files in 'path'"]
    rejected = [reject for trial in trials for reject in trial.rejected]
    if rejected:
        first = rejected[0]
        said.append(f"set aside in a trial: {len(rejected)}, as {first.place}: {first.reason}")
    if problems:
        said.append(str(_together(problems, found)))
    return "; ".join(said)


def _untouched(file: FoundFile, known: Reading) -> bool:
    """Whether size and time of change are as they were, and can be relied on."""
    now = file.path.stat()
    return (now.st_size, now.st_mtime_ns) == (known.stamp.size, known.stamp.modified)


def _together(problems: dict[str, SourceError], found: Found) -> SourceError:
    """One error for all files that could not be read."""
    first, *others = problems
    if len(found.files) == 1:
        return problems[first]
    also = (
        f"; neither can {', '.join(others[:5])}{' and more' if len(others) > 5 else ''}"
        if others
        else ""
    )
    passing = any(isinstance(problem, SourceUnavailable) for problem in problems.values())
    return (SourceUnavailable if passing else SourceMisconfigured)(
        f"{len(problems)} of {len(found.files)} files cannot be read: {problems[first].message}{also}",
        remedy=problems[first].remedy,
    )
